//! An error names the line of the one who called: every public function is called wrongly here.
use crate::functions::public_functions;
use bouton_tensor::random::Replacement;
use bouton_tensor::{
    Conv, DType, Indexing, MatrixNorm, PadMode, Pool, Tensor, Triangle, concatenate, einsum, grad,
    jvp, meshgrid, multi_dot, random, stack, tensor, vmap,
};

fn x() -> Tensor {
    tensor![[1.0, 2.0], [3.0, 4.0]]
}

fn b() -> Tensor {
    tensor![true, false]
}

/// Three elements, which fit nothing else here.
fn odd() -> Tensor {
    tensor![1.0, 2.0, 3.0]
}

/// Two rows of three elements.
fn wide() -> Tensor {
    tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
}

const HUGE: [usize; 2] = [usize::MAX, 2];

/// A function's name and a call that must fail.
const WRONG: &[(&str, fn() -> Tensor)] = &[
    ("abs", || b().abs()),
    ("add", || x().add(odd())),
    ("all_axes", || b().all_axes(1)),
    ("all_close", || x().all_close(odd())),
    ("and", || x().and(1)),
    ("any_axes", || b().any_axes(1)),
    ("arange", || Tensor::arange(0, 5, 0)),
    ("argmax", || b().argmax()),
    ("argmax_axis", || x().argmax_axis(2)),
    ("argmin", || b().argmin()),
    ("argmin_axis", || x().argmin_axis([0, 1])),
    ("argsort", || x().argsort(2)),
    ("at", || Tensor::scalar(1.0f32).at(0)),
    ("at", || x().at(5)),
    ("at_axis", || x().at_axis(0, 2)),
    ("atan2", || x().atan2(odd())),
    ("bernoulli", || random::bernoulli(&x(), 0.5, [2])),
    ("bits", || random::bits(&x(), DType::U32, [2])),
    ("broadcast_in_dim", || x().broadcast_in_dim([2], &[0])),
    ("broadcast_like", || x().broadcast_like(&odd())),
    ("broadcast_to", || x().broadcast_to([3])),
    ("clamp", || x().clamp(odd(), 1.0)),
    ("concatenate", || x().concatenate(odd(), 0)),
    ("concatenate", || concatenate([x(), odd()], 0)),
    ("avg_pool", || x().avg_pool(&Pool::new([2, 2, 2]))),
    ("conv", || x().conv(odd(), &Conv::new())),
    ("conv_transpose", || x().conv_transpose(odd(), &Conv::new())),
    ("max_pool", || x().max_pool(&Pool::new([2, 2, 2]))),
    ("min_pool", || x().min_pool(&Pool::new([2, 2]).stride(0))),
    ("sum_pool", || x().sum_pool(&Pool::new([2, 2, 2]))),
    ("cumulative_sum", || x().cumulative_sum(2)),
    ("divide", || x().divide(odd())),
    ("dot", || x().dot(odd())),
    ("dot_general", || x().dot_general(odd(), &[], &[(0, 0)])),
    ("dot_general_as", || {
        x().dot_general_as(x(), &[], &[(0, 0)], DType::I32)
    }),
    ("dynamic_slice", || x().dynamic_slice([0], [9])),
    ("dynamic_update_slice", || {
        x().dynamic_update_slice(odd(), [0.5])
    }),
    ("cumulative_sum", || x().cumulative_sum(2)),
    ("dynamic_slice", || x().dynamic_slice([0], [1, 1])),
    ("dynamic_update_slice", || {
        x().dynamic_update_slice(odd(), [0, 0])
    }),
    ("eq", || x().eq(odd())),
    ("eye", || Tensor::eye(DType::F32, usize::MAX)),
    ("fold_in", || random::fold_in(&x(), 1)),
    ("full", || Tensor::full(DType::F32, HUGE, 1.0)),
    ("gather", || x().gather(tensor![[0.5]])),
    ("ge", || x().ge(odd())),
    ("gt", || x().gt(odd())),
    ("iota", || Tensor::iota(DType::I32, [2], 1)),
    ("is_close", || x().is_close(odd())),
    ("is_close_within", || x().is_close_within(odd(), 0.1, 0.1)),
    ("le", || x().le(odd())),
    ("log_softmax", || x().log_softmax(2)),
    ("logsumexp", || x().logsumexp(2)),
    ("lp_pool", || x().lp_pool(2.0, &Pool::new([2, 2]))),
    ("lt", || x().lt(odd())),
    ("matmul", || x().matmul(odd())),
    ("matmul_as", || x().matmul_as(x().t(), DType::I32)),
    ("max", || b().max()),
    ("max_axes", || x().max_axes(2)),
    ("maximum", || x().maximum(odd())),
    ("mean_axes", || x().mean_axes(2)),
    ("min", || b().min()),
    ("min_axes", || x().min_axes([0, 0])),
    ("minimum", || x().minimum(odd())),
    ("multiply", || x().multiply(odd())),
    ("ne", || x().ne(odd())),
    ("negate", || b().negate()),
    ("new_axis", || x().new_axis(4)),
    ("norm_axes", || x().norm_axes(2)),
    ("normal", || random::normal(&x(), DType::F32, [2])),
    ("not", || x().not()),
    ("one_hot", || x().one_hot(3)),
    ("one_hot_as", || x().one_hot_as(3, DType::U8)),
    ("ones", || Tensor::ones(DType::F32, HUGE)),
    ("or", || x().or(1)),
    ("outer", || {
        random::key(0).broadcast_to([1 << 59, 2]).outer(x())
    }),
    ("pad", || x().pad(0.0, &[(1, 1, 0)])),
    ("permutation", || random::permutation(&x(), 3)),
    ("pow", || x().pow(odd())),
    ("product_axes", || x().product_axes(2)),
    ("quotient", || x().quotient(2.0)),
    ("randint", || random::randint(&x(), DType::I32, [2], 0..6)),
    ("remainder", || x().remainder(odd())),
    ("repeat", || x().repeat(2, 2)),
    ("reshape", || x().reshape([3])),
    ("reverse", || x().reverse(2)),
    ("scatter_add", || x().scatter_add(tensor![0, 1], odd(), 0)),
    ("select", || x().select(1.0, 0.0)),
    ("shift_left", || x().shift_left(1)),
    ("shift_right", || x().shift_right(1)),
    ("shift_right_arithmetic", || x().shift_right_arithmetic(1)),
    ("shift_right_logical", || x().shift_right_logical(1)),
    ("shuffle", || random::shuffle(&x(), &x())),
    ("sign", || b().sign()),
    ("slice", || x().slice([1..4])),
    ("slice_axis", || x().slice_axis(2, 0..1)),
    ("softmax", || x().softmax(2)),
    ("sort", || x().sort(2)),
    ("split", || random::split(&x(), 2).swap_remove(0)),
    ("split", || x().split(3, 0).swap_remove(0)),
    ("split_sizes", || x().split_sizes(&[1], 0).swap_remove(0)),
    ("stack", || stack([x(), odd()], 0)),
    ("standard_deviation_axes", || {
        x().standard_deviation_axes(2, 0)
    }),
    ("subtract", || x().subtract(odd())),
    ("sum_axes", || x().sum_axes(2)),
    ("take", || x().take(tensor![0.5], 0)),
    ("take_along_axis", || x().take_along_axis(odd(), 0)),
    ("tile", || x().tile(&[usize::MAX])),
    ("transpose", || x().transpose([0])),
    ("tril", || odd().tril(0)),
    ("triu", || odd().triu(0)),
    ("uniform", || random::uniform(&x(), DType::F32, [2])),
    ("uniform_in", || {
        random::uniform_in(&x(), DType::F32, [2], 0.0..2.0)
    }),
    ("variance_axes", || x().variance_axes(2, 0)),
    ("window_max", || x().window_max(&Pool::new(3))),
    ("window_mean", || x().window_mean(&Pool::new([1, 3]))),
    ("window_min", || x().window_min(&Pool::new([1, 1, 1]))),
    ("window_sum", || x().window_sum(&Pool::new(0))),
    ("xor", || x().xor(1)),
    ("zeros", || Tensor::zeros(DType::F32, HUGE)),
    ("argsort_descending", || x().argsort_descending(2)),
    ("bincount", || x().bincount(3)),
    ("bincount_weighted", || {
        tensor![0, 1].bincount_weighted(odd(), 3)
    }),
    ("bitcast", || x().bitcast(DType::I64)),
    ("compress", || x().compress(&x(), 1)),
    ("copysign", || x().copysign(odd())),
    ("count_leading_zeros", || x().count_leading_zeros()),
    ("count_nonzero", || x().count_nonzero(2)),
    ("cumulative_argmax", || x().cumulative_argmax(2)),
    ("cumulative_argmin", || x().cumulative_argmin(2)),
    ("cumulative_max", || x().cumulative_max(2)),
    ("cumulative_min", || x().cumulative_min(2)),
    ("cumulative_product", || x().cumulative_product(2)),
    ("diff", || x().diff(1, 2)),
    ("digitize", || x().digitize(x().at(0).reshape([1, 2, 1]))),
    ("einsum", || einsum("ij,jk", [x(), odd()])),
    ("floor_divide", || x().floor_divide(odd())),
    ("gcd", || x().gcd(1)),
    ("histogram", || x().histogram(2, 1.0, 0.0).0),
    ("hypot", || x().hypot(odd())),
    ("inner", || x().inner(odd())),
    ("interp", || x().interp(x(), x())),
    ("lcm", || x().lcm(1)),
    ("linear_recurrence", || x().linear_recurrence(odd(), 0)),
    ("logaddexp", || x().logaddexp(odd())),
    ("median", || x().median(2)),
    ("meshgrid", || {
        meshgrid(
            [random::key(0).broadcast_to([1 << 59, 2]), x()],
            Indexing::Ij,
        )
        .swap_remove(0)
    }),
    ("mode", || x().mode(2)),
    ("modulo", || x().modulo(odd())),
    ("move_axis", || x().move_axis(0, 2)),
    ("nan_max", || x().nan_max(2)),
    ("nan_mean", || x().nan_mean(2)),
    ("nan_median", || x().nan_median(2)),
    ("nan_min", || x().nan_min(2)),
    ("nan_product", || x().nan_product(2)),
    ("nan_quantile", || x().nan_quantile(0.5, 2)),
    ("nan_standard_deviation", || {
        x().nan_standard_deviation(2, 0)
    }),
    ("nan_sum", || x().nan_sum(2)),
    ("nan_variance", || x().nan_variance(2, 0)),
    ("nonzero", || {
        random::key(0)
            .broadcast_to([1 << 40, 2])
            .nonzero(1)
            .swap_remove(0)
    }),
    ("pad_with", || x().pad_with(PadMode::Edge, &[])),
    ("peak_to_peak", || x().peak_to_peak(2)),
    ("percentile", || x().percentile(50, 2)),
    ("polygamma", || x().polygamma(200)),
    ("population_count", || x().population_count()),
    ("quantile", || x().quantile(0.5, 2)),
    ("roll", || x().roll(1, 2)),
    ("rot90", || odd().rot90(1)),
    ("searchsorted", || x().searchsorted(1)),
    ("searchsorted_right", || x().searchsorted_right(1)),
    ("sort_descending", || x().sort_descending(2)),
    ("squeeze_axes", || x().squeeze_axes(0)),
    ("swap_axes", || x().swap_axes(0, 2)),
    ("tensordot", || x().tensordot(odd(), 1)),
    ("top_k", || x().top_k(3).0),
    ("compress", || x().compress(&b(), usize::MAX)),
    ("histogram", || x().histogram(usize::MAX, 0.0, 1.0).0),
    ("unique", || x().unique(usize::MAX).1),
    ("unique", || x().slice([0..0]).unique(1).0),
    ("vdot", || x().vdot(odd())),
    ("weighted_mean", || x().weighted_mean(odd(), 0)),
    ("xlog1py", || x().xlog1py(odd())),
    ("xlogy", || x().xlogy(odd())),
    ("exponential", || {
        random::exponential(&random::key(0), DType::I32, [2])
    }),
    ("gumbel", || {
        random::gumbel(&random::key(0), DType::I32, [2])
    }),
    ("laplace", || {
        random::laplace(&random::key(0), DType::I32, [2])
    }),
    ("logistic", || {
        random::logistic(&random::key(0), DType::I32, [2])
    }),
    ("cauchy", || {
        random::cauchy(&random::key(0), DType::I32, [2])
    }),
    ("truncated_normal", || {
        random::truncated_normal(&random::key(0), DType::F32, [2], 1.0..1.0)
    }),
    ("rademacher", || {
        random::rademacher(&random::key(0), DType::U8, [2])
    }),
    ("categorical", || random::categorical(&x(), &x())),
    ("choice", || {
        random::choice(&random::key(0), &x(), 3, Replacement::Without)
    }),
    ("choice_weighted", || {
        random::choice_weighted(&random::key(0), &x(), odd(), 1, Replacement::With)
    }),
    ("poisson", || random::poisson(&random::key(0), odd(), [2])),
    ("gamma", || random::gamma(&random::key(0), odd(), [2])),
    ("log_gamma", || random::log_gamma(&x(), 1.0, [2])),
    ("beta", || random::beta(&random::key(0), odd(), 1.0, [2])),
    ("dirichlet", || random::dirichlet(&random::key(0), 1.0, [2])),
    ("chi_squared", || {
        random::chi_squared(&random::key(0), odd(), [2])
    }),
    ("student_t", || {
        random::student_t(&random::key(0), odd(), [2])
    }),
    ("adjoint", || odd().adjoint()),
    ("cholesky", || odd().cholesky()),
    ("cholesky_upper", || wide().cholesky_upper()),
    ("cond", || odd().cond()),
    ("corrcoef", || odd().corrcoef()),
    ("covariance", || odd().covariance(1)),
    ("cross", || x().cross(odd())),
    ("det", || wide().det()),
    ("eigh", || wide().eigh().1),
    ("eigvalsh", || wide().eigvalsh()),
    ("expm", || wide().expm()),
    ("inv", || wide().inv()),
    ("kron", || {
        let long = Tensor::zeros(DType::F32, [1 << 40]);
        long.kron(&long)
    }),
    ("lstsq", || x().lstsq(odd()).0),
    ("lstsq", || odd().lstsq(x()).2),
    ("lu", || odd().lu().2),
    ("lu_packed", || odd().lu_packed().1),
    ("make_diagonal", || Tensor::scalar(1.0f32).make_diagonal(0)),
    ("make_diagonal", || x().make_diagonal(i64::MAX)),
    ("matrix_norm", || odd().matrix_norm(MatrixNorm::Spectral)),
    ("matrix_power", || wide().matrix_power(2)),
    ("matrix_power", || wide().matrix_power(-1)),
    ("matrix_rank", || odd().matrix_rank()),
    ("matrix_rank_within", || odd().matrix_rank_within(0.1)),
    ("matrix_transpose", || odd().matrix_transpose()),
    ("multi_dot", || multi_dot([x(), wide(), wide()])),
    ("multi_dot", || multi_dot([odd()])),
    ("pinv", || odd().pinv()),
    ("pinv_within", || odd().pinv_within(0.1)),
    ("put_diagonal", || x().put_diagonal(odd(), 0)),
    ("put_diagonal", || odd().put_diagonal(odd(), 0)),
    ("qr", || odd().qr().0),
    ("qr_complete", || odd().qr_complete().1),
    ("slogdet", || wide().slogdet().1),
    ("solve", || x().solve(odd())),
    ("svd", || odd().svd().0),
    ("svd_full", || odd().svd_full().2),
    ("svdvals", || odd().svdvals()),
    ("take_diagonal", || odd().take_diagonal(0)),
    ("trace", || odd().trace()),
    ("triangular_solve", || {
        x().triangular_solve(odd(), Triangle::lower())
    }),
    // Operators, transformations, values.
    ("+", || x() + odd()),
    ("-", || &x() - &odd()),
    ("*", || x() * odd()),
    ("/", || x() / odd()),
    ("%", || x() % odd()),
    ("neg", || -b()),
    ("!", || !x()),
    ("&", || x() & 1),
    ("|", || x() | 1),
    ("^", || x() ^ 1),
    ("<<", || x() << 1),
    (">>", || x() >> 1),
    ("+=", || {
        let mut y = x();
        y += odd();
        y
    }),
    ("grad", || grad(x(), |x| x)),
    ("jvp", || jvp(x(), odd(), |x| x.exp()).1),
    ("vmap", || vmap(Tensor::scalar(1.0f32), |x| x)),
    ("from_vec", || Tensor::from_vec([3], vec![1.0])),
    ("dims", || {
        x().dims::<3>()
            .err()
            .into_iter()
            .map(Tensor::from_error)
            .next()
            .unwrap_or(x())
    }),
    ("item", || {
        x().item()
            .err()
            .into_iter()
            .map(Tensor::from_error)
            .next()
            .unwrap_or(x())
    }),
    ("to_vec", || {
        x().to_vec::<i32>()
            .err()
            .into_iter()
            .map(Tensor::from_error)
            .next()
            .unwrap_or(x())
    }),
];

