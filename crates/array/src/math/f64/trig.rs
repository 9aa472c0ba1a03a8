//! Trigonometric functions of `f64`.

use super::exp::nearest_integer;
use super::{MAGIC, exact_product, exact_sum, nan_if, polynomial};
use crate::math::algebra::Double;

/// pi/2 as a rounded value and its remainder.
const HALF_PI: (f64, f64) = (std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17);

/// The sine of x radians; every finite argument is reduced exactly enough. Error at most 1 ulp.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    let (k, r, lost) = reduce(x);
    let value = if k & 1 == 0 {
        sin_reduced(r, lost)
    } else {
        cos_reduced(r, lost)
    };
    let value = if k & 2 == 0 { value } else { -value };
    nan_if(value.is_nan(), value)
}

/// The cosine of x radians; every finite argument is reduced exactly enough. Error at most 1 ulp.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    let (k, r, lost) = reduce(x);
    let value = if k & 1 == 0 {
        cos_reduced(r, lost)
    } else {
        sin_reduced(r, lost)
    };
    let value = if k.wrapping_add(1) & 2 == 0 {
        value
    } else {
        -value
    };
    nan_if(value.is_nan(), value)
}

/// The tangent of x radians; every finite argument is reduced exactly enough. Error at most 2.5 ulp.
#[inline(always)]
pub fn tan(x: f64) -> f64 {
    let (k, r, lost) = reduce(x);
    let (s, c) = (sin_reduced(r, lost), cos_reduced(r, lost));
    let odd = k & 1 == 1;
    let value = if odd { -c } else { s } / if odd { s } else { c };
    nan_if(value.is_nan(), value)
}

/// The arc sine, within [-pi/2, pi/2]; NaN beyond 1. Error at most 3 ulp.
#[inline(always)]
pub fn asin<T: Double>(x: T) -> T {
    let a = x.abs();
    let value = quarter(a, other_leg(a)).copysign(x);
    value.nan_if(value.is_nan())
}

/// The arc cosine, within [0, pi]; NaN beyond 1. Error at most 3 ulp.
#[inline(always)]
pub fn acos<T: Double>(x: T) -> T {
    let a = x.abs();
    let value = quarter(other_leg(a), a);
    let value = T::choose(x.below(x.number(0.0)), flipped(value), value);
    value.nan_if(value.is_nan())
}

/// The arc tangent, within [-pi/2, pi/2]. Error at most 2 ulp.
#[inline(always)]
pub fn atan<T: Double>(x: T) -> T {
    let value = quarter(x.abs(), x.number(1.0));
    value.copysign(x).nan_if(x.is_nan())
}

/// The angle of the point (x, y), within [-pi, pi], with C's values at zeros and infinities.
/// Error at most 2 ulp.
#[inline(always)]
pub fn atan2<T: Double>(y: T, x: T) -> T {
    let (b, a) = (y.abs(), x.abs());
    let (one, zero, infinity) = (x.number(1.0), x.number(0.0), x.number(f64::INFINITY));
    let larger = T::choose(a.below(b), b, a);
    // The direction of a point at infinity on both axes is a diagonal; the origin counts as (1, 0).
    let diagonal = a.equals(infinity) & b.equals(infinity);
    let a = T::choose(diagonal | larger.equals(zero), one, a);
    let b = T::choose(diagonal, one, b);
    // Sums of large numbers must not overflow.
    let large = x.number(1.0e300).below(larger) & larger.below(infinity);
    let down = T::choose(large, x.number(1.0e-20), one);
    let value = quarter(b * down, a * down);
    // The sign of x, of zeros too.
    let negative = one.copysign(x).below(zero);
    let value = T::choose(negative, flipped(value), value);
    value.copysign(y).nan_if(x.is_nan() | y.is_nan())
}

/// sqrt(1 - a^2) for 0 <= a; NaN beyond 1.
#[inline(always)]
fn other_leg<T: Double>(a: T) -> T {
    ((a.number(1.0) - a) * (a + 1.0)).root()
}

