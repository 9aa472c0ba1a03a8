//! The error function of `f32` and its inverse.

use super::exp::one_minus_exp2;
use super::{ln_1p, polynomial, rounded, sqrt};
use crate::math::algebra::Single;

/// The error function 2/sqrt(pi) * integral of e^-t^2 from 0 to x. Error at most 1.5 ulp.
#[inline(always)]
pub fn erf<T: Single>(x: T) -> T {
    let a = x.abs().at_most(4.0);
    // Small: x + x P(x^2), minimax with relative error below 2^-28.
    let p = polynomial(
        a * a,
        [
            0.128_379_17,
            -0.376_126,
            0.112_831_13,
            -0.026_820_807,
            0.005_085_13,
            -0.000_653_523_3,
        ],
    );
    let small = a.mul_add(p, a);
    // Large: 1 - 2^l with l = log2(1 - erf a), minimax with relative error below 2^-28; from 3.92 on it rounds to 1.
    let l = polynomial(
        a,
        [
            -8.201_558e-5,
            -1.627_751_5,
            -0.917_759_1,
            -0.151_304_64,
            0.032_745_387,
            -0.004_565_97,
            0.000_301_089_3,
        ],
    );
    let erf = T::choose(a.below(x.number(0.8)), small, one_minus_exp2(l));
    erf.negate_by(x).nan_if(x.is_nan())
}

/// The complement 1 - erf(x), without cancellation, through f64. Error at most 0.51 ulp.
#[inline(always)]
pub fn erfc<T: Single>(x: T) -> T {
    rounded(super::super::f64::erfc(x.wide()))
}

/// The inverse of the error function; infinite at -1 and 1, NaN beyond.
///
/// Follows XLA's definition, w = -ln(1 - x^2) from the rounded square and Giles' polynomials in w (M. Giles,
/// Approximating the erfinv function, 2010), so that normal random numbers agree with JAX's to 4 ulp.
/// Rounding the square costs accuracy towards 1: error at most 5 ulp for |x| <= 0.9 and 70 ulp beyond.
#[inline(always)]
pub fn erf_inv<T: Single>(x: T) -> T {
    let w = -ln_1p(-(x * x));
    let central = w.below(x.number(5.0));
    let v = T::choose(central, w - 2.5, sqrt(w) - 3.0);
    let coefficients = CENTRAL.iter().zip(&TAIL);
    let p = coefficients.fold(x.number(0.0), |sum, (&near, &far)| {
        sum.mul_add(v, T::choose(central, x.number(near), x.number(far)))
    });
    let end = x.abs().equals(x.number(1.0));
    let result = T::choose(end, x * f32::INFINITY, p * x);
    result.nan_if(result.is_nan())
}

/// Giles' coefficients for w < 5, in powers of w - 2.5, highest first.
const CENTRAL: [f32; 9] = [
    2.810_226_4e-8,
    3.432_739_4e-7,
    -3.523_387_7e-6,
    -4.391_506_5e-6,
    0.000_218_580_87,
    -0.001_253_725,
    -0.004_177_681_6,
    0.246_640_73,
    1.501_409_4,
];

/// Giles' coefficients for w >= 5, in powers of sqrt(w) - 3, highest first.
const TAIL: [f32; 9] = [
    -0.000_200_214_26,
    0.000_100_950_56,
    0.001_349_343_2,
    -0.003_673_428_4,
    0.005_739_507_7,
    -0.007_622_461_3,
    0.009_438_870_5,
    1.001_674,
    2.832_976_8,
];
