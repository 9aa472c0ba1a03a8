//! Compositions: values, derivatives and mistakes.
use bouton_tensor::{
    DType, Tensor, concatenate, grad, keep, stack, step, telemetry::programs_compiled_here, tensor,
    vmap,
};

#[track_caller]
fn check(x: Tensor, printed: &str) {
    assert_eq!(format!("{x:?}").replace('\n', ""), printed);
}

/// Of the derivative of the sum of `f`.
#[track_caller]
fn check_grad(x: Tensor, f: impl FnOnce(Tensor) -> Tensor, printed: &str) {
    check(grad(&x, |x| f(x).sum()), printed);
}

#[track_caller]
fn fails(x: &Tensor, line: &str) {
    let e = x.error().expect("an error").to_string();
    assert_eq!(e.lines().next(), Some(line), "{e}");
    assert!(e.contains("tests/it/fns.rs"), "{e}");
}

#[test]
fn matrix_products_of_every_rank() {
    let x = Tensor::arange(0, 6, 1).reshape([2, 3]);
    let y = Tensor::arange(0, 6, 1).reshape([3, 2]);
    check(x.matmul(&y), "i32[2, 2][  [10, 13],  [28, 40]]");
    check(x.matmul(tensor![1, 0, 2]), "i32[2] [4, 13]");
    check(tensor![1, 2].matmul(&x), "i32[3] [6, 9, 12]");
    check(tensor![1, 2, 3].matmul(tensor![1, 2, 3]), "i32 14");
    let batch = stack([&y, &(&y + 1)], 0);
    let each = [x.matmul(&y), x.matmul(&y + 1)];
    check(
        x.matmul(&batch) - stack(&each, 0),
        "i32[2, 2, 2][  [    [0, 0],    [0, 0]  ],  [    [0, 0],    [0, 0]  ]]",
    );
    check(
        (batch.matmul(&x) - stack([y.matmul(&x), (&y + 1).matmul(&x)], 0))
            .abs()
            .sum(),
        "i32 0",
    );
    let wide = batch
        .reshape([2, 1, 3, 2])
        .matmul(batch.reshape([1, 2, 3, 2]).transpose([0, 1, 3, 2]));
    assert_eq!(wide.shape().unwrap().to_vec(), [2, 2, 3, 3]);
    check(
        wide.at(1).at(0) - (&y + 1).matmul(y.t()),
        "i32[3, 3][  [0, 0, 0],  [0, 0, 0],  [0, 0, 0]]",
    );
    check(
        tensor![1, 2].matmul(&batch.transpose([0, 2, 1]))
            - stack(
                [tensor![1, 2].matmul(y.t()), tensor![1, 2].matmul(y.t() + 1)],
                0,
            ),
        "i32[2, 3][  [0, 0, 0],  [0, 0, 0]]",
    );
    assert_eq!(x.dot(&batch).shape().unwrap().to_vec(), [2, 2, 2]);
    check(
        x.dot(2.0),
        "f32[2, 3][  [0.0, 2.0, 4.0],  [6.0, 8.0, 10.0]]",
    );
    assert_eq!(
        x.convert(DType::BF16).matmul(&y).dtype().unwrap(),
        DType::BF16
    );
}

#[test]
fn products_may_be_wider_than_their_operands() {
    let bytes = |x: Tensor| x.convert(DType::I8);
    let (x, y) = (
        bytes(tensor![[-128, 127], [100, 100]]),
        bytes(tensor![[-128], [-128]]),
    );
    check(x.matmul(&y), "i8[2, 1][  [-128],  [0]]");
    check(x.matmul_as(&y, DType::I32), "i32[2, 1][  [128],  [-25600]]");
    check(
        stack(&[&x, &x], 0).matmul_as(stack(&[&y, &x.slice((.., ..1))], 0), DType::I16),
        "i16[2, 2, 1][  [    [128],    [-25600]  ],  [    [29084],    [-2800]  ]]",
    );
    // As wide as the operands is the same operation.
    let own = format!("{:?}", x.matmul_as(&y, DType::I8).to_array());
    assert_eq!(own, format!("{:?}", x.matmul(&y).to_array()));
    // Operands are promoted first; rows of a batch keep the type.
    check(
        x.matmul_as(y.convert(DType::U8), DType::I64),
        "i64[2, 1][  [-128],  [25600]]",
    );
    let rows = vmap(&x, |row| row.matmul_as(&y, DType::I32));
    check(rows, "i32[2, 1][  [128],  [-25600]]");
    // A sum that bf16 would round, and gradients in the operands' type.
    let half = tensor![[256.0, 1.0]].convert(DType::BF16);
    let one = tensor![[1.0], [1.0]].convert(DType::BF16);
    check(half.matmul(&one), "bf16[1, 1][  [256.0]]");
    check(half.matmul_as(&one, DType::F32), "f32[1, 1][  [257.0]]");
    let (d_half, d_one) = grad((&half, &one), |(x, y)| x.matmul_as(&y, DType::F32).sum());
    check(d_half, "bf16[1, 2][  [1.0, 1.0]]");
    check(d_one, "bf16[2, 1][  [256.0],  [1.0]]");
    let error = x.matmul_as(&y, DType::U32).to_array().unwrap_err();
    let text = "dot_general { batch: [], contract: [(1, 0)], dtype: u32 }: the result's element type must be i8 or a \
                wider integer that holds it, not u32";
    assert!(error.to_string().starts_with(text), "{error}");
}

