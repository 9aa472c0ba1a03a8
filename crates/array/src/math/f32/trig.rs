//! Trigonometric functions of `f32`, computed in f64 and rounded once.

use super::{MAGIC_F64, nan_if, polynomial_f64};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// The sine of x radians; every finite argument is reduced exactly enough. Error at most 0.51 ulp.
#[inline(always)]
pub fn sin(x: f32) -> f32 {
    let (k, r) = reduce(x as f64);
    let r2 = r * r;
    let value = if k & 1 == 0 {
        sin_reduced(r, r2)
    } else {
        cos_reduced(r2)
    };
    let value = if k & 2 == 0 { value } else { -value };
    nan_if(value.is_nan(), value as f32)
}

/// The cosine of x radians; every finite argument is reduced exactly enough. Error at most 0.51 ulp.
#[inline(always)]
pub fn cos(x: f32) -> f32 {
    let (k, r) = reduce(x as f64);
    let r2 = r * r;
    let value = if k & 1 == 0 {
        cos_reduced(r2)
    } else {
        sin_reduced(r, r2)
    };
    let value = if k.wrapping_add(1) & 2 == 0 {
        value
    } else {
        -value
    };
    nan_if(value.is_nan(), value as f32)
}

/// The tangent of x radians; every finite argument is reduced exactly enough. Error at most 0.51 ulp.
#[inline(always)]
pub fn tan(x: f32) -> f32 {
    let (k, r) = reduce(x as f64);
    let r2 = r * r;
    let (s, c) = (sin_reduced(r, r2), cos_reduced(r2));
    let odd = k & 1 == 1;
    let value = if odd { -c } else { s } / if odd { s } else { c };
    nan_if(value.is_nan(), value as f32)
}

/// The arc tangent, within [-pi/2, pi/2]. Error at most 0.51 ulp.
#[inline(always)]
pub fn atan(x: f32) -> f32 {
    let x = x as f64;
    let a = x.abs();
    let swap = a > 1.0;
    let value = atan_ratio(if swap { 1.0 } else { a }, if swap { a } else { 1.0 });
    let value = if swap { FRAC_PI_2 - value } else { value };
    nan_if(x.is_nan(), value.copysign(x) as f32)
}

/// The angle of the point (x, y), within [-pi, pi], with C's values at zeros and infinities.
/// Error at most 0.51 ulp.
#[inline(always)]
pub fn atan2(y: f32, x: f32) -> f32 {
    let (y, x) = (y as f64, x as f64);
    let (b, a) = (y.abs(), x.abs());
    let swap = b > a;
    let (numerator, denominator) = (if swap { a } else { b }, if swap { b } else { a });
    // The direction of a point at infinity on both axes is a diagonal; the origin counts as (1, 0).
    let infinite = numerator == f64::INFINITY;
    let numerator = if infinite { 1.0 } else { numerator };
    let denominator = if infinite || denominator == 0.0 {
        1.0
    } else {
        denominator
    };
    let value = atan_ratio(numerator, denominator);
    let value = if swap { FRAC_PI_2 - value } else { value };
    let value = if x.is_sign_negative() {
        PI - value
    } else {
        value
    };
    nan_if(x.is_nan() || y.is_nan(), value.copysign(y) as f32)
}

/// atan(n / d) for 0 <= n <= d: beyond tan(pi/8) it is pi/4 + atan((n - d) / (n + d)).
#[inline(always)]
fn atan_ratio(n: f64, d: f64) -> f64 {
    let upper = n > d * 0.414_213_562_373_095;
    let q = if upper { n - d } else { n } / if upper { n + d } else { d };
    // Minimax for atan(q) / q over q^2 on |q| <= tan(pi/8), relative error below 2^-35.
    let p = polynomial_f64(
        q * q,
        [
            0.999_999_999_979_273,
            -0.333_333_321_336_952_9,
            0.199_998_862_796_863_77,
            -0.142_816_483_905_944_76,
            0.110_411_530_167_654_45,
            -0.084_596_019_323_491_38,
            0.047_139_171_885_858_84,
        ],
    );
    q * p + if upper { FRAC_PI_4 } else { 0.0 }
}

