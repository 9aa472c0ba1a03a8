//! Rounding of `f64` to integers, and the exact remainder.

use crate::math::algebra::Double;

/// 2^52: from here on every f64 is an integer.
const INTEGERS: f64 = 4_503_599_627_370_496.0;

/// The nearest integer, ties to the even one. Exact; keeps the sign of zero.
#[inline(always)]
pub fn round_ties_even<T: Double>(x: T) -> T {
    let a = x.abs();
    // The addition rounds away the fraction.
    let r = ((a + INTEGERS) - INTEGERS).copysign(x);
    T::choose(a.below(x.number(INTEGERS)), r, x).nan_if(x.is_nan())
}

/// The nearest integer, ties away from zero. Exact; keeps the sign of zero.
#[inline(always)]
pub fn round<T: Double>(x: T) -> T {
    let a = x.abs();
    let r = (a + INTEGERS) - INTEGERS;
    let r = T::choose((a - r).equals(x.number(0.5)), r + 1.0, r);
    let r = r.copysign(x);
    T::choose(a.below(x.number(INTEGERS)), r, x).nan_if(x.is_nan())
}

/// The integer next to x towards zero. Exact; keeps the sign of zero.
#[inline(always)]
pub fn trunc<T: Double>(x: T) -> T {
    let a = x.abs();
    let r = (a + INTEGERS) - INTEGERS;
    let r = T::choose(a.below(r), r - 1.0, r).copysign(x);
    T::choose(a.below(x.number(INTEGERS)), r, x).nan_if(x.is_nan())
}

/// The largest integer that is not above x. Exact; keeps the sign of zero.
#[inline(always)]
pub fn floor<T: Double>(x: T) -> T {
    let r = round_ties_even(x);
    // copysign: 0.3 - 0.3 and the like must not turn -0 into 0.
    let r = T::choose(x.below(r), r - 1.0, r);
    r.copysign(x).nan_if(x.is_nan())
}

/// The smallest integer that is not below x. Exact; keeps the sign of zero.
#[inline(always)]
pub fn ceil<T: Double>(x: T) -> T {
    let r = round_ties_even(x);
    let r = T::choose(r.below(x), r + 1.0, r);
    r.copysign(x).nan_if(x.is_nan())
}

/// The remainder x - trunc(x / y) y, with the sign of x, as C's `fmod`: exact.
///
/// NaN where x is infinite or y is 0; x itself where y is infinite.
#[inline]
pub fn rem(x: f64, y: f64) -> f64 {
    let (a, b) = (x.abs(), y.abs());
    if x.is_nan() || y.is_nan() || a == f64::INFINITY || b == 0.0 {
        return f64::NAN;
    }
    if a < b {
        return x;
    }
    let (ea, mut ma) = integer_parts(a);
    let (eb, mb) = integer_parts(b);
    // a mod b = (ma 2^(ea - eb) mod mb) 2^eb; a step takes 11 powers of two, the most that fit.
    ma %= mb;
    let mut left = ea - eb;
    while left > 0 && ma != 0 {
        let step = left.min(11);
        ma = (ma << step) % mb;
        left -= step;
    }
    // ma < mb, so that ma 2^eb is a number smaller than b with no more bits: shifting its leading bit
    // into place (or as far as the exponent allows) and packing it is exact.
    let shift = (ma.leading_zeros() as i32 - 11).min(eb + 1074);
    let bits = if ma == 0 {
        0
    } else {
        // The leading bit of a normal number adds one to the exponent field.
        (((eb + 1074 - shift) as u64) << 52) + (ma << shift)
    };
    f64::from_bits(bits).copysign(x)
}

/// x = m 2^e for positive finite x, with m below 2^53.
fn integer_parts(x: f64) -> (i32, u64) {
    let bits = x.to_bits();
    let (e, m) = ((bits >> 52) as i32, bits & 0x000f_ffff_ffff_ffff);
    if e == 0 {
        (-1074, m)
    } else {
        (e - 1075, m | 0x0010_0000_0000_0000)
    }
}
