//! The logarithm of the gamma function and its derivatives, of `f64`.

use super::{ln, ln_1p, nan_if, polynomial, pow, rem, round_ties_even, sin, tan};
use std::f64::consts::PI;

/// The logarithm of |gamma(x)|; infinite at 0, at the negative integers and at both infinities.
///
/// Error at most 6 ulp of the result or 1e-15, whichever is more: beside the zeros at negative x it is the latter.
pub fn lgamma(x: f64) -> f64 {
    let value = match x {
        x if x.is_nan() => x,
        x if x.is_infinite() => f64::INFINITY,
        x if x < -1.0e-300 => {
            // gamma(x) gamma(1 - x) = pi / sin(pi x).
            let sine = sin_pi(x);
            let reflected = lgamma_positive(1.0 - x);
            if sine == 0.0 {
                f64::INFINITY
            } else {
                ln(PI / sine.abs()) - reflected
            }
        }
        x => lgamma_positive(x.abs()),
    };
    nan_if(value.is_nan(), value)
}

/// sin(pi x), exact about which x give 0.
fn sin_pi(x: f64) -> f64 {
    // Both exact: the remainder by 2, and its distance from the nearest integer.
    let x = rem(x, 2.0);
    let n = round_ties_even(x);
    let value = sin(PI * (x - n));
    if n.abs() == 1.0 { -value } else { value }
}

/// The logarithm of gamma(x) for x of at least 0.
fn lgamma_positive(x: f64) -> f64 {
    match x {
        0.0 => f64::INFINITY,
        // gamma(x + 1) = x gamma(x), until the argument is within [1, 2].
        x if x < 1.0 => between_1_and_2(x, x - 1.0) - ln(x),
        1.0 => 0.0,
        x if x <= 2.0 => between_1_and_2(x - 1.0, x - 2.0),
        x if x < 3.0 => between_1_and_2(x - 2.0, x - 3.0) + ln_1p(x - 2.0),
        x if x < 8.0 => {
            let (mut y, mut product) = (x, 1.0);
            while y > 2.0 {
                y -= 1.0;
                product *= y;
            }
            between_1_and_2(y - 1.0, y - 2.0) + ln(product)
        }
        // Stirling's series, with the logarithm less one so that nothing large cancels.
        x => {
            let r = 1.0 / x;
            let series = r * polynomial(r * r, STIRLING);
            (x - 0.5) * (ln(x) - 1.0) + (series + (LN_2_PI_HALF - 0.5))
        }
    }
}

/// ln(2 pi) / 2.
const LN_2_PI_HALF: f64 = 0.918_938_533_204_672_8;

/// B(2n) / (2n (2n - 1)) for n = 1, 2, ..: the terms of Stirling's series.
const STIRLING: [f64; 10] = [
    0.083_333_333_333_333_33,
    -0.002_777_777_777_777_778,
    0.000_793_650_793_650_793_7,
    -0.000_595_238_095_238_095_3,
    0.000_841_750_841_750_841_7,
    -0.001_917_526_917_526_917_6,
    0.006_410_256_410_256_41,
    -0.029_550_653_594_771_242,
    0.179_644_372_368_830_57,
    -1.392_432_216_905_901_1,
];

/// The logarithm of gamma(y) for 1 <= y <= 2, given y - 1 and y - 2: their product times an interpolation at Chebyshev's
/// points, relative error below 2^-54.
fn between_1_and_2(above_1: f64, below_2: f64) -> f64 {
    above_1
        * below_2
        * polynomial(
            above_1 - 0.5,
            [
                0.483_128_950_540_980_9,
                -0.145_959_895_914_306_08,
                0.062_911_401_074_564_39,
                -0.031_308_487_501_010_646,
                0.016_797_098_631_274_16,
                -0.009_425_622_448_525_798,
                0.005_446_457_839_126_065,
                -0.003_212_074_073_715_281_4,
                0.001_922_916_312_790_516_1,
                -0.001_164_414_584_731_012_4,
                0.000_711_519_067_515_296,
                -0.000_437_993_074_796_139_14,
                0.000_271_313_738_614_469_25,
                -0.000_168_917_821_552_489_8,
                0.000_105_355_124_837_855_91,
                -6.614_136_022_346_414e-5,
                4.302_768_149_765_03e-5,
                -2.720_167_302_550_475_2e-5,
                1.318_601_907_399_683_5e-5,
                -8.355_075_869_795_273e-6,
                1.214_000_808_397_340_7e-5,
                -7.760_660_152_513_446e-6,
            ],
        )
}