#[test]
fn gradients_of_matrix_products_in_every_layout() {
    let (x, w) = (
        Tensor::ones(DType::F32, [8, 5]),
        Tensor::ones(DType::F32, [5, 4]),
    );
    let (dx, dw) = grad((&x, &w), |(x, w)| x.matmul(&w).sum());
    check(
        dx.slice((..1, ..)),
        "f32[1, 5][  [4.0, 4.0, 4.0, 4.0, 4.0]]",
    );
    check(dw.slice((..1, ..)), "f32[1, 4][  [8.0, 8.0, 8.0, 8.0]]");
    for (layout, f) in [
        (
            "both turned",
            (|x, w| x.t().dot_general(w.t(), &[], &[(0, 1)])) as fn(&Tensor, &Tensor) -> Tensor,
        ),
        ("left turned", |x, w| x.t().dot_general(w, &[], &[(0, 0)])),
        ("right turned", |x, w| x.dot_general(w.t(), &[], &[(1, 1)])),
    ] {
        let (dx2, dw2) = grad((&x, &w), |(x, w)| f(&x, &w).sum());
        assert!(
            dx2.to_array().unwrap().same_bits(&dx.to_array().unwrap()),
            "{layout}"
        );
        assert!(
            dw2.to_array().unwrap().same_bits(&dw.to_array().unwrap()),
            "{layout}"
        );
    }
}

#[test]
fn matrix_products_that_do_not_fit() {
    let x = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
    fails(
        &x(&[2, 784]).matmul(x(&[128, 10])),
        "matmul: contracted axes must have the same size; axis 1 of input 0 has 784, axis 0 of input 1 has 128",
    );
    fails(
        &x(&[3, 2, 4]).matmul(x(&[2, 4, 5])),
        "matmul: axes before the last two must agree or be 1; axis 0 of input 0 has 3, axis 0 of input 1 has 2",
    );
    fails(
        &x(&[]).matmul(x(&[2])),
        "matmul: inputs must have at least one axis; input 0 is a scalar",
    );
    fails(
        &x(&[2]).matmul(3.0),
        "matmul: inputs must have at least one axis; input 1 is a scalar",
    );
    fails(
        &x(&[2])
            .convert(DType::Bool)
            .matmul(x(&[2]).convert(DType::Bool)),
        "matmul: the element type must be a number, not bool",
    );
    fails(
        &x(&[2, 3]).dot(x(&[2, 3])),
        "dot: contracted axes must have the same size; axis 1 of input 0 has 3, axis 0 of input 1 has 2",
    );
}

#[test]
fn positions_in_a_loop_compile_once() {
    let x = Tensor::arange(0, 40, 1).reshape([10, 4]).eval().unwrap();
    let row = |i: i64| x.at(i).sum().item().unwrap();
    assert_eq!(row(0), 6.0);
    let compiled = programs_compiled_here();
    assert_eq!((1..10).map(row).sum::<f64>(), 774.0);
    assert_eq!(row(-1), 150.0);
    assert_eq!(programs_compiled_here(), compiled);
    check(x.at(Tensor::scalar(2i32)), "i32[4] [8, 9, 10, 11]");
    check(x.at_axis(1, -1).slice(..3), "i32[3] [1, 5, 9]");
    check(
        x.at(tensor![[0, 1], [2, 3]]).at_axis(0, -1),
        "i32[2, 2][  [0, 4],  [8, 12]]",
    );
    fails(&x.at(10), "at: index 10 lies outside axis 0 of size 10");
    fails(&x.at(-11), "at: index -11 lies outside axis 0 of size 10");
    fails(&x.at(0.5), "at: the index must be an integer, not f32");
    fails(
        &Tensor::scalar(1.0f32).at(0),
        "at: axis 0 does not exist; a scalar has no axes",
    );
}

