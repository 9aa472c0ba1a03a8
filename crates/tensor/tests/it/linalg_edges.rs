//! Linear algebra at its edges: other types, no elements, no answer, and gradients of parts of the results.
use crate::{
    draws::Draws,
    linalg::{near, random},
};
use bouton_tensor::{DType, MatrixNorm, Tensor, Triangle, grad, jit, tensor, vmap};

#[test]
fn integers_are_floats_and_halves_are_computed_in_single_precision() {
    let x = tensor![[4, 2], [2, 3]];
    let types = |x: &Tensor| {
        let (w, v) = x.eigh();
        let (p, l, u) = x.lu();
        let (solution, squares, rank, s) = x.lstsq(x);
        let all = [
            x.cholesky(),
            x.det(),
            x.inv(),
            x.solve(x),
            x.expm(),
            x.pinv(),
            x.svdvals(),
            x.qr().0,
            w,
            v,
            p,
            l,
            u,
            x.cond(),
            x.matrix_norm(MatrixNorm::Spectral),
            x.covariance(0),
            x.corrcoef(),
            x.slogdet().1,
            solution,
            squares,
            s,
        ];
        assert_eq!(rank.dtype().unwrap(), DType::I32);
        assert_eq!(x.matrix_rank().item().unwrap(), 2.0);
        let mut types: Vec<DType> = all
            .iter()
            .map(|y| y.eval().unwrap().dtype().unwrap())
            .collect();
        types.dedup();
        types
    };
    assert_eq!(types(&x), [DType::F32]);
    assert_eq!(types(&x.convert(DType::U8)), [DType::F32]);
    assert_eq!(types(&x.convert(DType::BF16)), [DType::BF16]);
    assert_eq!(types(&x.convert(DType::F16)), [DType::F16]);
    assert_eq!(types(&x.convert(DType::F64)), [DType::F64]);
    let half = x.convert(DType::BF16).inv().convert(DType::F64);
    near(
        "bf16",
        &half,
        &x.convert(DType::F64)
            .inv()
            .convert(DType::BF16)
            .convert(DType::F64),
        0.0,
    );
}

