//! Logarithms of `f64`.

use super::exp::{LN2_HI, LN2_LO};
use super::{MAGIC, exact_product, exact_sum, polynomial};
use crate::math::algebra::{Double, Word};

/// The bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)).
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;

/// The natural logarithm; -inf at 0, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln<T: Double>(x: T) -> T {
    let (e, m) = split_any(x);
    at_the_ends(x, ln_parts(e, m - 1.0, x.number(0.0)))
}

/// ln(1 + x), without cancellation near 0; -inf at -1, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln_1p<T: Double>(x: T) -> T {
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
    let result = T::choose(x.abs().below(x.number(5.0e-17)), x, result);
    let least = x.number(-1.0);
    let result = T::choose(x.equals(least), x.number(f64::NEG_INFINITY), result);
    let result = T::choose(x.equals(x.number(f64::INFINITY)), x, result);
    result.nan_if(x.below(least) | x.is_nan())
}

/// The logarithm to base 2; -inf at 0, NaN below. Error at most 0.51 ulp; exact for powers of two.
#[inline(always)]
pub fn log2<T: Double>(x: T) -> T {
    at_the_ends(x, log2_pair(x).0)
}

/// The logarithm to base 10; -inf at 0, NaN below. Error at most 0.51 ulp; exact for powers of ten.
#[inline(always)]
pub fn log10<T: Double>(x: T) -> T {
    const LOG10_2: (f64, f64) = (std::f64::consts::LOG10_2, -2.803_728_127_785_170_4e-18);
    let (log, log_lost) = log2_pair(x);
    let (value, lost) = exact_product(log, x.number(LOG10_2.0));
    let lost = lost + (log * LOG10_2.1 + log_lost * LOG10_2.0);
    at_the_ends(x, value + lost)
}

/// log2 of a finite positive number as a rounded value and its remainder, with relative error below
/// 2^-63: ln m = 2 s + s (2/3 z + z^2 P(z)) with s = (m - 1) / (m + 1) and z = s^2, all but the
/// last term in pairs.
#[inline(always)]
pub(super) fn log2_pair<T: Double>(x: T) -> (T, T) {
    const TWO_THIRDS: (f64, f64) = (0.666_666_666_666_666_6, 3.700_743_415_417_188e-17);
    const LOG2_E: (f64, f64) = (std::f64::consts::LOG2_E, 2.035_527_374_093_103_3e-17);
    let (e, m) = split_any(x);
    let f = m - 1.0;
    let d = m + 1.0;
    let d_lost = m - (d - 1.0);
    let s = f / d;
    let s_lost = s.mul_add(-d_lost, s.mul_add(-d, f)) / d;
    let (z, z_lost) = exact_product(s, s);
    let z_lost = z_lost + s * 2.0 * s_lost;
    // Minimax for the rest of the series, relative error of ln m below 2^-66.
    let p = polynomial(
        z,
        [
            0.400_000_000_000_023_4,
            0.285_714_285_700_576_2,
            0.222_222_225_277_411_84,
            0.181_817_836_569_791_86,
            0.153_867_911_369_756_7,
            0.132_560_072_148_878_8,
            0.132_040_510_464_456_1,
        ],
    );
    let (w, w_lost) = exact_product(z, z.number(TWO_THIRDS.0));
    let (w, tail) = exact_sum(w, z * z * p);
    let w_lost = tail + (w_lost + (z * TWO_THIRDS.1 + z_lost * TWO_THIRDS.0));
    let (t, t_lost) = exact_product(s, w);
    let t_lost = t_lost + (s * w_lost + s_lost * w);
    let (l, l_lost) = exact_sum(s * 2.0, t);
    let l_lost = l_lost + (s_lost * 2.0 + t_lost);
    let (g, g_lost) = exact_product(l, l.number(LOG2_E.0));
    let g_lost = g_lost + (l * LOG2_E.1 + l_lost * LOG2_E.0);
    let (sum, lost) = exact_sum(e, g);
    let lost = lost + g_lost;
    let value = sum + lost;
    (value, lost - (value - sum))
}

/// A logarithm of x, which is `result` where x is positive and finite.
#[inline(always)]
fn at_the_ends<T: Double>(x: T, result: T) -> T {
    let zero = x.number(0.0);
    let result = T::choose(x.equals(zero), x.number(f64::NEG_INFINITY), result);
    let result = T::choose(x.equals(x.number(f64::INFINITY)), x, result);
    result.nan_if(x.below(zero) | x.is_nan())
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive x.
#[inline(always)]
fn split_any<T: Double>(x: T) -> (T, T) {
    let subnormal = x.below(x.number(f64::MIN_POSITIVE));
    let (e, m) = split(T::choose(subnormal, x * 18_014_398_509_481_984.0, x));
    (e - T::choose(subnormal, x.number(54.0), x.number(0.0)), m)
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive normal x.
#[inline(always)]
fn split<T: Double>(x: T) -> (T, T) {
    // An offset of 2^10 keeps the exponent positive, for the logical shift.
    let bits = x.bits().plus((1 << 62) - SQRT_HALF);
    let e = T::from_bits(bits.right(52) | MAGIC.to_bits()) - (MAGIC + 1024.0);
    let m = T::from_bits((bits & 0x000f_ffff_ffff_ffff).plus(SQRT_HALF));
    (e, m)
}

/// e ln 2 + ln(1 + f) + c, with c a small correction.
///
/// With s = f / (2 + f): ln(1 + f) = ln((1 + s) / (1 - s)) = f - f^2/2 + s (f^2/2 + R(s^2)), in which
/// the leading terms are exact or nearly so. R is minimax, relative error of the result below 2^-58.
#[inline(always)]
fn ln_parts<T: Double>(e: T, f: T, c: T) -> T {
    let s = f / (f + 2.0);
    let z = s * s;
    let p = polynomial(
        z,
        [
            0.666_666_666_666_673_7,
            0.399_999_999_993_929_3,
            0.285_714_287_476_750_54,
            0.222_221_979_879_481_86,
            0.181_835_968_107_516_04,
            0.153_131_696_365_256_7,
            0.148_052_352_469_842_43,
        ],
    );
    let h = f * 0.5 * f;
    let low = s.mul_add(z.mul_add(p, h), e.mul_add(e.number(LN2_LO), c));
    e.mul_add(e.number(LN2_HI), f - (h - low))
}
