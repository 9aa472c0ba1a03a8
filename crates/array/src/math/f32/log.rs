//! Logarithms of `f32`.

use super::{MAGIC_F64, nan_if, polynomial, polynomial_f64};

const LN2_HI: f32 = 0.693_145_75;
const LN2_LO: f32 = 1.428_606_8e-6;
/// The bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)).
const SQRT_HALF: u32 = 0x3f35_04f3;

/// The natural logarithm; -inf at 0, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let (e, m) = split(if subnormal { x * 33_554_432.0 } else { x });
    let e = e - if subnormal { 25.0 } else { 0.0 };
    let result = ln_parts(e, m - 1.0, 0.0);
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x == f32::INFINITY { x } else { result };
    nan_if(x < 0.0 || x.is_nan(), result)
}

/// ln(1 + x), without cancellation near 0; -inf at -1, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    let u = 1.0 + x;
    // What the addition lost: u + c = 1 + x exactly, and ln(u + c) = ln u + c / u.
    let c = if x < 1.0 {
        x - (u - 1.0)
    } else {
        1.0 - (u - x)
    };
    let (e, m) = split(u);
    let near = e == 0.0;
    let f = if near { x } else { m - 1.0 };
    let c = if near { 0.0 } else { c / u };
    let result = ln_parts(e, f, c);
    // ln(1 + x) rounds to x itself here; this also keeps -0.
    let result = if x.abs() < 2.0e-8 { x } else { result };
    let result = if x == -1.0 { f32::NEG_INFINITY } else { result };
    let result = if x == f32::INFINITY { x } else { result };
    nan_if(x < -1.0 || x.is_nan(), result)
}

/// The logarithm to base 2; -inf at 0, NaN below. Error at most 0.51 ulp; exact for powers of two.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    let result = log2_wide(x as f64) as f32;
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x == f32::INFINITY { x } else { result };
    nan_if(x < 0.0 || x.is_nan(), result)
}

/// log2 of a finite positive f64 that was an f32, with relative error below 2^-44.
#[inline(always)]
pub(super) fn log2_wide(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // An offset of 2^10 keeps the exponent positive, for the logical shift.
    let bits = x.to_bits().wrapping_sub(SQRT_HALF).wrapping_add(1 << 62);
    let e = f64::from_bits(MAGIC_F64.to_bits() | (bits >> 52)) - (MAGIC_F64 + 1024.0);
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    let s = (m - 1.0) / (m + 1.0);
    // Minimax for log2((1 + s) / (1 - s)) / s over s^2.
    let p = polynomial_f64(
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
    e + s * p
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive normal x.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    let bits = x.to_bits().wrapping_sub(SQRT_HALF);
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SQRT_HALF));
    (((bits as i32) >> 23) as f32, m)
}

/// e ln 2 + ln(1 + f) + c, with c a small correction.
///
/// With s = f / (2 + f): ln(1 + f) = ln((1 + s) / (1 - s)) = f - f^2/2 + s (f^2/2 + R(s^2)), in which
/// the leading terms are exact or nearly so. R is minimax, relative error of the result below 2^-29.
#[inline(always)]
fn ln_parts(e: f32, f: f32, c: f32) -> f32 {
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * polynomial(z, [0.666_667_8, 0.399_767_9, 0.298_935_17]);
    let h = 0.5 * f * f;
    e * LN2_HI - ((h - (s * (h + r) + (e * LN2_LO + c))) - f)
}