#[test]
fn slices_by_every_kind_of_range() {
    let x = Tensor::arange(0, 12, 1).reshape([3, 4]);
    check(x.slice((1..2, ..)), "i32[1, 4][  [4, 5, 6, 7]]");
    check(x.slice((2.., ..=1)), "i32[1, 2][  [8, 9]]");
    check(x.slice([1..3, 0..1]), "i32[2, 1][  [4],  [8]]");
    check(x.slice(vec![0usize..1]), "i32[1, 4][  [0, 1, 2, 3]]");
    check(
        x.slice((step(.., 2), step(1..-1, 2))),
        "i32[2, 1][  [1],  [9]]",
    );
    check(x.slice_axis(1, ..=-1).sum(), "i32 66");
    check_grad(
        tensor![1.0, 2.0, 3.0, 4.0],
        |x| x.slice(step(1.., 2)) * tensor![10.0, 20.0],
        "f32[4] [0.0, 10.0, 0.0, 20.0]",
    );
}

#[test]
fn pieces_and_their_opposites() {
    let x = tensor![[1, 2, 3], [4, 5, 6]];
    check(
        concatenate(x.split(3, 1), 1) - &x,
        "i32[2, 3][  [0, 0, 0],  [0, 0, 0]]",
    );
    check(
        x.split_sizes(&[1, 2], -1)[1].clone(),
        "i32[2, 2][  [2, 3],  [5, 6]]",
    );
    check(
        stack([&x, &x], -1).at_axis(0, -1) - &x,
        "i32[2, 3][  [0, 0, 0],  [0, 0, 0]]",
    );
    check(x.repeat(2, 1).at(0), "i32[6] [1, 1, 2, 2, 3, 3]");
    check(
        tensor![1, 2].tile(&[2, 2]),
        "i32[2, 4][  [1, 2, 1, 2],  [1, 2, 1, 2]]",
    );
    check(x.tile(&[2]).at(1), "i32[6] [4, 5, 6, 4, 5, 6]");
    check(
        concatenate([tensor![1, 2], tensor![0.5, 1.5]], 0),
        "f32[4] [1.0, 2.0, 0.5, 1.5]",
    );
    fails(
        &x.split(2, 1)[0],
        "split: the size of axis 1 must be a multiple of 2; it is 3",
    );
    fails(
        &x.split(0, 1).first().cloned().unwrap_or_else(|| x.at(9)),
        "at: index 9 lies outside axis 0 of size 2",
    );
    fails(
        &x.split_sizes(&[1, 1], 1)[1],
        "split_sizes: the sizes must add up to the size of axis 1; 2 is not 3",
    );
    fails(
        &stack([&x, &x.t()], 0),
        "stack: inputs must have the same shape; input 1 differs",
    );
    fails(
        &stack([&x], 3),
        "stack: axis 3 does not exist; axes run from -3 to 2",
    );
    fails(
        &x.repeat(2, 2),
        "repeat: axis 2 does not exist; axes run from -2 to 1",
    );
}

#[test]
fn sequences() {
    check(Tensor::arange(5, 0, -2), "i32[3] [5, 3, 1]");
    check(Tensor::arange(0, 0, 1), "i32[0] []");
    check(Tensor::arange(0.5, 2, 1), "f32[2] [0.5, 1.5]");
    check(
        Tensor::linspace(1.0, 0.1, 4),
        "f32[4] [1.0, 0.7, 0.39999998, 0.1]",
    );
    check(Tensor::linspace(2.0, 3.0, 1), "f32[1] [2.0]");
    check(
        tensor![1.0, 2.0, 4.0].cumulative_sum(0),
        "f32[3] [1.0, 3.0, 7.0]",
    );
    check(tensor![200u8, 100].cumulative_sum(0), "u32[2] [200, 300]");
    check_grad(
        tensor![1.0, 2.0, 4.0],
        |x| x.cumulative_sum(0) * tensor![1.0, 10.0, 100.0],
        "f32[3] [111.0, 110.0, 100.0]",
    );
}

