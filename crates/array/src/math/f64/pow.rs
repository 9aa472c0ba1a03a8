//! Powers and roots of `f64`.

use super::exp::{exp2_fraction, nearest_integer, scale};
use super::log::log2_pair;
use super::{exact_product, nan_if};
use crate::math::algebra::{Double, Word};

/// x^y with C's special values (IEEE 754-2019 §9.2.1): x^0 and 1^y are 1, whatever the other
/// argument; a negative x needs an integer y, else NaN. Error at most 1.5 ulp.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let a = x.abs();
    let (b, h) = (y.abs(), 0.5 * y.abs());
    let integer = is_integer(b);
    let odd = integer && !is_integer(h);
    let (log, log_lost) = log2_pair(a);
    let log = if a == 0.0 { f64::NEG_INFINITY } else { log };
    let log = if a == f64::INFINITY {
        f64::INFINITY
    } else {
        log
    };
    // (+-1)^(+-inf) is 1, not 2^(0 inf).
    let estimate = if a == 1.0 { 0.0 } else { y * log };
    let (above, below) = (estimate > 1100.0, estimate < -1200.0);
    let inside = !above && !below;
    let (y_in, log_in) = if inside { (y, log) } else { (0.0, 1.0) };
    let (product, lost) = exact_product(y_in, log_in);
    let lost = lost + y_in * log_lost;
    let n = nearest_integer(product);
    let power = scale(exp2_fraction((product - n) + lost), n);
    let power = if a == 1.0 { 1.0 } else { power };
    let power = if above { f64::INFINITY } else { power };
    let power = if below { 0.0 } else { power };
    let signed = if odd { power.copysign(x) } else { power };
    let invalid = x < 0.0 && a < f64::INFINITY && !integer;
    let signed = nan_if(invalid || x.is_nan() || y.is_nan(), signed);
    if y == 0.0 || x == 1.0 { 1.0 } else { signed }
}

/// The cube root, of negative numbers too. Error at most 0.7 ulp.
#[inline(always)]
pub fn cbrt(x: f64) -> f64 {
    let a = x.abs();
    // Away from both ends, by powers of 8.
    let (small, large) = (a < f64::MIN_POSITIVE, a > 1.0e300);
    let up = if small { 18_014_398_509_481_984.0 } else { 1.0 };
    let down = if small { 1.0 / 262_144.0 } else { 1.0 };
    let b = a * if large { 0.125 } else { up };
    // A third of the exponent, with 5 correct bits.
    let high = (b.to_bits() >> 32) as u32 / 3 + 0x2a9f_7893;
    let t = f64::from_bits((high as u64) << 32);
    // Halley's iteration triples the correct bits.
    let c = t * t * t;
    let t = t * ((c + 2.0 * b) / (2.0 * c + b));
    let c = t * t * t;
    let t = t * ((c + 2.0 * b) / (2.0 * c + b));
    // One of Newton's on a value of 26 bits, whose square is exact.
    let t = f64::from_bits(t.to_bits().wrapping_add(1 << 26) & 0xffff_ffff_f800_0000);
    let q = b / (t * t);
    let t = t + t * ((q - t) / (t + t + q));
    let t = t * if large { 2.0 } else { down };
    let t = if a == 0.0 || a == f64::INFINITY { a } else { t };
    nan_if(x.is_nan(), t.copysign(x))
}

/// The square root, correctly rounded; NaN below 0.
#[inline(always)]
pub fn sqrt<T: Double>(x: T) -> T {
    // Below 0 or NaN, told by the bits: from comparisons of floats the compiler concludes that the
    // hardware's NaN, whose sign differs between machines, would do as well.
    let bits = x.bits();
    let nan = T::above(bits, 0x7ff0_0000_0000_0000) & !bits.is(1 << 63);
    x.root().nan_if(nan)
}

/// 1 / sqrt(x); an infinity with the sign of x at 0, NaN below. Error at most 1.5 ulp.
#[inline(always)]
pub fn rsqrt<T: Double>(x: T) -> T {
    let nan = x.below(x.number(0.0)) | x.is_nan();
    (x.number(1.0) / x.root()).nan_if(nan)
}

/// Whether a number that is not negative is an integer; every one from 2^52 on is.
#[inline(always)]
fn is_integer(x: f64) -> bool {
    const INTEGERS: f64 = 4_503_599_627_370_496.0;
    x >= INTEGERS || (x + INTEGERS) - INTEGERS == x
}