// 1 / (2 pi) in pieces of 28 bits: the product of a piece and an f32 is exact in f64. Named one by
// one, for a choice among elements of an array becomes a load by address in each lane.
const TURNS_0: f64 = 0.159_154_940_396_547_32;
const TURNS_1: f64 = 2.695_348_014_225_551_5e-9;
const TURNS_2: f64 = 4.038_449_450_981_451e-18;
const TURNS_3: f64 = 1.924_176_211_839_176_3e-26;
const TURNS_4: f64 = 4.170_716_878_381_640_6e-35;
const TURNS_5: f64 = 3.877_041_900_743_745_5e-43;
const TURNS_6: f64 = 1.763_489_718_924_890_5e-52;

/// The quadrant (modulo 4, in the low bits) and the angle within [-pi/4, pi/4] from its axis, with
/// relative error below 2^-29 for every f32 (M. Payne and R. Hanek, Radian reduction for
/// trigonometric functions, 1983, here in exact f64 products and without a branch).
#[inline(always)]
fn reduce(x: f64) -> (u64, f64) {
    // Four pieces are enough: larger ones give whole turns, smaller ones less than 2^-61 turns.
    let a = x.abs();
    let (from_1, from_2, from_3) = (a >= P51, a >= P79, a >= P107);
    let piece = |c0: f64, c1: f64, c2: f64, c3: f64| {
        let c = if from_1 { c1 } else { c0 };
        let c = if from_2 { c2 } else { c };
        if from_3 { c3 } else { c }
    };
    let t0 = x * piece(TURNS_0, TURNS_1, TURNS_2, TURNS_3);
    let t1 = x * piece(TURNS_1, TURNS_2, TURNS_3, TURNS_4);
    let t2 = x * piece(TURNS_2, TURNS_3, TURNS_4, TURNS_5);
    let t3 = x * piece(TURNS_3, TURNS_4, TURNS_5, TURNS_6);
    // Both below 2^51: whole turns go, exactly.
    let t0 = t0 - ((t0 + MAGIC_F64) - MAGIC_F64);
    let t1 = t1 - ((t1 + MAGIC_F64) - MAGIC_F64);
    let shifted = 4.0 * (t0 + t1 + t2) + MAGIC_F64;
    let quarter = 0.25 * (shifted - MAGIC_F64);
    let turns = ((t0 - quarter) + t1) + t2 + t3;
    (shifted.to_bits(), turns * TAU)
}

const P51: f64 = 2_251_799_813_685_248.0;
const P79: f64 = P51 * 268_435_456.0;
const P107: f64 = P79 * 268_435_456.0;

/// sin r on [-pi/4, pi/4]: minimax over r^2, relative error below 2^-37.
#[inline(always)]
fn sin_reduced(r: f64, r2: f64) -> f64 {
    let p = polynomial_f64(
        r2,
        [
            -0.166_666_666_405_888_56,
            0.008_333_329_280_593_726,
            -0.000_198_393_044_347_098_7,
            2.718_046_633_186_195e-6,
        ],
    );
    // Not r + r^3 p, which turns -0 into 0.
    r * (1.0 + r2 * p)
}

/// cos r on [-pi/4, pi/4]: minimax over r^2, relative error below 2^-42.
#[inline(always)]
fn cos_reduced(r2: f64) -> f64 {
    let p = polynomial_f64(
        r2,
        [
            0.041_666_666_619_108_6,
            -0.001_388_888_346_739_670_4,
            2.479_945_158_278_42e-5,
            -2.720_504_863_259_031_5e-7,
        ],
    );
    (1.0 - 0.5 * r2) + r2 * r2 * p
}