/// pi - a.
#[inline(always)]
fn flipped<T: Double>(a: T) -> T {
    a.number(2.0 * HALF_PI.0) - (a - 2.0 * HALF_PI.1)
}

/// The angle of the point (x, y) for x and y of at least 0, not both of them 0 or infinite.
#[inline(always)]
fn quarter<T: Double>(y: T, x: T) -> T {
    let swap = x.below(y);
    let value = atan_ratio(T::choose(swap, x, y), T::choose(swap, y, x));
    let swapped = x.number(HALF_PI.0) - (value - HALF_PI.1);
    T::choose(swap, swapped, value)
}

/// atan(n / d) for 0 <= n <= d: beyond tan(pi/8) it is pi/4 + atan((n - d) / (n + d)).
#[inline(always)]
fn atan_ratio<T: Double>(n: T, d: T) -> T {
    let upper = (d * 0.414_213_562_373_095).below(n);
    let q = T::choose(upper, n - d, n) / T::choose(upper, n + d, d);
    // Minimax for (atan(q) / q - 1) / q^2 on |q| <= tan(pi/8), relative error below 2^-59.
    let z = q * q;
    let p = polynomial(
        z,
        [
            -0.333_333_333_333_331_9,
            0.199_999_999_999_521_84,
            -0.142_857_142_800_541_5,
            0.111_111_107_763_055_76,
            -0.090_908_975_516_379_01,
            0.076_920_565_499_949_19,
            -0.066_630_623_792_777_7,
            0.058_475_852_060_109_33,
            -0.050_379_251_671_706_14,
            0.038_029_128_602_571_52,
            -0.017_867_834_994_701_622,
        ],
    );
    let zero = n.number(0.0);
    let base = T::choose(upper, n.number(0.5 * HALF_PI.0), zero);
    let base_lost = T::choose(upper, n.number(0.5 * HALF_PI.1), zero);
    base + (q + q.mul_add(z * p, base_lost))
}

/// The quadrant (modulo 4, in the low bits) and the angle within [-pi/4, pi/4] from its axis, as a
/// value and its remainder; NaN for infinities and NaN.
#[inline(always)]
fn reduce(x: f64) -> (u64, f64, f64) {
    if x.abs() < 1_048_576.0 {
        reduce_small(x)
    } else {
        reduce_large(x)
    }
}

/// By subtraction of n pi/2 in four pieces (W. J. Cody and W. Waite, 1980): for n below 2^20 the
/// products with the first three, of 33 bits, are exact.
#[inline(always)]
fn reduce_small(x: f64) -> (u64, f64, f64) {
    const P1: f64 = 1.570_796_326_734_125_6;
    const P2: f64 = 6.077_100_506_303_966e-11;
    const P3: f64 = 2.022_266_248_711_166_5e-21;
    const P4: f64 = 8.478_427_660_368_9e-32;
    let n = nearest_integer(x * std::f64::consts::FRAC_2_PI);
    let (r, lost_2) = exact_sum(x - n * P1, -(n * P2));
    let (r, lost_3) = exact_sum(r, -(n * P3));
    let lost = (lost_2 + lost_3) - n * P4;
    let value = r + lost;
    // Nothing was subtracted, from -0 in particular.
    let (value, lost) = if n == 0.0 {
        (x, 0.0)
    } else {
        (value, lost - (value - r))
    };
    ((n + MAGIC).to_bits(), value, lost)
}

