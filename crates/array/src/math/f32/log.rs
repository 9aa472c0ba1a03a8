//! Logarithms of `f32`.

use super::{MAGIC_F64, polynomial};
use crate::math::algebra::{Double, Single, Word};

/// ln 2 = LN2_HI + LN2_LO.
const LN2_HI: f32 = 0.693_145_75;
const LN2_LO: f32 = 1.428_606_8e-6;
/// The bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)).
const SQRT_HALF: u32 = 0x3f35_04f3;

/// The natural logarithm; -inf at 0, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln<T: Single>(x: T) -> T {
    let subnormal = x.below(x.number(f32::MIN_POSITIVE));
    let (e, m) = split(T::choose(subnormal, x * 33_554_432.0, x));
    let e = e - T::choose(subnormal, x.number(25.0), x.number(0.0));
    let result = ln_parts(e, m - 1.0, x.number(0.0));
    at_the_ends(x, result)
}

/// ln(1 + x), without cancellation near 0; -inf at -1, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln_1p<T: Single>(x: T) -> T {
    let u = x + 1.0;
    // What the addition lost: u + c = 1 + x exactly, and ln(u + c) = ln u + c / u.
    let small = x.below(x.number(1.0));
    let c = T::choose(small, x - (u - 1.0), x.number(1.0) - (u - x));
    let (e, m) = split(u);
    let near = e.equals(x.number(0.0));
    let f = T::choose(near, x, m - 1.0);
    let c = T::choose(near, x.number(0.0), c / u);
    let result = ln_parts(e, f, c);
    // ln(1 + x) rounds to x itself here; this also keeps -0.
    let result = T::choose(x.abs().below(x.number(2.0e-8)), x, result);
    let least = x.number(-1.0);
    let result = T::choose(x.equals(least), x.number(f32::NEG_INFINITY), result);
    let result = T::choose(x.equals(x.number(f32::INFINITY)), x, result);
    result.nan_if(x.below(least) | x.is_nan())
}

/// The logarithm to base 2; -inf at 0, NaN below. Error at most 0.51 ulp; exact for powers of two.
#[inline(always)]
pub fn log2<T: Single>(x: T) -> T {
    at_the_ends(x, log2_wide(x.wide()).narrow())
}

/// The logarithm to base 10; -inf at 0, NaN below. Error at most 0.51 ulp; exact for powers of ten.
#[inline(always)]
pub fn log10<T: Single>(x: T) -> T {
    let log = log2_wide(x.wide()) * std::f64::consts::LOG10_2;
    at_the_ends(x, log.narrow())
}

/// A logarithm of x, which is `result` where x is positive and finite.
#[inline(always)]
fn at_the_ends<T: Single>(x: T, result: T) -> T {
    let zero = x.number(0.0);
    let result = T::choose(x.equals(zero), x.number(f32::NEG_INFINITY), result);
    let result = T::choose(x.equals(x.number(f32::INFINITY)), x, result);
    result.nan_if(x.below(zero) | x.is_nan())
}

/// log2 of a finite positive f64 that was an f32, with relative error below 2^-44.
#[inline(always)]
pub(super) fn log2_wide<D: Double>(x: D) -> D {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // An offset of 2^10 keeps the exponent positive, for the logical shift.
    let bits = x.bits().plus((1 << 62) - SQRT_HALF);
    let e = D::from_bits(bits.right(52) | MAGIC_F64.to_bits()) - (MAGIC_F64 + 1024.0);
    let m = D::from_bits((bits & 0x000f_ffff_ffff_ffff).plus(SQRT_HALF));
    let s = (m - 1.0) / (m + 1.0);
    // Minimax for log2((1 + s) / (1 - s)) / s over s^2.
    let p = polynomial(
        s * s,
        [
            2.885_390_081_777_844_6,
            0.961_796_694_124_085_1,
            0.577_077_939_040_97,
            0.412_209_607_063_298_3,
            0.319_890_435_500_403_8,
            0.283_127_670_926_714_37,
        ],
    );
    s.mul_add(p, e)
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive normal x.
#[inline(always)]
fn split<T: Single>(x: T) -> (T, T) {
    let bits = x.bits().plus(SQRT_HALF.wrapping_neg());
    let m = T::from_bits((bits & 0x007f_ffff).plus(SQRT_HALF));
    (T::from_integer(T::right_signed(bits, 23)), m)
}

/// e ln 2 + ln(1 + f) + c, with c a small correction.
///
/// With s = f / (2 + f): ln(1 + f) = ln((1 + s) / (1 - s)) = f - f^2/2 + s (f^2/2 + R(s^2)), in which
/// the leading terms are exact or nearly so. R is minimax, relative error of the result below 2^-29.
#[inline(always)]
fn ln_parts<T: Single>(e: T, f: T, c: T) -> T {
    let s = f / (f + 2.0);
    let z = s * s;
    let h = f * 0.5 * f;
    let r = z.mul_add(polynomial(z, [0.666_667_8, 0.399_767_9, 0.298_935_17]), h);
    let low = s.mul_add(r, e.mul_add(z.number(LN2_LO), c));
    e.mul_add(z.number(LN2_HI), f - (h - low))
}
