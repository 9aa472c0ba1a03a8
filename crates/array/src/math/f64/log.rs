//! Logarithms of `f64`.

use super::exp::{LN2_HI, LN2_LO};
use super::{MAGIC, exact_product, exact_sum, nan_if, polynomial};

/// The bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)).
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;

/// The natural logarithm; -inf at 0, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    let (e, m) = split_any(x);
    let result = ln_parts(e, m - 1.0, 0.0);
    nan_if(x < 0.0 || x.is_nan(), at_ends(x, result))
}

/// ln(1 + x), without cancellation near 0; -inf at -1, NaN below. Error at most 1 ulp.
#[inline(always)]
pub fn ln_1p(x: f64) -> f64 {
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
    let result = if x.abs() < 5.0e-17 { x } else { result };
    let result = if x == -1.0 { f64::NEG_INFINITY } else { result };
    let result = if x == f64::INFINITY { x } else { result };
    nan_if(x < -1.0 || x.is_nan(), result)
}

/// The logarithm to base 2; -inf at 0, NaN below. Error at most 0.51 ulp; exact for powers of two.
#[inline(always)]
pub fn log2(x: f64) -> f64 {
    let result = at_ends(x, log2_pair(x).0);
    nan_if(x < 0.0 || x.is_nan(), result)
}

/// log2 of a finite positive number as a rounded value and its remainder, with relative error below
/// 2^-63: ln m = 2 s + s (2/3 z + z^2 P(z)) with s = (m - 1) / (m + 1) and z = s^2, all but the
/// last term in pairs.
#[inline(always)]
pub(super) fn log2_pair(x: f64) -> (f64, f64) {
    const TWO_THIRDS: (f64, f64) = (0.666_666_666_666_666_6, 3.700_743_415_417_188e-17);
    const LOG2_E: (f64, f64) = (std::f64::consts::LOG2_E, 2.035_527_374_093_103_3e-17);
    let (e, m) = split_any(x);
    let f = m - 1.0;
    let d = m + 1.0;
    let d_lost = m - (d - 1.0);
    let s = f / d;
    let s_lost = s.mul_add(-d_lost, s.mul_add(-d, f)) / d;
    let (z, z_lost) = exact_product(s, s);
    let z_lost = z_lost + 2.0 * s * s_lost;
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
    let (w, w_lost) = exact_product(z, TWO_THIRDS.0);
    let (w, tail) = exact_sum(w, z * z * p);
    let w_lost = tail + (w_lost + (z * TWO_THIRDS.1 + z_lost * TWO_THIRDS.0));
    let (t, t_lost) = exact_product(s, w);
    let t_lost = t_lost + (s * w_lost + s_lost * w);
    let (l, l_lost) = exact_sum(2.0 * s, t);
    let l_lost = l_lost + (2.0 * s_lost + t_lost);
    let (g, g_lost) = exact_product(l, LOG2_E.0);
    let g_lost = g_lost + (l * LOG2_E.1 + l_lost * LOG2_E.0);
    let (sum, lost) = exact_sum(e, g);
    let lost = lost + g_lost;
    let value = sum + lost;
    (value, lost - (value - sum))
}

/// `result`, but for 0 and infinity.
#[inline(always)]
fn at_ends(x: f64, result: f64) -> f64 {
    let result = if x == 0.0 { f64::NEG_INFINITY } else { result };
    if x == f64::INFINITY { x } else { result }
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive x.
#[inline(always)]
fn split_any(x: f64) -> (f64, f64) {
    let subnormal = x < f64::MIN_POSITIVE;
    let (e, m) = split(if subnormal {
        x * 18_014_398_509_481_984.0
    } else {
        x
    });
    (e - if subnormal { 54.0 } else { 0.0 }, m)
}

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive normal x.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    // An offset of 2^10 keeps the exponent positive, for the logical shift.
    let bits = x.to_bits().wrapping_sub(SQRT_HALF).wrapping_add(1 << 62);
    let e = f64::from_bits(MAGIC.to_bits() | (bits >> 52)) - (MAGIC + 1024.0);
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    (e, m)
}

/// e ln 2 + ln(1 + f) + c, with c a small correction.
///
/// With s = f / (2 + f): ln(1 + f) = ln((1 + s) / (1 - s)) = f - f^2/2 + s (f^2/2 + R(s^2)), in which
/// the leading terms are exact or nearly so. R is minimax, relative error of the result below 2^-58.
#[inline(always)]
fn ln_parts(e: f64, f: f64, c: f64) -> f64 {
    let s = f / (2.0 + f);
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
    let h = 0.5 * f * f;
    let low = s.mul_add(z.mul_add(p, h), e.mul_add(LN2_LO, c));
    e.mul_add(LN2_HI, f - (h - low))
}
