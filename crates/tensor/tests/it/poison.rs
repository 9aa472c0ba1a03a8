//! An error is passed on: every public function given a poisoned tensor answers with that very error.
use crate::blame::public_functions;
use bouton_tensor::{
    Conv, DType, Error, ErrorKind, MatrixNorm, Pool, Tensor, Triangle, concatenate, eval, grad,
    jit, jvp, keep, multi_dot, random, stack, tensor, value_and_grad, vmap,
};

fn x() -> Tensor {
    tensor![[1.0, 2.0], [3.0, 4.0]]
}

fn i() -> Tensor {
    tensor![[1, 2], [3, 4]]
}

fn b() -> Tensor {
    tensor![true, false]
}

/// A function's name and a call with the poisoned tensor in one of its places.
type Call = (&'static str, fn(&Tensor) -> Tensor);

/// One call for each place of each function.
const CALLS: &[Call] = &[
    ("abs", |p| p.abs()),
    ("add", |p| p.add(x())),
    ("add", |p| x().add(p)),
    ("all", |p| p.all()),
    ("all_axes", |p| p.all_axes(0)),
    ("all_close", |p| p.all_close(x())),
    ("all_close", |p| x().all_close(p)),
    ("and", |p| p.and(1)),
    ("and", |p| i().and(p)),
    ("any", |p| p.any()),
    ("any_axes", |p| p.any_axes(keep(0))),
    ("argmax", |p| p.argmax()),
    ("argmax_axis", |p| p.argmax_axis(0)),
    ("argmin", |p| p.argmin()),
    ("argmin_axis", |p| p.argmin_axis(keep(0))),
    ("argsort", |p| p.argsort(0)),
    ("at", |p| p.at(0)),
    ("at", |p| x().at(p)),
    ("at_axis", |p| p.at_axis(0, 1)),
    ("at_axis", |p| x().at_axis(p, 0)),
    ("atan2", |p| x().atan2(p)),
    ("atan2", |p| p.atan2(x())),
    ("bernoulli", |p| random::bernoulli(&random::key(0), p, [2])),
    ("bernoulli", |p| random::bernoulli(p, 0.5, [2])),
    ("bits", |p| random::bits(p, DType::U32, [2])),
    ("broadcast_in_dim", |p| p.broadcast_in_dim([2, 2], &[0, 1])),
    ("broadcast_like", |p| x().broadcast_like(p)),
    ("broadcast_like", |p| p.broadcast_like(&x())),
    ("broadcast_to", |p| p.broadcast_to([2, 2])),
    ("cbrt", |p| p.cbrt()),
    ("ceil", |p| p.ceil()),
    ("celu", |p| p.celu(1.0)),
    ("clamp", |p| x().clamp(p, 1.0)),
    ("clamp", |p| p.clamp(0.0, 1.0)),
    ("clamp", |p| x().clamp(0.0, p)),
    ("concatenate", |p| p.concatenate(x(), 0)),
    ("concatenate", |p| concatenate([&x(), p], 0)),
    ("concatenate", |p| x().concatenate(p, 0)),
    ("avg_pool", |p| p.avg_pool(&Pool::new(1))),
    ("conv", |p| p.conv(x(), &Conv::new())),
    ("conv", |p| x().conv(p, &Conv::new())),
    ("conv_transpose", |p| p.conv_transpose(x(), &Conv::new())),
    ("conv_transpose", |p| x().conv_transpose(p, &Conv::new())),
    ("max_pool", |p| p.max_pool(&Pool::new(1))),
    ("min_pool", |p| p.min_pool(&Pool::new(1))),
    ("sum_pool", |p| p.sum_pool(&Pool::new(1))),
    ("convert", |p| p.convert(DType::F64)),
    ("cos", |p| p.cos()),
    ("cumulative_sum", |p| p.cumulative_sum(0)),
    ("divide", |p| p.divide(x())),
    ("divide", |p| x().divide(p)),
    ("dot", |p| p.dot(x())),
    ("dot", |p| x().dot(p)),
    ("dot_general", |p| x().dot_general(p, &[], &[(1, 0)])),
    ("dot_general", |p| p.dot_general(x(), &[], &[(1, 0)])),
    ("dot_general_as", |p| {
        x().dot_general_as(p, &[], &[(1, 0)], DType::F32)
    }),
    ("dot_general_as", |p| {
        p.dot_general_as(x(), &[], &[(1, 0)], DType::F32)
    }),
    ("dynamic_slice", |p| p.dynamic_slice([0, 0], [1, 1])),
    ("dynamic_slice", |p| x().dynamic_slice([p, p], [1, 1])),
    ("dynamic_update_slice", |p| {
        p.dynamic_update_slice(x(), [0, 0])
    }),
    ("dynamic_update_slice", |p| {
        x().dynamic_update_slice(p, [0, 0])
    }),
    ("dynamic_update_slice", |p| {
        x().dynamic_update_slice(x(), [p, p])
    }),
    ("cumulative_sum", |p| p.cumulative_sum(0)),
    ("dynamic_slice", |p| p.dynamic_slice([0, 0], [1, 1])),
    ("dynamic_slice", |p| {
        tensor![1.0, 2.0].dynamic_slice([p], [1])
    }),
    ("dynamic_update_slice", |p| {
        p.dynamic_update_slice(x(), [0, 0])
    }),
    ("dynamic_update_slice", |p| {
        x().dynamic_update_slice(p, [0, 0])
    }),
    ("dynamic_update_slice", |p| {
        tensor![1.0, 2.0].dynamic_update_slice(tensor![1.0, 1.0], [p])
    }),
    ("elu", |p| p.elu(1.0)),
    ("eq", |p| p.eq(x())),
    ("eq", |p| x().eq(p)),
    ("erf", |p| p.erf()),
    ("erf_inv", |p| p.erf_inv()),
    ("exp", |p| p.exp()),
    ("exp_m1", |p| p.exp_m1()),
    ("flatten", |p| p.flatten()),
    ("floor", |p| p.floor()),
    ("fold_in", |p| random::fold_in(p, 1)),
    ("fold_in", |p| random::fold_in(&random::key(0), p)),
    ("full_like", |p| p.full_like(1.0)),
    ("gather", |p| x().gather(p)),
    ("gather", |p| p.gather(tensor![[0, 1]])),
    ("ge", |p| x().ge(p)),
    ("ge", |p| p.ge(x())),
    ("gelu", |p| p.gelu()),
    ("gelu_tanh", |p| p.gelu_tanh()),
    ("gt", |p| p.gt(x())),
    ("gt", |p| x().gt(p)),
    ("hard_sigmoid", |p| p.hard_sigmoid()),
    ("hard_silu", |p| p.hard_silu()),
    ("hard_tanh", |p| p.hard_tanh()),
    ("is_close", |p| p.is_close(x())),
    ("is_close", |p| x().is_close(p)),
    ("is_close_within", |p| x().is_close_within(p, 0.1, 0.1)),
    ("is_close_within", |p| p.is_close_within(x(), 0.1, 0.1)),
    ("is_finite", |p| p.is_finite()),
    ("is_infinite", |p| p.is_infinite()),
    ("is_nan", |p| p.is_nan()),
    ("le", |p| x().le(p)),
    ("le", |p| p.le(x())),
    ("leaky_relu", |p| p.leaky_relu(0.01)),
    ("log", |p| p.log()),
    ("log_1p", |p| p.log_1p()),
    ("log_sigmoid", |p| p.log_sigmoid()),
    ("log_softmax", |p| p.log_softmax(1)),
    ("logistic", |p| p.logistic()),
    ("logsumexp", |p| p.logsumexp(1)),
    ("lp_pool", |p| p.lp_pool(2.0, &Pool::new(1))),
    ("lt", |p| x().lt(p)),
    ("lt", |p| p.lt(x())),
    ("matmul", |p| p.matmul(x())),
    ("matmul_as", |p| p.matmul_as(x(), DType::F32)),
    ("matmul_as", |p| x().matmul_as(p, DType::F32)),
    ("matmul", |p| x().matmul(p)),
    ("max", |p| p.max()),
    ("max_axes", |p| p.max_axes(0)),
    ("maximum", |p| x().maximum(p)),
    ("maximum", |p| p.maximum(0.0)),
    ("mean", |p| p.mean()),
    ("mean_axes", |p| p.mean_axes(0)),
    ("min", |p| p.min()),
    ("min_axes", |p| p.min_axes(0)),
    ("minimum", |p| x().minimum(p)),
    ("minimum", |p| p.minimum(0.0)),
    ("mish", |p| p.mish()),
    ("multiply", |p| x().multiply(p)),
    ("multiply", |p| p.multiply(x())),
    ("ne", |p| x().ne(p)),
    ("ne", |p| p.ne(x())),
    ("negate", |p| p.negate()),
    ("new_axis", |p| p.new_axis(0)),
    ("norm", |p| p.norm()),
    ("norm_axes", |p| p.norm_axes(1)),
    ("normal", |p| random::normal(p, DType::F32, [2])),
    ("not", |p| p.not()),
    ("one_hot", |p| p.one_hot(3)),
    ("one_hot_as", |p| p.one_hot_as(3, DType::U8)),
    ("ones_like", |p| p.ones_like()),
    ("or", |p| i().or(p)),
    ("or", |p| p.or(1)),
    ("outer", |p| x().outer(p)),
    ("outer", |p| p.outer(x())),
    ("pad", |p| tensor![1.0, 2.0].pad(p, &[(1, 1, 0)])),
    ("pad", |p| p.pad(0.0, &[(1, 1, 0)])),
    ("permutation", |p| random::permutation(p, 3)),
    ("pow", |p| x().pow(p)),
    ("pow", |p| p.pow(2.0)),
    ("pow", |p| p.pow(3.5)),
    ("product", |p| p.product()),
    ("product_axes", |p| p.product_axes(0)),
    ("quotient", |p| i().quotient(p)),
    ("quotient", |p| p.quotient(2)),
    ("randint", |p| random::randint(p, DType::I32, [2], 0..6)),
    ("reciprocal", |p| p.reciprocal()),
    ("relu", |p| p.relu()),
    ("relu6", |p| p.relu6()),
    ("remainder", |p| x().remainder(p)),
    ("remainder", |p| p.remainder(x())),
    ("repeat", |p| p.repeat(2, 0)),
    ("reshape", |p| p.reshape([4])),
    ("reverse", |p| p.reverse(0)),
    ("round", |p| p.round()),
    ("rsqrt", |p| p.rsqrt()),
    ("scatter_add", |p| x().scatter_add(p, x(), 0)),
    ("scatter_add", |p| x().scatter_add(tensor![0, 1], p, 0)),
    ("scatter_add", |p| p.scatter_add(tensor![0, 1], x(), 0)),
    ("select", |p| p.select(1.0, 0.0)),
    ("select", |p| b().select(1.0, p)),
    ("select", |p| b().select(p, 0.0)),
    ("selu", |p| p.selu()),
    ("shift_left", |p| i().shift_left(p)),
    ("shift_left", |p| p.shift_left(1)),
    ("shift_right", |p| p.shift_right(1)),
    ("shift_right", |p| i().shift_right(p)),
    ("shift_right_arithmetic", |p| i().shift_right_arithmetic(p)),
    ("shift_right_arithmetic", |p| p.shift_right_arithmetic(1)),
    ("shift_right_logical", |p| p.shift_right_logical(1)),
    ("shift_right_logical", |p| i().shift_right_logical(p)),
    ("shuffle", |p| random::shuffle(p, &x())),
    ("shuffle", |p| random::shuffle(&random::key(0), p)),
    ("sigmoid", |p| p.sigmoid()),
    ("sign", |p| p.sign()),
    ("silu", |p| p.silu()),
    ("sin", |p| p.sin()),
    ("slice", |p| p.slice([0..1])),
    ("slice_axis", |p| p.slice_axis(0, 0..1)),
    ("softmax", |p| p.softmax(-1)),
    ("softplus", |p| p.softplus()),
    ("softsign", |p| p.softsign()),
    ("sort", |p| p.sort(0)),
    ("split", |p| p.split(2, 0).swap_remove(1)),
    ("split", |p| random::split(p, 2).swap_remove(1)),
    ("split_sizes", |p| p.split_sizes(&[1, 1], 0).swap_remove(1)),
    ("sqrt", |p| p.sqrt()),
    ("square", |p| p.square()),
    ("squeeze", |p| p.squeeze()),
    ("stack", |p| stack([&x(), p], 0)),
    ("stack", |p| stack([p, &x()], 0)),
    ("standard_deviation", |p| p.standard_deviation(1)),
    ("standard_deviation_axes", |p| {
        p.standard_deviation_axes(0, 0)
    }),
    ("stop_gradient", |p| p.stop_gradient()),
    ("subtract", |p| p.subtract(x())),
    ("subtract", |p| x().subtract(p)),
    ("sum", |p| p.sum()),
    ("sum_axes", |p| p.sum_axes(0)),
    ("t", |p| p.t()),
    ("take", |p| x().take(p, 0)),
    ("take", |p| p.take(tensor![0], 0)),
    ("take_along_axis", |p| p.take_along_axis(i(), 0)),
    ("take_along_axis", |p| x().take_along_axis(p, 0)),
    ("tan", |p| p.tan()),
    ("tanh", |p| p.tanh()),
    ("tile", |p| p.tile(&[2])),
    ("transpose", |p| p.transpose([1, 0])),
    ("tril", |p| p.tril(0)),
    ("triu", |p| p.triu(1)),
    ("uniform", |p| random::uniform(p, DType::F32, [2])),
    ("uniform_in", |p| {
        random::uniform_in(p, DType::F32, [2], 0.0..2.0)
    }),
    ("variance", |p| p.variance(1)),
    ("variance_axes", |p| p.variance_axes(0, 0)),
    ("window_max", |p| p.window_max(&Pool::new(1))),
    ("window_mean", |p| p.window_mean(&Pool::new(1))),
    ("window_min", |p| p.window_min(&Pool::new(1))),
    ("window_sum", |p| p.window_sum(&Pool::new(1))),
    ("xor", |p| i().xor(p)),
    ("xor", |p| p.xor(1)),
    ("zeros_like", |p| p.zeros_like()),
    ("adjoint", |p| p.adjoint()),
    ("cholesky", |p| p.cholesky()),
    ("cholesky_upper", |p| p.cholesky_upper()),
    ("cond", |p| p.cond()),
    ("corrcoef", |p| p.corrcoef()),
    ("covariance", |p| p.covariance(1)),
    ("cross", |p| p.cross(tensor![1.0, 2.0, 3.0])),
    ("cross", |p| tensor![1.0, 2.0, 3.0].cross(p)),
    ("det", |p| p.det()),
    ("eigh", |p| p.eigh().0),
    ("eigh", |p| p.eigh().1),
    ("eigvalsh", |p| p.eigvalsh()),
    ("expm", |p| p.expm()),
    ("inv", |p| p.inv()),
    ("kron", |p| p.kron(x())),
    ("kron", |p| x().kron(p)),
    ("lstsq", |p| p.lstsq(x()).0),
    ("lstsq", |p| x().lstsq(p).1),
    ("lstsq", |p| p.lstsq(x()).2),
    ("lstsq", |p| p.lstsq(x()).3),
    ("lu", |p| p.lu().0),
    ("lu", |p| p.lu().1),
    ("lu", |p| p.lu().2),
    ("lu_packed", |p| p.lu_packed().0),
    ("lu_packed", |p| p.lu_packed().1),
    ("make_diagonal", |p| p.make_diagonal(0)),
    ("matrix_norm", |p| p.matrix_norm(MatrixNorm::Nuclear)),
    ("matrix_power", |p| p.matrix_power(-2)),
    ("matrix_rank", |p| p.matrix_rank()),
    ("matrix_rank_within", |p| p.matrix_rank_within(0.1)),
    ("matrix_transpose", |p| p.matrix_transpose()),
    ("multi_dot", |p| multi_dot([p, &x(), &x()])),
    ("multi_dot", |p| multi_dot([&x(), &x(), p])),
    ("pinv", |p| p.pinv()),
    ("pinv_within", |p| p.pinv_within(0.1)),
    ("put_diagonal", |p| p.put_diagonal(tensor![1.0, 2.0], 0)),
    ("put_diagonal", |p| x().put_diagonal(p, 0)),
    ("qr", |p| p.qr().0),
    ("qr", |p| p.qr().1),
    ("qr_complete", |p| p.qr_complete().0),
    ("slogdet", |p| p.slogdet().0),
    ("slogdet", |p| p.slogdet().1),
    ("solve", |p| p.solve(x())),
    ("solve", |p| x().solve(p)),
    ("svd", |p| p.svd().0),
    ("svd", |p| p.svd().1),
    ("svd", |p| p.svd().2),
    ("svd_full", |p| p.svd_full().2),
    ("svdvals", |p| p.svdvals()),
    ("take_diagonal", |p| p.take_diagonal(1)),
    ("trace", |p| p.trace()),
    ("triangular_solve", |p| {
        p.triangular_solve(x(), Triangle::lower())
    }),
    ("triangular_solve", |p| {
        x().triangular_solve(p, Triangle::upper())
    }),
    // Operators and transformations.
    ("+", |p| p + x()),
    ("+", |p| x() + p),
    ("-", |p| 1.0 - p),
    ("*", |p| p * 2),
    ("/", |p| 2i64 / p),
    ("%", |p| p % 2.0),
    ("-", |p| -p),
    ("!", |p| !p),
    ("&", |p| i() & p),
    ("|", |p| p | 1),
    ("^", |p| p ^ 1),
    ("<<", |p| p << 1),
    (">>", |p| p >> 1),
    ("grad", |p| grad(p, |x| x.sum())),
    ("grad", |p| grad(x(), |x| (x * p).sum())),
    ("value_and_grad", |p| value_and_grad(p, |x| x.sum()).0),
    ("jvp", |p| jvp(p, x(), |x| x.exp()).1),
    ("jvp", |p| jvp(x(), p, |x| x.exp()).1),
    ("vmap", |p| vmap(p, |x| x.exp())),
    ("vmap", |p| vmap(x(), |x| x + p)),
    ("jit", |p| jit(|x: &Tensor| x.exp())(p).into()),
    ("jit", |p| {
        let p = p.clone();
        jit(move |x: &Tensor| x + &p)(&x()).into()
    }),
    // Where values and shapes leave.
    ("ty", |p| error(p.ty())),
    ("dtype", |p| error(p.dtype())),
    ("shape", |p| error(p.shape())),
    ("rank", |p| error(p.rank())),
    ("dims", |p| error(p.dims::<2>())),
    ("eval", |p| error(p.eval())),
    ("eval", |p| error(eval((x(), p)))),
    ("to_array", |p| error(p.to_array())),
    ("into_array", |p| error(p.clone().into_array())),
    ("to_vec", |p| error(p.to_vec::<f32>())),
    ("into_vec", |p| error(p.clone().into_vec::<f32>())),
    ("item", |p| error(p.item())),
    ("heatmap", |p| error(p.heatmap())),
];

fn error<T>(result: Result<T, Error>) -> Tensor {
    result.err().map_or(x(), Tensor::from_error)
}

/// Functions that are given no tensor.
const GIVEN_NONE: &[&str] = &[
    "arange", "eye", "full", "iota", "key", "linspace", "ones", "zeros",
];

#[test]
fn the_first_error_is_passed_on() {
    let first = Error::general(ErrorKind::Value, "test", "the first");
    let poison = Tensor::from_error(first.clone());
    let lost = CALLS
        .iter()
        .filter(|(_, call)| !call(&poison).error().is_some_and(|e| e.is(&first)))
        .map(|(name, _)| *name);
    assert_eq!(
        lost.collect::<Vec<_>>(),
        [""; 0],
        "these answer with something else than the error they were given"
    );
}

#[test]
fn of_two_errors_the_first_is_passed_on() {
    let [first, second] =
        ["the first", "the second"].map(|rule| Error::general(ErrorKind::Value, "test", rule));
    let [p, q] = [&first, &second].map(|e| Tensor::from_error(e.clone()));
    for y in [
        &p + &q,
        p.select(&q, &q),
        p.matmul(&q),
        concatenate([&p, &q], 0),
    ] {
        assert!(y.error().is_some_and(|e| e.is(&first)), "{y:?}");
    }
}

#[test]
fn every_public_function_is_called() {
    let missing = public_functions()
        .into_iter()
        .filter(|f| !GIVEN_NONE.contains(&f.as_str()) && !CALLS.iter().any(|(name, _)| name == f));
    assert_eq!(
        missing.collect::<Vec<_>>(),
        [""; 0],
        "add calls with a poisoned tensor for these"
    );
}
