//! Derivatives of compositions against differences in f64.
use bouton_tensor::{DType, Tensor, einsum, grad, tensor};

/// The sum over the results, each with a weight of its own: all ones would hide a factor.
fn weighed(y: Tensor) -> Tensor {
    let y = y.flatten().convert(DType::F64);
    let n = y.shape().unwrap().size();
    let weights: Vec<f64> = (0..n).map(|i| 0.7 + 0.31 * i as f64).collect();
    (y * Tensor::from_vec([n], weights)).sum()
}

#[track_caller]
fn check(x: Tensor, f: impl Fn(Tensor) -> Tensor) {
    let x = x.convert(DType::F64);
    let slopes = grad(&x, |x| weighed(f(x))).to_vec::<f64>().unwrap();
    let (shape, values) = (x.shape().unwrap(), x.to_vec::<f64>().unwrap());
    for i in 0..values.len() {
        let at = |step: f64| {
            let mut moved = values.clone();
            moved[i] += step;
            weighed(f(Tensor::from_vec(&shape, moved))).item().unwrap()
        };
        let step = 1e-5 * values[i].abs().max(1.0);
        let difference = (at(step) - at(-step)) / (2.0 * step);
        let near = (slopes[i] - difference).abs() <= 1e-6 * difference.abs().max(1.0);
        assert!(near, "element {i}: {} is not {difference}", slopes[i]);
    }
}

#[test]
fn of_one_element() {
    check(tensor![0.5, -2.0, 3.0], |x| x.sinc());
    check(tensor![0.5, -2.0, 3.0], |x| x.to_degrees().to_radians());
    check(tensor![0.5, 2.0, 3.0], |x| x.log_base(3.0));
}

#[test]
fn of_two_elements() {
    let y = || tensor![1.5, 0.25, -2.0].convert(DType::F64);
    check(tensor![0.5, -2.0, 3.0], |x| x.hypot(y()));
    check(tensor![0.5, -2.0, 3.0], |x| x.logaddexp(y()));
    check(tensor![0.5, 0.0, 3.0], |x| x.xlogy(y().abs()));
    check(tensor![0.5, 2.0, 3.0], |x| y().xlogy(x));
    check(tensor![0.5, 2.0, 3.0], |x| y().xlog1py(x));
    check(tensor![0.5, -2.1, 3.2], |x| x.modulo(y()));
    check(tensor![0.5, -0.4, 1.3], |x| tensor![4.7].modulo(x));
    check(tensor![0.5, -2.0, 3.0], |x| x.copysign(y()));
}

/// Where a factor is zero a quotient of products would be none.
#[test]
fn of_products_so_far() {
    check(tensor![2.0, 0.0, 3.0, 0.0, 4.0], |x| {
        x.cumulative_product(0)
    });
    check(tensor![[2.0, 0.0], [3.0, 1.0]], |x| x.cumulative_product(0));
    check(tensor![2.0, 5.0, 3.0, 7.0], |x| x.cumulative_max(0));
    check(tensor![2.0, 5.0, 1.0, 7.0], |x| x.cumulative_min(0));
}

#[test]
fn of_order_statistics() {
    let x = || tensor![[3.0, -1.0, 0.5, 7.0], [2.0, 2.5, -4.0, 1.0]];
    check(x(), |x| x.quantile(tensor![0.1, 0.5, 0.8], 1));
    check(x(), |x| x.median(0));
    check(x(), |x| x.sort_descending(1));
    check(x(), |x| x.top_k(2).0);
    check(x(), |x| x.mode(1));
    check(x(), |x| x.peak_to_peak(1));
    check(x(), |x| x.unique(8).0);
    let with_nan = |x: Tensor| x.gt(6.0).select(f64::NAN, x);
    check(x(), |x| with_nan(x).nan_sum(1));
    check(x(), |x| with_nan(x).nan_mean(1));
    check(x(), |x| with_nan(x).nan_max(1));
    check(x(), |x| with_nan(x).nan_variance(1, 1));
    check(x(), |x| with_nan(x).nan_median(1));
    check(x(), |x| x.weighted_mean(tensor![1.0, 2.0, 3.0, 4.0], 1));
    check(tensor![1.0, 2.0, 4.0], |w| {
        tensor![3.0, -1.0, 5.0].weighted_mean(w, 0)
    });
}

#[test]
fn of_movement_and_products() {
    use bouton_tensor::PadMode::*;
    let x = || tensor![[3.0, -1.0, 0.5], [2.0, 2.5, -4.0]];
    for mode in [Edge, Reflect, Symmetric, Wrap] {
        check(x(), |x| x.pad_with(mode, &[(1, 0), (2, 4)]));
    }
    check(x(), |x| x.roll(1, 1).rot90(1).diff(1, 0));
    check(x(), |x| x.compress(&tensor![false, true], 1));
    check(x(), |x| einsum("ij,kj->ik", [&x, &(&x * 2.0)]));
    check(tensor![[1.0, 2.0], [3.0, 4.0]], |x| einsum("ii->i", [&x]));
    let (xp, fp) = (tensor![0.0, 1.0, 3.0], tensor![2.0, -1.0, 4.0]);
    check(tensor![0.5, 2.0, -1.0, 9.0], |x| x.interp(&xp, &fp));
    check(tensor![2.0, -1.0, 4.0], |fp| {
        tensor![0.5, 2.0, 9.0].interp(&xp, fp)
    });
}

/// Where a formula has 0 / 0 or inf - inf on the way, its derivative must not.
#[test]
fn at_places_where_formulas_break() {
    let slope = |x: Tensor, f: &dyn Fn(Tensor) -> Tensor| format!("{:?}", grad(&x, |x| f(x).sum()));
    assert_eq!(slope(tensor![0.0], &|x| x.hypot(0.0)), "f32[1] [0.0]");
    assert_eq!(slope(tensor![0.0], &|x| x.sinc()), "f32[1] [0.0]");
    let bend = |x: Tensor| grad(&x, |x| grad(&x, |x| x.sinc().sum()).sum());
    assert_eq!(format!("{:?}", bend(tensor![0.0])), "f32[1] [-3.2898684]");
    let low = f32::NEG_INFINITY;
    assert_eq!(
        slope(tensor![low, 1.0], &|x| x.logaddexp(low)),
        "f32[2] [0.5, 1.0]"
    );
    assert_eq!(slope(tensor![0.0], &|x| x.xlogy(0.0)), "f32[1] [0.0]");
}
