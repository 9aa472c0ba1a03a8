//! Numbers of the Poisson distribution.
use crate::{
    DType, Entry, Tensor,
    families::drawing::{Drawing, Stream, drawing, entry},
};
use bouton_array::math::Real;

/// For each rate a number of the Poisson distribution as `i32`.
#[track_caller]
pub(crate) fn random_poisson(key: &Tensor, rate: &Tensor) -> Tensor {
    drawing(RandomPoisson, key, rate)
}

#[derive(Clone, Copy, Debug)]
struct RandomPoisson;

impl Drawing for RandomPoisson {
    const NAME: &'static str = "random_poisson";

    fn result(&self, _: DType) -> DType {
        DType::I32
    }

    fn draw<R: Real>(&self, key: Stream, i: usize, n: usize, rate: R) -> R {
        if rate.is_nan() || rate < R::ZERO {
            -R::ONE
        } else if rate < R::from_f64(10.0) {
            product(key, i, n, rate)
        } else {
            rejection(key, i, n, rate)
        }
    }

    fn members() -> Vec<RandomPoisson> {
        vec![RandomPoisson]
    }
}

/// How many uniform numbers multiply to no less than e^-rate (D. E. Knuth, TAOCP 3.4.1), in `f32` as in JAX.
fn product<R: Real>(mut key: Stream, i: usize, n: usize, rate: R) -> R {
    let (mut count, mut logarithm) = (R::ZERO, 0f32);
    while R::from_f64(f64::from(logarithm)) > -rate {
        let [next, drawn] = [0, 1].map(|i| key.split(2, i));
        key = next;
        count += R::ONE;
        logarithm += bouton_array::math::f32::ln(drawn.uniform::<f32>(n, i));
    }
    if rate > R::ZERO {
        count - R::ONE
    } else {
        R::ZERO
    }
}

/// W. Hormann, The transformed rejection method for generating Poisson random variables, 1993.
fn rejection<R: Real>(mut key: Stream, i: usize, n: usize, rate: R) -> R {
    // The greatest number that i32 holds stands for what is beyond.
    if rate > R::from_f64(2.1e9) {
        return R::from_f64(f64::from(i32::MAX));
    }
    let number = R::from_f64;
    let b = number(0.931) + number(2.53) * rate.sqrt();
    let a = number(-0.059) + number(0.02483) * b;
    let inverse = number(1.1239) + number(1.1328) / (b - number(3.4));
    let limit = number(0.9277) - number(3.6224) / (b - number(2.0));
    loop {
        let [next, first, second] = [0, 1, 2].map(|i| key.split(3, i));
        key = next;
        let u = first.uniform::<R>(n, i) - number(0.5);
        let v = second.uniform::<R>(n, i);
        let shifted = number(0.5) - u.abs();
        let k = ((number(2.0) * a / shifted + b) * u + rate + number(0.43)).floor();
        let s = (v * inverse / (a / (shifted * shifted) + b)).ln();
        let t = -rate + k * rate.ln() - (k + R::ONE).lgamma();
        let at_once = shifted >= number(0.07) && v <= limit;
        let rejected = k < R::ZERO || (shifted < number(0.013) && v > shifted);
        if at_once || (!rejected && s <= t) {
            return k;
        }
    }
}

pub(crate) const ENTRY: Entry = entry::<RandomPoisson>();