/// Functions that accept everything.
const NEVER_WRONG: &[&str] = &[
    "acos",
    "acosh",
    "all",
    "any",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "ceil",
    "celu",
    "convert",
    "cos",
    "cosh",
    "digamma",
    "elu",
    "erf",
    "erf_inv",
    "erfc",
    "exp",
    "exp2",
    "exp_m1",
    "flatten",
    "floor",
    "full_like",
    "gelu",
    "gelu_tanh",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "is_finite",
    "is_infinite",
    "is_nan",
    "key",
    "leaky_relu",
    "lgamma",
    "linspace",
    "log",
    "log10",
    "log2",
    "log_1p",
    "log_base",
    "log_sigmoid",
    "logistic",
    "mean",
    "mish",
    "nan_to_num",
    "norm",
    "ones_like",
    "product",
    "reciprocal",
    "relu",
    "relu6",
    "round",
    "rsqrt",
    "selu",
    "sigmoid",
    "signbit",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "softsign",
    "sqrt",
    "square",
    "squeeze",
    "standard_deviation",
    "stop_gradient",
    "sum",
    "t",
    "tan",
    "tanh",
    "to_degrees",
    "to_radians",
    "trunc",
    "variance",
    "zeros_like",
];

#[test]
fn a_wrong_call_names_the_callers_file() {
    let mut failures = vec![];
    for (name, call) in WRONG {
        match call().error() {
            None => failures.push(format!("{name}: no error")),
            Some(e) if e.place().is_none_or(|at| at.file() != file!()) => {
                failures.push(format!("{name}: {e}"))
            }
            Some(_) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_public_function_is_called_wrongly() {
    let known =
        |f: &String| NEVER_WRONG.contains(&f.as_str()) || WRONG.iter().any(|(name, _)| name == f);
    let missing = public_functions().into_iter().filter(|f| !known(f));
    assert_eq!(
        missing.collect::<Vec<_>>(),
        [""; 0],
        "add wrong calls of these"
    );
}