/// The derivative of [`lgamma`]; NaN at the negative integers and at -inf, infinite at 0 against its sign.
///
/// Error at most 6 ulp of the result or 2e-15, whichever is more; for negative x times the slope there.
pub fn digamma(x: f64) -> f64 {
    let value = if x == 0.0 {
        f64::NEG_INFINITY.copysign(-x)
    } else if x < 0.0 {
        // The derivative of the reflection in lgamma.
        digamma_positive(1.0 - x) - PI / tan_pi(x)
    } else {
        digamma_positive(x)
    };
    nan_if(value.is_nan(), value)
}

/// tan(pi x), NaN where x is an integer.
fn tan_pi(x: f64) -> f64 {
    let f = x - round_ties_even(x);
    if f == 0.0 { f64::NAN } else { tan(PI * f) }
}

fn digamma_positive(x: f64) -> f64 {
    let (mut y, mut sum) = (x, 0.0);
    while y < 10.0 {
        sum += 1.0 / y;
        y += 1.0;
    }
    let r = 1.0 / y;
    let z = r * r;
    ln(y) - (sum + (0.5 * r + z * polynomial(z, DIGAMMA)))
}

/// B(2n) / (2n) for n = 1, 2, ...
const DIGAMMA: [f64; 10] = [
    0.083_333_333_333_333_33,
    -0.008_333_333_333_333_333,
    0.003_968_253_968_253_968,
    -0.004_166_666_666_666_667,
    0.007_575_757_575_757_576,
    -0.021_092_796_092_796_094,
    0.083_333_333_333_333_33,
    -0.443_259_803_921_568_6,
    3.053_954_330_270_119_8,
    -26.456_212_121_212_122,
];

/// The derivative of [`digamma`] of the given order; `order` 0 is digamma itself. Infinite at 0, NaN at the negative
/// integers.
///
/// For x > 0 the relative error is at most 1e-13 up to order 5; of order 1 it is at most 6 ulp.
pub fn polygamma(order: u32, x: f64) -> f64 {
    if order == 0 {
        return digamma(x);
    }
    let sign = if order % 2 == 1 { 1.0 } else { -1.0 };
    let value = if x < 0.0 {
        // The derivatives of digamma's reflection.
        -polygamma_positive(order, 1.0 - x) - cotangent(order, x)
    } else {
        sign * polygamma_positive(order, x)
    };
    nan_if(value.is_nan(), value)
}

/// order! zeta(order + 1, x): the sum of order! / (x + k)^(order + 1) over all k, by Euler and Maclaurin's formula.
fn polygamma_positive(order: u32, x: f64) -> f64 {
    let s = f64::from(order) + 1.0;
    let factorial: f64 = (1..=order).map(f64::from).product();
    let (mut y, mut sum) = (x, 0.0);
    while y < 10.0 + s {
        sum += pow(y, -s);
        y += 1.0;
    }
    let power = pow(y, -s);
    let r = 1.0 / y;
    let mut tail = pow(y, 1.0 - s) / (s - 1.0) + 0.5 * power;
    // B(2n) / (2n)! s (s + 1) .. (s + 2n - 2) y^(-s - 2n + 1).
    let mut rising = s * r * power;
    // (2n - 1)!
    let mut factor = 1.0;
    for (n, b) in DIGAMMA.into_iter().enumerate() {
        let n = 2.0 * (n as f64 + 1.0);
        tail += b / factor * rising;
        rising *= (s + n - 1.0) * (s + n) * (r * r);
        factor *= n * (n + 1.0);
    }
    factorial * (sum + tail)
}

/// The derivative of pi cot(pi x) of the given order, a polynomial in c = cot(pi x): c' = -pi (1 + c^2).
fn cotangent(order: u32, x: f64) -> f64 {
    let mut polynomial = vec![0.0, PI];
    for _ in 0..order {
        let slope: Vec<f64> = (1..polynomial.len())
            .map(|i| i as f64 * polynomial[i])
            .collect();
        polynomial = vec![0.0; slope.len() + 2];
        for (i, a) in slope.into_iter().enumerate() {
            polynomial[i] -= PI * a;
            polynomial[i + 2] -= PI * a;
        }
    }
    let c = 1.0 / tan_pi(x);
    polynomial.iter().rev().fold(0.0, |sum, a| sum * c + a)
}
