//! Exponential functions of `f32`: exp, exp2, exp_m1 and the sigmoids built on them.

use super::{nan_if, polynomial};
use std::f32::consts::{LN_2, LOG2_E};

/// 1.5 * 2^23: adding it to a small f32 rounds to an integer and leaves that integer in the low bits.
const MAGIC: f32 = 12_582_912.0;
/// ln 2 = LN2_HI + LN2_LO; LN2_HI has 15 significant bits, so that n * LN2_HI is exact for |n| < 512.
const LN2_HI: f32 = 0.693_145_75;
const LN2_LO: f32 = 1.428_606_8e-6;

/// e^x. Error at most 1.03 ulp, subnormal results included.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Beyond these the result is infinite, or less than half of the smallest subnormal number.
    let clamped = if x > 89.0 { 89.0 } else { x };
    let clamped = if clamped < -104.0 { -104.0 } else { clamped };
    let (n, r) = reduce(clamped);
    nan_if(x.is_nan(), scale(exp_reduced(r), n))
}

/// 2^x. Error at most 1.3 ulp, subnormal results included; exact for integers.
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    let clamped = if x > 129.0 { 129.0 } else { x };
    let clamped = if clamped < -151.0 { -151.0 } else { clamped };
    let t = clamped + MAGIC;
    let n = integer(t);
    let f = clamped - (t - MAGIC);
    // Minimax for (2^f - 1) / f on [-1/2, 1/2]: relative error of 2^f below 2^-31.
    let p = polynomial(
        f,
        [
            LN_2,
            0.240_226_5,
            0.055_504_01,
            0.009_618_083,
            0.001_334_285,
            0.000_154_539_65,
            1.298_916_e-5,
        ],
    );
    nan_if(x.is_nan(), scale(1.0 + f * p, n))
}

/// e^x - 1, without cancellation near 0. Error at most 1.7 ulp.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let clamped = if x > 89.0 { 89.0 } else { x };
    let clamped = if clamped < -18.0 { -18.0 } else { clamped };
    let (n, r) = reduce(clamped);
    // Minimax for (e^r - 1 - r) / r^2 on |r| <= ln(2)/2: relative error of e^r - 1 below 2^-30.
    let p = polynomial(
        r,
        [
            0.5,
            0.166_666_67,
            0.041_666_463,
            0.008_333_137,
            0.001_393_540_9,
            0.000_200_124_53,
        ],
    );
    let m = r + r * r * p;
    // 2^(n-1) rather than 2^n, which may be too large for a number whose result is not.
    let half = power_of_two(n.wrapping_sub(1));
    let result = 2.0 * (half * m + (half - 0.5));
    // e^x - 1 rounds to x itself here; this also keeps -0 and the last bit of subnormal numbers.
    let result = if x.abs() < 2.0e-8 { x } else { result };
    nan_if(x.is_nan(), result)
}

/// The hyperbolic tangent. Error at most 2.7 ulp.
///
/// With |x| = n ln(2)/2 + r and c = r / tanh(r), the quotient of (2^n - 1) c + (2^n + 1) r and
/// (2^n + 1) c + (2^n - 1) r: one short polynomial and one division for all arguments.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    // From 9.02 on the result rounds to 1.
    let a = x.abs();
    let a = if a > 10.0 { 10.0 } else { a };
    let t = a * (2.0 * LOG2_E) + MAGIC;
    let n = t - MAGIC;
    let r = (a - n * (0.5 * LN2_HI)) - n * (0.5 * LN2_LO);
    // c - 1, minimax on |r| <= ln(2)/4 with error below 2^-28.
    let z = r * r;
    let e = z * (0.333_332_48 + z * -0.022_132_12);
    // The shift drops what MAGIC adds to the bits.
    let power = f32::from_bits((t.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    let (less, more) = (power - 1.0, power + 1.0);
    let numerator = less + (less * e + more * r);
    let denominator = more + (more * e + less * r);
    nan_if(x.is_nan(), (numerator / denominator).copysign(x))
}

/// The logistic function 1 / (1 + e^-x). Error at most 2.5 ulp, subnormal results included.
#[inline(always)]
pub fn logistic(x: f32) -> f32 {
    // e^-|x| is at most 1, so that nothing overflows where the result is small.
    let a = x.abs();
    let (n, r) = reduce(-if a > 104.0 { 104.0 } else { a });
    let e = scale(exp_reduced(r), n);
    let numerator = if x < 0.0 { e } else { 1.0 };
    nan_if(x.is_nan(), numerator / (1.0 + e))
}

/// 1 - e^-q for q of at least 0.5, where it does not cancel.
#[inline(always)]
pub(super) fn one_minus_exp_neg(q: f32) -> f32 {
    let (n, r) = reduce(-if q > 40.0 { 40.0 } else { q });
    1.0 - exp_reduced(r) * power_of_two(n)
}

/// x = n ln 2 + r with |r| <= ln(2)/2 (W. J. Cody and W. Waite, Software Manual for the Elementary
/// Functions, 1980).
#[inline(always)]
fn reduce(x: f32) -> (i32, f32) {
    let t = x * LOG2_E + MAGIC;
    let n = t - MAGIC;
    (integer(t), (x - n * LN2_HI) - n * LN2_LO)
}

/// e^r for |r| <= ln(2)/2: minimax for (e^r - 1 - r) / r^2, relative error of e^r below 2^-28.
#[inline(always)]
fn exp_reduced(r: f32) -> f32 {
    let p = polynomial(
        r,
        [
            0.499_999_94,
            0.166_665_09,
            0.041_668_01,
            0.008_370_018,
            0.001_384_795_5,
        ],
    );
    1.0 + (r + r * r * p)
}

/// The integer that `x + MAGIC` holds in its low bits.
#[inline(always)]
fn integer(shifted: f32) -> i32 {
    shifted.to_bits().wrapping_sub(MAGIC.to_bits()) as i32
}

/// 2^n for -127 < n < 128.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// p 2^n in two steps, so that the result may be subnormal or overflow; only the second step rounds.
#[inline(always)]
fn scale(p: f32, n: i32) -> f32 {
    let half = n >> 1;
    p * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}