#[test]
fn picking_by_indices() {
    let x = tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    check(
        x.take(tensor![1, 7, -2], 1),
        "f32[2, 3][  [2.0, 3.0, 1.0],  [5.0, 6.0, 4.0]]",
    );
    check_grad(
        x.clone(),
        |x| x.take(tensor![2, 0, 2], 1) * tensor![1.0, 10.0, 100.0],
        "f32[2, 3][  [10.0, 0.0, 101.0],  [10.0, 0.0, 101.0]]",
    );
    check(x.gather(tensor![[1, 2], [0, 0]]), "f32[2] [6.0, 1.0]");
    check(
        x.gather(tensor![[1u64], [u64::MAX]]).at(1),
        "f32[3] [4.0, 5.0, 6.0]",
    );
    check(
        x.sort(0).sort(1),
        "f32[2, 3][  [1.0, 2.0, 3.0],  [4.0, 5.0, 6.0]]",
    );
    check_grad(
        tensor![3.0, 1.0, 2.0],
        |x| x.sort(0) * tensor![1.0, 10.0, 100.0],
        "f32[3] [100.0, 1.0, 10.0]",
    );
    check(
        tensor![f32::NAN, 1.0, f32::NEG_INFINITY].sort(0),
        "f32[3] [-inf, 1.0, NaN]",
    );
    // Duplicates in bf16 add up in f32: 256 + 1 + 1 would stay 256.
    let base = Tensor::full(DType::BF16, [1], 256.0);
    check(
        base.scatter_add(tensor![0, 0], tensor![1.0, 1.0], 0),
        "bf16[1] [258.0]",
    );
    let rows = vmap((&x, &tensor![2, 0]), |(row, i)| row.at(i));
    check(rows, "f32[2] [3.0, 4.0]");
    fails(
        &x.take_along_axis(tensor![[1]], 1),
        "take_along_axis: inputs must agree on every axis but 1; input 1 differs on axis 0",
    );
    fails(
        &x.gather(tensor![[0, 0, 0]]),
        "gather: the indices name 3 axes; the tensor has 2",
    );
    fails(
        &x.gather(Tensor::scalar(0i32)),
        "gather: the indices must have an axis of coordinates",
    );
}

#[test]
fn softmax_of_large_scores_and_its_derivative() {
    let x = tensor![[1e4, 0.0, -1e4], [3e38, 3e38, -3e38]];
    check(
        x.softmax(-1),
        "f32[2, 3][  [1.0, 0.0, 0.0],  [0.5, 0.5, 0.0]]",
    );
    check(x.logsumexp(keep(-1)), "f32[2, 1][  [10000.0],  [3e38]]");
    check(x.logsumexp(-1), "f32[2] [10000.0, 3e38]");
    check_grad(
        x.clone(),
        |x| x.log_softmax(1).slice((.., ..1)),
        "f32[2, 3][  [0.0, 0.0, 0.0],  [0.5, -0.5, 0.0]]",
    );
    check_grad(
        x.clone(),
        |x| x.logsumexp(1),
        "f32[2, 3][  [1.0, 0.0, 0.0],  [0.5, 0.5, 0.0]]",
    );
    check_grad(
        x,
        |x| x.softmax(1) * tensor![1.0, 2.0, 3.0],
        "f32[2, 3][  [0.0, 0.0, 0.0],  [-0.25, 0.25, 0.0]]",
    );
    check(
        Tensor::zeros(DType::F32, [2, 0]).softmax(1),
        "f32[2, 0][  [],  []]",
    );
    check(
        Tensor::zeros(DType::F32, [2, 0]).logsumexp(1),
        "f32[2] [-inf, -inf]",
    );
    fails(
        &tensor![1.0, 2.0].softmax(1),
        "max: axis 1 does not exist; axes run from -1 to 0",
    );
}

