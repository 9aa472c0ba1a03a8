//! Powers and roots of `f32`.

use super::log::log2_wide;
use super::{MAGIC_F64, polynomial};
use crate::math::algebra::{Double, Number, Single, Word};

/// x^y with C's special values (IEEE 754-2019 §9.2.1): x^0 and 1^y are 1, whatever the other
/// argument; a negative x needs an integer y, else NaN. Error at most 0.51 ulp.
#[inline(always)]
pub fn pow<T: Single>(x: T, y: T) -> T {
    let a = x.abs();
    let b = y.abs();
    let (integer, infinity) = (is_integer(b), x.number(f32::INFINITY));
    let odd = integer & !is_integer(b * 0.5);
    let wide = a.wide();
    let (zero, infinite) = (wide.number(0.0), wide.number(f64::INFINITY));
    let log = log2_wide(wide);
    let log = Number::choose(wide.equals(zero), wide.number(f64::NEG_INFINITY), log);
    let log = Number::choose(wide.equals(infinite), infinite, log);
    // (+-1)^(+-inf) is 1, not 2^(0 inf).
    let product = Number::choose(wide.equals(wide.number(1.0)), zero, y.wide() * log);
    let power = exp2_wide(product).narrow();
    let signed = T::choose(odd, power.copysign(x), power);
    let invalid = x.below(x.number(0.0)) & a.below(infinity) & !integer;
    let signed = signed.nan_if(invalid | x.is_nan() | y.is_nan());
    let one = x.number(1.0);
    T::choose(y.equals(x.number(0.0)) | x.equals(one), one, signed)
}

/// The cube root, of negative numbers too. Error at most 0.51 ulp.
#[inline(always)]
pub fn cbrt<T: Single>(x: T) -> T {
    let a = x.abs().wide();
    // A third of the exponent, with 5 correct bits; every f32 is a normal f64. The factor and the shift by 33 divide
    // by 3, exactly for 32 bits.
    let high = <T::Wide as Double>::low_half_times(a.bits().right(32), 0xaaaa_aaab);
    let t = T::Wide::from_bits(high.right(33).plus(0x2a9f_7893).left(32));
    // Halley's iteration triples the correct bits.
    let (a2, two) = (a * 2.0, a.number(2.0));
    let c = t * t * t;
    let t = t * (c + a2) / c.mul_add(two, a);
    let c = t * t * t;
    let t = t * (c + a2) / c.mul_add(two, a);
    let end = a.equals(a.number(0.0)) | a.equals(a.number(f64::INFINITY));
    let t = Number::choose(end, a, t);
    t.narrow().copysign(x).nan_if(x.is_nan())
}

/// The square root, correctly rounded; NaN below 0.
#[inline(always)]
pub fn sqrt<T: Single>(x: T) -> T {
    // Below 0 or NaN, told by the bits: from comparisons of floats the compiler concludes that the
    // hardware's NaN, whose sign differs between machines, would do as well.
    let bits = x.bits();
    let nan = T::above(bits, 0x7f80_0000) & !bits.is(0x8000_0000);
    x.root().nan_if(nan)
}

/// 1 / sqrt(x); an infinity with the sign of x at 0, NaN below. Error at most 1.5 ulp.
#[inline(always)]
pub fn rsqrt<T: Single>(x: T) -> T {
    let nan = x.below(x.number(0.0)) | x.is_nan();
    (x.number(1.0) / x.root()).nan_if(nan)
}

/// Whether a number that is not negative is an integer; every one from 2^23 on is.
#[inline(always)]
fn is_integer<T: Single>(x: T) -> T::Truth {
    const INTEGERS: f32 = 8_388_608.0;
    x.number(INTEGERS - 0.5).below(x) | ((x + INTEGERS) - INTEGERS).equals(x)
}

/// 2^x with relative error below 2^-31, for rounding to f32; 0 and infinity beyond its range.
#[inline(always)]
fn exp2_wide<D: Double>(x: D) -> D {
    let x = x.at_most(300.0).at_least(-300.0);
    let t = x + MAGIC_F64;
    let f = x - (t - MAGIC_F64);
    // Minimax for (2^f - 1) / f on [-1/2, 1/2].
    let p = polynomial(
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
    let scale = D::from_bits(t.bits().plus(1023).left(52));
    (f * p).mul_add(scale, scale)
}
