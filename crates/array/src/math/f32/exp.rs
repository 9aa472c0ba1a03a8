//! Exponential functions of `f32`: exp, exp2, exp_m1 and the sigmoids built on them.

use super::polynomial;
use crate::math::algebra::{Single, Word};
use std::f32::consts::{LN_2, LOG2_E};

/// 1.5 * 2^23: adding it to a small f32 rounds to an integer and leaves that integer in the low bits.
const MAGIC: f32 = 12_582_912.0;
/// The same, and what is left is more by the bias of an exponent.
const BIASED: f32 = MAGIC + 127.0;
/// What ln 2 is more than the `f32` [`LN_2`].
const LN2_LO: f32 = -1.904_654_3e-9;

/// e^x. Error at most 1.03 ulp, subnormal results included.
#[inline(always)]
pub fn exp<T: Single>(x: T) -> T {
    // Beyond these the result is infinite, or less than half of the smallest subnormal number.
    let (n, r) = reduce(x.at_most(89.0).at_least(-104.0), BIASED + 127.0);
    let m = exp_m1_reduced(r);
    let (a, b) = power_by_sign(n, x);
    (m.mul_add(a, a) * b).nan_if(x.is_nan())
}

/// 2^x. Error at most 0.9 ulp, subnormal results included; exact for integers.
#[inline(always)]
pub fn exp2<T: Single>(x: T) -> T {
    let clamped = x.at_most(129.0).at_least(-151.0);
    let t = clamped + (BIASED + 127.0);
    let f = clamped - (t - (BIASED + 127.0));
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
    let (a, b) = power_by_sign(t.bits(), x);
    ((f * a).mul_add(p, a) * b).nan_if(x.is_nan())
}

/// e^x - 1, without cancellation near 0. Error at most 1.5 ulp.
#[inline(always)]
pub fn exp_m1<T: Single>(x: T) -> T {
    // 2^(n-1) rather than 2^n, which may be too large for a number whose result is not.
    let (n, r) = reduce(x.at_most(89.0).at_least(-18.0), BIASED - 1.0);
    let half = T::from_bits(n.left(23));
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
    let m = (r * p).mul_add(r, r);
    let result = half.mul_add(m, half - 0.5) * 2.0;
    // e^x - 1 rounds to x itself here; this also keeps -0 and the last bit of subnormal numbers.
    let result = T::choose(x.abs().below(x.number(2.0e-8)), x, result);
    result.nan_if(x.is_nan())
}

/// The hyperbolic tangent. Error at most 2.5 ulp; never above 1.
///
/// With |x| = n ln(2)/2 + r and c = r / tanh(r), the quotient of (2^n - 1) c + (2^n + 1) r and
/// (2^n + 1) c + (2^n - 1) r: one short polynomial and one division for all arguments.
#[inline(always)]
pub fn tanh<T: Single>(x: T) -> T {
    // From 9.02 on the result rounds to 1.
    let a = x.abs().at_most(10.0);
    let t = a.mul_add(x.number(2.0 * LOG2_E), x.number(BIASED));
    // The larger n is, the less does the result heed the last bits of r.
    let r = (t - BIASED).mul_add(x.number(-0.5 * LN_2), a);
    // Minimax on |r| <= ln(2)/4 with error below 2^-28.
    let c = polynomial(r * r, [1.0, 0.333_332_48, -0.022_132_12]);
    let power = T::from_bits(t.bits().left(23));
    let (less, more) = (power - 1.0, power + 1.0);
    let numerator = less.mul_add(c, more * r);
    let denominator = more.mul_add(c, less * r);
    (numerator / denominator).negate_by(x).nan_if(x.is_nan())
}

/// The logistic function 1 / (1 + e^-x). Error at most 2.5 ulp, subnormal results included.
#[inline(always)]
pub fn logistic<T: Single>(x: T) -> T {
    // e^-|x| is at most 1, so that nothing overflows where the result is small.
    let below = T::from_bits(x.bits() | 1 << 31);
    // 2^n in two steps: the result may be subnormal.
    const TWO_TO_64: f32 = 18_446_744_073_709_551_616.0;
    let (n, r) = reduce(below.at_least(-104.0), BIASED + 64.0);
    let power = T::from_bits(n.left(23));
    let e = exp_m1_reduced(r).mul_add(power, power) * (1.0 / TWO_TO_64);
    (x.by_sign(e, x.number(1.0)) / (e + 1.0)).nan_if(x.is_nan())
}

/// 1 - 2^x for -27 <= x <= -1.95, where it does not cancel.
#[inline(always)]
pub(super) fn one_minus_exp2<T: Single>(x: T) -> T {
    // The bit above the exponent is the sign: -2^n.
    const NEGATIVE: f32 = BIASED + 256.0;
    let t = x + NEGATIVE;
    let f = x - (t - NEGATIVE);
    // (2^f - 1) / f on [-1/2, 1/2], minimax with relative error of the result below 2^-25.
    let p = polynomial(
        f,
        [
            0.693_146_8,
            0.240_222_37,
            0.055_509_24,
            0.009_671_816,
            0.001_321_770_5,
        ],
    );
    let power = T::from_bits(t.bits().left(23));
    (f * power).mul_add(p, power + 1.0)
}

/// x = n ln 2 + r with |r| <= ln(2)/2: what n is more than [`MAGIC`], when added to `magic`, in the low bits of a word,
/// and r, of which n times the rounded ln 2 leaves no error.
#[inline(always)]
fn reduce<T: Single>(x: T, magic: f32) -> (T::Word, T) {
    let t = x.mul_add(x.number(LOG2_E), x.number(magic));
    let n = t - magic;
    let r = n.mul_add(x.number(-LN_2), x);
    (t.bits(), n.mul_add(x.number(-LN2_LO), r))
}

/// e^r - 1 for |r| <= ln(2)/2: minimax for (e^r - 1 - r) / r^2, relative error of e^r below 2^-28.
#[inline(always)]
fn exp_m1_reduced<T: Single>(r: T) -> T {
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
    (r * p).mul_add(r, r)
}

/// Two normal numbers whose product is 2^n, of n + 254 in the low bits, for -158 <= n <= 158 with the sign of `sign`: so
/// that what is multiplied by one and then by the other may be subnormal or overflow, and only the second step rounds.
#[inline(always)]
fn power_by_sign<T: Single>(biased: T::Word, sign: T) -> (T, T) {
    const TWO_TO_32: f32 = 4_294_967_296.0;
    let b = sign.by_sign(sign.number(1.0 / TWO_TO_32), sign.number(TWO_TO_32));
    (T::from_bits(biased.left(23).minus(b.bits())), b)
}