/// By multiplication with the bits of 2/pi that matter (M. Payne and R. Hanek, Radian reduction for
/// trigonometric functions, 1983), in integers. For 2^20 <= |x|.
#[inline(never)]
fn reduce_large(x: f64) -> (u64, f64, f64) {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as usize;
    if exponent == 0x7ff {
        return (0, f64::NAN, f64::NAN);
    }
    // |x| = m 2^(exponent - 1075). Bits of 2/pi before `first` make multiples of 4 quadrants; the 192
    // from there on leave an error of less than 2^-136 quadrants. The table begins with 64 zeros.
    let m = (bits & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000;
    let first = exponent - 1013;
    let (word, shift) = (first / 64, first % 64);
    let window = |i: usize| {
        let pair = (TWO_OVER_PI[word + i] as u128) << 64 | TWO_OVER_PI[word + i + 1] as u128;
        (pair << shift >> 64) as u64
    };
    // The product modulo 2^192: two bits of quadrants, then the fraction.
    let low = m as u128 * window(2) as u128;
    let middle = m as u128 * window(1) as u128 + (low >> 64);
    let high = m
        .wrapping_mul(window(0))
        .wrapping_add((middle >> 64) as u64);
    let fraction =
        ((high as u128) << 64 | (middle as u64) as u128) << 2 | ((low as u64) >> 62) as u128;
    // To the nearest quadrant: a fraction from 1/2 on is the next quadrant less the rest.
    let round_up = fraction >> 127 == 1;
    let quadrant = (high >> 62) + round_up as u64;
    let magnitude = if round_up {
        fraction.wrapping_neg()
    } else {
        fraction
    };
    let zeros = magnitude.leading_zeros().min(64);
    let aligned = magnitude << zeros;
    let (top, rest) = ((aligned >> 75) as u64, (aligned >> 11) as u64);
    // top has 53 bits; both parts in quadrants.
    let unit = f64::from_bits(((1023 - 53 - zeros) as u64) << 52);
    let (value, lost) = (
        top as f64 * unit,
        rest as f64 * unit * (1.0 / 18_446_744_073_709_551_616.0),
    );
    let (r, r_lost) = exact_product(value, HALF_PI.0);
    let r_lost = r_lost + (value * HALF_PI.1 + lost * HALF_PI.0);
    let sign = if round_up != x.is_sign_negative() {
        -1.0
    } else {
        1.0
    };
    let quadrant = if x.is_sign_negative() {
        quadrant.wrapping_neg()
    } else {
        quadrant
    };
    (quadrant, sign * r, sign * r_lost)
}

/// 64 zeros, then the bits of 2/pi.
const TWO_OVER_PI: [u64; 21] = [
    0,
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
    0xf0cf_bc20_9af4_361d,
];

/// sin(r + lost) on [-pi/4, pi/4]: minimax over r^2, relative error below 2^-57.
#[inline(always)]
fn sin_reduced(r: f64, lost: f64) -> f64 {
    let z = r * r;
    let p = polynomial(
        z,
        [
            -0.166_666_666_666_666_3,
            0.008_333_333_333_321_84,
            -0.000_198_412_698_293_584_17,
            2.755_731_353_843_452e-6,
            -2.505_073_437_090_326_2e-8,
            1.589_543_192_454_208_4e-10,
        ],
    );
    // The derivative 1 - r^2/2 is enough for so small a remainder. The sum keeps -0 only by sign.
    (r + r.mul_add(z * p, lost * z.mul_add(-0.5, 1.0))).copysign(r)
}

/// cos(r + lost) on [-pi/4, pi/4]: minimax over r^2, relative error below 2^-63.
#[inline(always)]
fn cos_reduced(r: f64, lost: f64) -> f64 {
    let z = r * r;
    let p = polynomial(
        z,
        [
            0.041_666_666_666_666_595,
            -0.001_388_888_888_887_332_5,
            2.480_158_728_898_380_7e-5,
            -2.755_731_421_015_397e-7,
            2.087_570_428_692_850_4e-9,
            -1.135_868_438_225_786_4e-11,
        ],
    );
    // 1 - z/2 with what its rounding lost.
    let half = 0.5 * z;
    let w = 1.0 - half;
    w + (((1.0 - w) - half) + (z * z).mul_add(p, -(r * lost)))
}