#[test]
fn what_is_not_finite_gives_nan_and_ends() {
    let nan = |what: &str, y: &Tensor| {
        assert_eq!(y.is_nan().all().item().unwrap(), 1.0, "{what}: {y:?}");
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for dtype in [DType::F32, DType::F64] {
            for n in [2, 20] {
                let x = Tensor::eye(dtype, n).put_diagonal(Tensor::full(dtype, [n - 1], bad), 1);
                let both = &x + x.matrix_transpose();
                let (w, v) = both.eigh();
                let (u, s, vt) = x.svd();
                let (q, r) = x.qr();
                for y in [
                    w,
                    v,
                    u,
                    s,
                    vt,
                    q,
                    r,
                    both.eigvalsh(),
                    x.svdvals(),
                    x.expm(),
                    x.pinv(),
                ] {
                    nan("not finite", &y);
                }
                nan("not finite", &both.cholesky().at(-1).slice_axis(0, 0..n));
                // These end too, with whatever they give.
                for y in [x.solve(&x), x.inv(), x.det(), x.lu_packed().0] {
                    assert!(y.to_array().is_ok());
                }
            }
        }
    }
    // One of a batch is no matter to the others.
    let x = tensor![[[f32::NAN, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]];
    assert_eq!(
        format!("{:?}", x.eigvalsh()),
        "f32[2, 2]\n[\n  [NaN, NaN],\n  [1.0, 2.0]\n]"
    );
}

#[test]
fn matrices_without_an_answer() {
    let not_definite = tensor![[1.0, 2.0], [2.0, 1.0]].cholesky();
    assert_eq!(
        format!("{not_definite:?}"),
        "f32[2, 2]\n[\n  [NaN, 0.0],\n  [NaN, NaN]\n]"
    );
    let singular = tensor![[1.0, 2.0], [2.0, 4.0]];
    for y in [singular.inv(), singular.solve(tensor![1.0, 1.0])] {
        assert_eq!(y.is_finite().any().item().unwrap(), 0.0, "{y:?}");
    }
    let (sign, log) = Tensor::zeros(DType::F32, [4, 4]).slogdet();
    assert_eq!(format!("{sign:?} {log:?}"), "f32 0.0 f32 -inf");
    assert_eq!(singular.det().item().unwrap(), 0.0);
    assert_eq!(singular.matrix_rank().item().unwrap(), 1.0);
    assert_eq!(
        Tensor::zeros(DType::F32, [3, 3])
            .cond()
            .is_nan()
            .item()
            .unwrap(),
        1.0
    );
}

#[test]
fn matrices_without_elements() {
    let none = Tensor::zeros(DType::F64, [0, 0]);
    assert_eq!(
        format!("{:?} {:?}", none.det(), none.slogdet()),
        "f64 1.0 (f64 1.0, f64 0.0)"
    );
    assert_eq!(none.matrix_rank().item().unwrap(), 0.0);
    assert_eq!(
        Tensor::zeros(DType::F64, [2, 0, 3])
            .matrix_rank()
            .to_vec::<i32>()
            .unwrap(),
        [0, 0]
    );
    assert_eq!(none.matrix_norm(MatrixNorm::Nuclear).item().unwrap(), 0.0);
    let b = Tensor::zeros(DType::F64, [0, 2]);
    assert_eq!(none.solve(&b).shape().unwrap().to_vec(), [0, 2]);
    let (x, squares, ..) = Tensor::zeros(DType::F64, [0, 3]).lstsq(&b);
    assert_eq!(
        format!("{:?} {squares:?}", x.shape().unwrap()),
        "[3, 2] f64[2] [0.0, 0.0]"
    );
    let power = Tensor::zeros(DType::I32, [2, 3, 3]).matrix_power(0);
    assert_eq!(power.sum().item().unwrap(), 6.0);
}

#[test]
fn vectors_and_batches_of_right_hand_sides() {
    let a = tensor![[[2.0, 0.0], [0.0, 4.0]], [[1.0, 1.0], [0.0, 1.0]]];
    let x = a.solve(tensor![2.0, 4.0]);
    assert_eq!(
        format!("{x:?}"),
        "f32[2, 2]\n[\n  [1.0, 1.0],\n  [-2.0, 4.0]\n]"
    );
    let one = a.at(0).solve(Tensor::ones(DType::F32, [3, 2, 1]));
    assert_eq!(one.shape().unwrap().to_vec(), [3, 2, 1]);
    let right = a.triangular_solve(tensor![2.0, 4.0], Triangle::upper().right());
    assert_eq!(
        format!("{right:?}"),
        "f32[2, 2]\n[\n  [1.0, 1.0],\n  [2.0, 2.0]\n]"
    );
    let promoted = tensor![[2, 0], [0, 4]].solve(Tensor::ones(DType::F64, [2]));
    assert_eq!(format!("{promoted:?}"), "f64[2] [0.5, 0.25]");
    let mapped = vmap(&a, |a| a.solve(tensor![2.0, 4.0]));
    assert!(mapped.to_array().unwrap().same_bits(&x.to_array().unwrap()));
    let compiled = jit(|a: &Tensor| a.solve(tensor![2.0, 4.0]));
    assert!(
        compiled(&a)
            .unwrap()
            .to_array()
            .unwrap()
            .same_bits(&x.to_array().unwrap())
    );
}

#[test]
fn gradients_where_parts_of_the_result_are_used() {
    let mut draws = Draws::new("parts");
    for dtype in [DType::F64, DType::F32] {
        for shape in [&[3, 3][..], &[2, 3, 3], &[2, 2, 3, 3]] {
            let x =
                random(&mut draws, shape, dtype) + Tensor::eye(dtype, 3) * tensor![2.0, 4.0, 6.0];
            let parts: [(&str, fn(Tensor) -> Tensor); 11] = [
                ("eigh 0", |x| x.eigh().0),
                ("eigh 1", |x| x.eigh().1),
                ("svd 0", |x| x.svd().0),
                ("svd 1", |x| x.svd().1),
                ("svd 2", |x| x.svd().2),
                ("qr 0", |x| x.qr().0),
                ("qr 1", |x| x.qr().1),
                ("lu 1", |x| x.lu().1),
                ("lu 2", |x| x.lu().2),
                ("det", |x| x.det()),
                ("slogdet", |x| x.slogdet().1),
            ];
            for (name, part) in parts {
                let slope = grad(&x, |x| part(x).sum());
                assert_eq!(slope.ty().unwrap(), x.ty().unwrap(), "{name}");
                let along = random(&mut draws, shape, dtype);
                let h = if dtype == DType::F64 { 1e-6 } else { 1e-2 };
                let at = |h: f64| part(&x + &along * h).sum().item().unwrap();
                let (measured, found) = (
                    (at(h) - at(-h)) / (2.0 * h),
                    (slope * &along).sum().item().unwrap(),
                );
                let limit = if dtype == DType::F64 { 1e-7 } else { 2e-2 };
                assert!(
                    (measured - found).abs() <= limit * (1.0 + found.abs()),
                    "{name} of {dtype}{shape:?}: {found:e}, measured {measured:e}"
                );
            }
        }
    }
}

#[test]
fn equal_values_have_gradients() {
    // The sum of the eigenvalues is the trace, whatever the vectors.
    let slope = grad(&Tensor::eye(DType::F64, 3), |x| x.eigh().0.sum());
    near("eigh", &slope, &Tensor::eye(DType::F64, 3), 1e-14);
    let slope = grad(&Tensor::eye(DType::F64, 3), |x| x.svd().1.sum());
    near("svd", &slope, &Tensor::eye(DType::F64, 3), 1e-14);
    let slope = grad(&Tensor::eye(DType::F64, 3), |x| x.eigh().1.sum());
    assert_eq!(slope.is_finite().all().item().unwrap(), 1.0);
    // Of low rank, the derivative is that of matrices of this rank.
    let x = tensor![[1.0, 2.0], [2.0, 4.0], [0.0, 0.0]].convert(DType::F64);
    let slope = grad(&x, |x| x.pinv().sum());
    assert_eq!(slope.is_finite().all().item().unwrap(), 1.0);
}

#[test]
fn large_chains_and_powers() {
    let x = tensor![[1, 1], [1, 0]];
    assert_eq!(format!("{:?}", x.matrix_power(1)), format!("{x:?}"));
    assert_eq!(
        x.matrix_power(40).at(0).at(1).item().unwrap(),
        102_334_155.0
    );
    let inverse = tensor![[2.0, 0.0], [0.0, 0.5]].matrix_power(-3);
    assert_eq!(
        format!("{inverse:?}"),
        "f32[2, 2]\n[\n  [0.125, 0.0],\n  [0.0, 8.0]\n]"
    );
    // Of vectors at both ends, a number.
    let y = bouton_tensor::multi_dot([tensor![1, 2], tensor![[1, 0], [0, 1]], tensor![3, 4]]);
    assert_eq!(format!("{y:?}"), "i32 11");
    // Exponentials that need many squarings, and that vanish.
    let big = tensor![[-1e6, 0.0], [0.0, -2e6]].expm();
    assert_eq!(
        format!("{big:?}"),
        "f32[2, 2]\n[\n  [0.0, 0.0],\n  [0.0, 0.0]\n]"
    );
}