#[test]
fn activations_at_their_kinks_and_far_out() {
    check_grad(
        tensor![-1.0, 0.0, 2.0],
        |x| x.relu(),
        "f32[3] [0.0, 0.0, 1.0]",
    );
    check(tensor![f32::NAN, -0.0].relu(), "f32[2] [NaN, 0.0]");
    check_grad(
        tensor![-1.0, 0.0, 3.0, 6.0, 7.0],
        |x| x.relu6(),
        "f32[5] [0.0, 0.0, 1.0, 0.0, 0.0]",
    );
    check_grad(
        tensor![-1.0, 0.0, 2.0],
        |x| x.leaky_relu(0.25),
        "f32[3] [0.25, 1.0, 1.0]",
    );
    check_grad(
        tensor![-1000.0, 0.0, 1000.0],
        |x| x.softplus(),
        "f32[3] [0.0, 0.5, 1.0]",
    );
    check_grad(
        tensor![-1000.0, 1000.0],
        |x| x.log_sigmoid(),
        "f32[2] [1.0, -0.0]",
    );
    check_grad(
        tensor![-1000.0, 0.0, 1000.0],
        |x| x.elu(1.0),
        "f32[3] [0.0, 1.0, 1.0]",
    );
    check_grad(tensor![-1e30, 1e30], |x| x.selu(), "f32[2] [0.0, 1.050701]");
    check(tensor![-1, 3].relu(), "i32[2] [0, 3]");
    check(
        tensor![-2, 2]
            .silu()
            .convert(DType::F64)
            .is_close(tensor![-0.238405844044f64, 1.761594155956]),
        "bool[2] [true, true]",
    );
    check(
        tensor![0.5f64, -3.0]
            .gelu()
            .is_close(tensor![0.34573123063700656f64, -0.0040496940948902]),
        "bool[2] [true, true]",
    );
    check(tensor![-100.0, 100.0].gelu(), "f32[2] [-0.0, 100.0]");
}

#[test]
fn statistics() {
    let x = tensor![[1.0, 2.0], [3.0, 5.0]];
    check(x.mean_axes(keep(1)), "f32[2, 1][  [1.5],  [4.0]]");
    check(x.variance_axes(0, 1), "f32[2] [2.0, 4.5]");
    check(x.standard_deviation_axes(0, 0), "f32[2] [1.0, 1.5]");
    check(Tensor::zeros(DType::F32, [0]).mean(), "f32 NaN");
    check_grad(
        tensor![1.0, 2.0, 6.0],
        |x| x.variance(0),
        "f32[3] [-1.3333334, -0.6666667, 2.0]",
    );
    // The sum of these would overflow f16.
    check(Tensor::full(DType::F16, [4], 60000.0).mean(), "f16 60000.0");
    check(tensor![3.0, 4.0].norm_axes(keep(0)), "f32[1] [5.0]");
    check(tensor![true, false].mean(), "f32 0.5");
    fails(
        &x.mean_axes(2),
        "mean: axis 2 does not exist; axes run from -2 to 1",
    );
    fails(
        &x.standard_deviation_axes([0, 0], 0),
        "standard_deviation: axis 0 is named twice",
    );
}

#[test]
fn classes_and_masks() {
    check(
        tensor![1u8, 200].one_hot(300).sum_axes(1),
        "f32[2] [1.0, 1.0]",
    );
    check(tensor![-1, 3].one_hot(3).sum(), "f32 0.0");
    check(
        Tensor::scalar(1i32).one_hot_as(2, DType::Bool),
        "bool[2] [false, true]",
    );
    fails(
        &tensor![0.5].one_hot(3),
        "one_hot: the labels must be integers, not f32",
    );
    check(Tensor::eye(DType::F32, 3).triu(1).sum(), "f32 0.0");
    check(
        Tensor::ones(DType::F32, [2, 3]).tril(-1),
        "f32[2, 3][  [0.0, 0.0, 0.0],  [1.0, 0.0, 0.0]]",
    );
    // What a mask hides reaches neither the value nor the derivative.
    let x = tensor![[f32::NAN, 4.0], [f32::INFINITY, f32::NAN]];
    check(x.triu(1), "f32[2, 2][  [0.0, 4.0],  [0.0, 0.0]]");
    check_grad(
        x,
        |x| x.triu(1).square(),
        "f32[2, 2][  [0.0, 8.0],  [0.0, 0.0]]",
    );
    check(
        tensor![1.0, f32::INFINITY, f32::NAN].is_close(tensor![1.1, f32::INFINITY, f32::NAN]),
        "bool[3] [false, true, false]",
    );
    check(tensor![1.0, 2.0].all_close(tensor![1.1, 2.0]), "bool false");
    check(
        tensor![1.0, 2.0].is_close_within(1.1, 0.1, 0.0),
        "bool[2] [true, false]",
    );
    fails(
        &tensor![1.0, 2.0].tril(0),
        "tril: there must be two axes, not 1",
    );
}
