//! Gradients where the laws do not look: at ties, bounds, zeros and NaN.
use bouton_tensor::{Tensor, grad, keep, tensor};

#[track_caller]
fn check(x: Tensor, f: impl FnOnce(Tensor) -> Tensor, wanted: &str) {
    assert_eq!(format!("{:?}", grad(x, |x| f(x).sum())), wanted);
}

#[test]
fn equal_sides_share() {
    let other = tensor![1.0, 2.0, 3.0];
    check(
        tensor![2.0, 2.0, 2.0],
        |x| x.maximum(&other),
        "f32[3] [1.0, 0.5, 0.0]",
    );
    check(
        tensor![2.0, 2.0, 2.0],
        |x| x.minimum(&other),
        "f32[3] [0.0, 0.5, 1.0]",
    );
    check(
        tensor![2.0, 2.0, 2.0],
        |x| other.maximum(&x),
        "f32[3] [1.0, 0.5, 0.0]",
    );
    check(
        tensor![-1.0, 0.0, 0.5, 1.0, 2.0],
        |x| x.clamp(0.0, 1.0),
        "f32[5] [0.0, 0.5, 1.0, 0.5, 0.0]",
    );
}

#[test]
fn equal_elements_share() {
    check(
        tensor![[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]],
        |x| x.max_axes(1),
        "f32[2, 3]\n[\n  [0.5, 0.0, 0.5],\n  [0.33333334, 0.33333334, 0.33333334]\n]",
    );
    check(
        tensor![4.0, 1.0, 1.0, 4.0],
        |x| 2.0 * x.min_axes(keep(0)),
        "f32[4] [0.0, 1.0, 1.0, 0.0]",
    );
}

#[test]
fn not_a_number_is_not_hidden() {
    check(tensor![1.0, f32::NAN], |x| x.max(), "f32[2] [NaN, NaN]");
    check(
        tensor![1.0, f32::NAN],
        |x| x.is_nan().select(0.0, &x),
        "f32[2] [1.0, 0.0]",
    );
}

#[test]
fn at_zero() {
    check(
        tensor![-2.0, 0.0, 2.0],
        |x| x.abs(),
        "f32[3] [-1.0, 0.0, 1.0]",
    );
    check(tensor![0.0, 4.0], |x| x.sqrt(), "f32[2] [inf, 0.25]");
    check(
        bouton_tensor::Tensor::scalar(0.0f32),
        |x| x.pow(0.0),
        "f32 0.0",
    );
    // The mixed derivative of x^y at y = 0 is 1 / x, though the first one is 0 there.
    let mixed = grad(bouton_tensor::Tensor::scalar(0.0f32), |y| {
        grad(bouton_tensor::Tensor::scalar(2.0f32), |x| x.pow(&y))
    });
    assert_eq!(format!("{mixed:?}"), "f32 0.5");
}
