//! Exponential functions of `f32`: exp, exp2, exp_m1 and the sigmoids built on them.

use super::polynomial;
use crate::math::algebra::{Single, Word};
use std::f32::consts::{LN_2, LOG2_E};

/// 1.5 * 2^23: adding it to a small f32 rounds to an integer and leaves that integer in the low bits.
const MAGIC: f32 = 12_582_912.0;
/// The same, and what is left is more by twice the bias of an exponent.
const BIASED: f32 = MAGIC + 254.0;
/// ln 2 = LN2_HI + LN2_LO; LN2_HI has 15 significant bits, so that n * LN2_HI is exact for |n| < 512.
const LN2_HI: f32 = 0.693_145_75;
const LN2_LO: f32 = 1.428_606_8e-6;

/// e^x. Error at most 1.03 ulp, subnormal results included.
#[inline(always)]
pub fn exp<T: Single>(x: T) -> T {
    // Beyond these the result is infinite, or less than half of the smallest subnormal number.
    let (n, r) = reduce(x.at_most(89.0).at_least(-104.0));
    scale(exp_reduced(r), n).nan_if(x.is_nan())
}

/// 2^x. Error at most 1.3 ulp, subnormal results included; exact for integers.
#[inline(always)]
pub fn exp2<T: Single>(x: T) -> T {
    let clamped = x.at_most(129.0).at_least(-151.0);
    let t = clamped + BIASED;
    let f = clamped - (t - BIASED);
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
    scale(f * p + 1.0, t.bits()).nan_if(x.is_nan())
}

/// e^x - 1, without cancellation near 0. Error at most 1.7 ulp.
#[inline(always)]
pub fn exp_m1<T: Single>(x: T) -> T {
    let (n, r) = reduce(x.at_most(89.0).at_least(-18.0));
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
    let half: T = power_of_two(n, -1);
    let result = (half * m + (half - 0.5)) * 2.0;
    // e^x - 1 rounds to x itself here; this also keeps -0 and the last bit of subnormal numbers.
    let result = T::choose(x.abs().below(x.number(2.0e-8)), x, result);
    result.nan_if(x.is_nan())
}

/// The hyperbolic tangent. Error at most 2.7 ulp.
///
/// With |x| = n ln(2)/2 + r and c = r / tanh(r), the quotient of (2^n - 1) c + (2^n + 1) r and
/// (2^n + 1) c + (2^n - 1) r: one short polynomial and one division for all arguments.
#[inline(always)]
pub fn tanh<T: Single>(x: T) -> T {
    // From 9.02 on the result rounds to 1.
    let a = x.abs().at_most(10.0);
    let t = a * (2.0 * LOG2_E) + MAGIC;
    let n = t - MAGIC;
    let r = (a - n * (0.5 * LN2_HI)) - n * (0.5 * LN2_LO);
    // c - 1, minimax on |r| <= ln(2)/4 with error below 2^-28.
    let z = r * r;
    let e = z * (z * -0.022_132_12 + 0.333_332_48);
    // The shift drops what MAGIC adds to the bits.
    let power = T::from_bits(t.bits().left(23).plus(1.0f32.to_bits()));
    let (less, more) = (power - 1.0, power + 1.0);
    let numerator = less + (less * e + more * r);
    let denominator = more + (more * e + less * r);
    (numerator / denominator).copysign(x).nan_if(x.is_nan())
}

/// The logistic function 1 / (1 + e^-x). Error at most 2.5 ulp, subnormal results included.
#[inline(always)]
pub fn logistic<T: Single>(x: T) -> T {
    // e^-|x| is at most 1, so that nothing overflows where the result is small.
    let (n, r) = reduce(-x.abs().at_most(104.0));
    let e = scale(exp_reduced(r), n);
    let numerator = T::choose(x.below(x.number(0.0)), e, x.number(1.0));
    (numerator / (e + 1.0)).nan_if(x.is_nan())
}

/// 1 - e^-q for q of at least 0.5, where it does not cancel.
#[inline(always)]
pub(super) fn one_minus_exp_neg<T: Single>(q: T) -> T {
    let (n, r) = reduce(-q.at_most(40.0));
    q.number(1.0) - exp_reduced(r) * power_of_two::<T>(n, 0)
}

/// x = n ln 2 + r with |r| <= ln(2)/2 (W. J. Cody and W. Waite, Software Manual for the Elementary
/// Functions, 1980): n + 254 in the low bits of a word, and r.
#[inline(always)]
fn reduce<T: Single>(x: T) -> (T::Word, T) {
    let t = x * LOG2_E + BIASED;
    let n = t - BIASED;
    (t.bits(), (x - n * LN2_HI) - n * LN2_LO)
}

/// e^r for |r| <= ln(2)/2: minimax for (e^r - 1 - r) / r^2, relative error of e^r below 2^-28.
#[inline(always)]
fn exp_reduced<T: Single>(r: T) -> T {
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
    (r + r * r * p) + 1.0
}

/// 2^(n + more) for -127 < n + more < 128, of n + 254 in the low bits.
#[inline(always)]
fn power_of_two<T: Single>(biased: T::Word, more: i32) -> T {
    // Shifts drop what is above the low bits, here and below.
    T::from_bits(biased.plus((more - 127) as u32).left(23))
}

/// p 2^n in two steps, of n + 254 in the low bits, so that the result may be subnormal or overflow; only the second step
/// rounds.
#[inline(always)]
fn scale<T: Single>(p: T, biased: T::Word) -> T {
    let half = biased.right(1);
    p * T::from_bits(half.left(23)) * T::from_bits(biased.minus(half).left(23))
}
