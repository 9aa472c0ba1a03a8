//! Powers and roots of `f32`.

use super::log::log2_wide;
use super::{MAGIC_F64, nan_if, polynomial_f64};

/// x^y with C's special values (IEEE 754-2019 §9.2.1): x^0 and 1^y are 1, whatever the other
/// argument; a negative x needs an integer y, else NaN. Error at most 0.51 ulp.
#[inline(always)]
pub fn pow(x: f32, y: f32) -> f32 {
    let a = x.abs();
    let (b, h) = (y.abs(), 0.5 * y.abs());
    let integer = is_integer(b);
    let odd = integer && !is_integer(h);
    let log = log2_wide(a as f64);
    let log = if a == 0.0 { f64::NEG_INFINITY } else { log };
    let log = if a == f32::INFINITY {
        f64::INFINITY
    } else {
        log
    };
    // (+-1)^(+-inf) is 1, not 2^(0 inf).
    let product = if a == 1.0 { 0.0 } else { y as f64 * log };
    let power = exp2_wide(product) as f32;
    let signed = if odd { power.copysign(x) } else { power };
    let invalid = x < 0.0 && a < f32::INFINITY && !integer;
    let signed = nan_if(invalid || x.is_nan() || y.is_nan(), signed);
    if y == 0.0 || x == 1.0 { 1.0 } else { signed }
}

/// The cube root, of negative numbers too. Error at most 0.51 ulp.
#[inline(always)]
pub fn cbrt(x: f32) -> f32 {
    let a = x.abs() as f64;
    // A third of the exponent, with 5 correct bits; every f32 is a normal f64.
    let high = (a.to_bits() >> 32) as u32 / 3 + 0x2a9f_7893;
    let t = f64::from_bits((high as u64) << 32);
    // Halley's iteration triples the correct bits.
    let c = t * t * t;
    let t = t * (c + 2.0 * a) / (2.0 * c + a);
    let c = t * t * t;
    let t = t * (c + 2.0 * a) / (2.0 * c + a);
    let t = if a == 0.0 || a == f64::INFINITY { a } else { t };
    nan_if(x.is_nan(), (t as f32).copysign(x))
}

/// The square root, correctly rounded; NaN below 0.
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
    // Below 0 or NaN, told by the bits: from comparisons of floats the compiler concludes that the
    // hardware's NaN, whose sign differs between machines, would do as well.
    let bits = x.to_bits();
    nan_if(bits > 0x7f80_0000 && bits != 0x8000_0000, x.sqrt())
}

/// 1 / sqrt(x); an infinity with the sign of x at 0, NaN below. Error at most 1.5 ulp.
#[inline(always)]
pub fn rsqrt(x: f32) -> f32 {
    nan_if(x < 0.0 || x.is_nan(), 1.0 / x.sqrt())
}

/// Whether a number that is not negative is an integer; every one from 2^23 on is.
#[inline(always)]
fn is_integer(x: f32) -> bool {
    const INTEGERS: f32 = 8_388_608.0;
    x >= INTEGERS || (x + INTEGERS) - INTEGERS == x
}

/// 2^x with relative error below 2^-31, for rounding to f32; 0 and infinity beyond its range.
#[inline(always)]
fn exp2_wide(x: f64) -> f64 {
    let x = if x > 300.0 { 300.0 } else { x };
    let x = if x < -300.0 { -300.0 } else { x };
    let t = x + MAGIC_F64;
    let f = x - (t - MAGIC_F64);
    // Minimax for (2^f - 1) / f on [-1/2, 1/2].
    let p = polynomial_f64(
        f,
        [
            0.693_147_183_895_729_7,
            0.240_226_509_262_252_86,
            0.055_504_002_055_403_29,
            0.009_618_055_760_753_069,
            0.001_334_201_944_984_305_8,
            0.000_154_618_306_174_309_4,
            1.335_970_103_970_935_6e-5,
        ],
    );
    // The integer of t lies below its bit 52; the shift drops the rest of t.
    let scale = f64::from_bits(t.to_bits().wrapping_add(1023) << 52);
    (1.0 + f * p) * scale
}
