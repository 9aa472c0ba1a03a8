//! Trigonometric functions of `f32`, computed in f64 and rounded once.

use super::{MAGIC_F64, polynomial, rounded};
use crate::math::algebra::{Double, Number, Single, Word};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// The sine of x radians; every finite argument is reduced exactly enough. Error at most 0.51 ulp.
#[inline(always)]
pub fn sin<T: Single>(x: T) -> T {
    let (k, r) = reduce(x.wide());
    let r2 = r * r;
    let even = (k & 1).is(0);
    let value = Number::choose(even, sin_reduced(r, r2), cos_reduced(r2));
    rounded(Number::choose((k & 2).is(0), value, -value))
}

/// The cosine of x radians; every finite argument is reduced exactly enough. Error at most 0.51 ulp.
#[inline(always)]
pub fn cos<T: Single>(x: T) -> T {
    let (k, r) = reduce(x.wide());
    let r2 = r * r;
    let even = (k & 1).is(0);
    let value = Number::choose(even, cos_reduced(r2), sin_reduced(r, r2));
    rounded(Number::choose((k.plus(1) & 2).is(0), value, -value))
}

/// The tangent of x radians; every finite argument is reduced exactly enough. Error at most 0.51 ulp.
#[inline(always)]
pub fn tan<T: Single>(x: T) -> T {
    let (k, r) = reduce(x.wide());
    let r2 = r * r;
    let (s, c) = (sin_reduced(r, r2), cos_reduced(r2));
    let even = (k & 1).is(0);
    rounded(Number::choose(even, s, -c) / Number::choose(even, c, s))
}

/// The arc sine, within [-pi/2, pi/2]; NaN beyond 1. Error at most 0.51 ulp.
#[inline(always)]
pub fn asin<T: Single>(x: T) -> T {
    let a = x.wide().abs();
    rounded(quarter(a, other_leg(a)).copysign(x.wide()))
}

/// The arc cosine, within [0, pi]; NaN beyond 1. Error at most 0.51 ulp.
#[inline(always)]
pub fn acos<T: Single>(x: T) -> T {
    let wide = x.wide();
    let a = wide.abs();
    let value = quarter(other_leg(a), a);
    let negative = wide.below(wide.number(0.0));
    rounded(Number::choose(negative, wide.number(PI) - value, value))
}

/// The arc tangent, within [-pi/2, pi/2]. Error at most 0.51 ulp.
#[inline(always)]
pub fn atan<T: Single>(x: T) -> T {
    let wide = x.wide();
    let value = quarter(wide.abs(), wide.number(1.0));
    value.copysign(wide).narrow().nan_if(x.is_nan())
}

/// The angle of the point (x, y), within [-pi, pi], with C's values at zeros and infinities.
/// Error at most 0.51 ulp.
#[inline(always)]
pub fn atan2<T: Single>(y: T, x: T) -> T {
    let nan = x.is_nan() | y.is_nan();
    let (y, x) = (y.wide(), x.wide());
    let (b, a) = (y.abs(), x.abs());
    let (one, zero, infinity) = (x.number(1.0), x.number(0.0), x.number(f64::INFINITY));
    // The direction of a point at infinity on both axes is a diagonal; the origin counts as (1, 0).
    let diagonal = a.equals(infinity) & b.equals(infinity);
    let origin = a.equals(zero) & b.equals(zero);
    let a = Number::choose(diagonal | origin, one, a);
    let b = Number::choose(diagonal, one, b);
    let value = quarter(b, a);
    // The sign of x, of zeros too.
    let negative = one.copysign(x).below(zero);
    let value = Number::choose(negative, x.number(PI) - value, value);
    value.copysign(y).narrow().nan_if(nan)
}

/// sqrt(1 - a^2) for 0 <= a; NaN beyond 1.
#[inline(always)]
fn other_leg<D: Double>(a: D) -> D {
    ((a.number(1.0) - a) * (a + 1.0)).root()
}

/// The angle of the point (x, y) for x and y of at least 0, not both of them 0 or infinite.
#[inline(always)]
fn quarter<D: Double>(y: D, x: D) -> D {
    let swap = x.below(y);
    let value = atan_ratio(D::choose(swap, x, y), D::choose(swap, y, x));
    D::choose(swap, x.number(FRAC_PI_2) - value, value)
}

/// atan(n / d) for 0 <= n <= d: beyond tan(pi/8) it is pi/4 + atan((n - d) / (n + d)).
#[inline(always)]
fn atan_ratio<D: Double>(n: D, d: D) -> D {
    let upper = (d * 0.414_213_562_373_095).below(n);
    let q = D::choose(upper, n - d, n) / D::choose(upper, n + d, d);
    // Minimax for atan(q) / q over q^2 on |q| <= tan(pi/8), relative error below 2^-35.
    let p = polynomial(
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
    q.mul_add(p, D::choose(upper, n.number(FRAC_PI_4), n.number(0.0)))
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
fn reduce<D: Double>(x: D) -> (D::Word, D) {
    // Four pieces are enough: larger ones give whole turns, smaller ones less than 2^-61 turns.
    let a = x.abs();
    let [below_1, below_2, below_3] = [P51, P79, P107].map(|p| a.below(x.number(p)));
    let piece = |c0: f64, c1: f64, c2: f64, c3: f64| {
        let c = D::choose(below_3, x.number(c2), x.number(c3));
        let c = D::choose(below_2, x.number(c1), c);
        D::choose(below_1, x.number(c0), c)
    };
    let t0 = x * piece(TURNS_0, TURNS_1, TURNS_2, TURNS_3);
    let t1 = x * piece(TURNS_1, TURNS_2, TURNS_3, TURNS_4);
    let t2 = x * piece(TURNS_2, TURNS_3, TURNS_4, TURNS_5);
    let t3 = x * piece(TURNS_3, TURNS_4, TURNS_5, TURNS_6);
    // Both below 2^51: whole turns go, exactly.
    let t0 = t0 - ((t0 + MAGIC_F64) - MAGIC_F64);
    let t1 = t1 - ((t1 + MAGIC_F64) - MAGIC_F64);
    let shifted = (t0 + t1 + t2).mul_add(x.number(4.0), x.number(MAGIC_F64));
    let quarters = shifted - MAGIC_F64;
    let turns = (quarters.mul_add(x.number(-0.25), t0) + t1) + t2 + t3;
    (shifted.bits(), turns * TAU)
}

const P51: f64 = 2_251_799_813_685_248.0;
const P79: f64 = P51 * 268_435_456.0;
const P107: f64 = P79 * 268_435_456.0;

/// sin r on [-pi/4, pi/4]: minimax over r^2, relative error below 2^-37.
#[inline(always)]
fn sin_reduced<D: Double>(r: D, r2: D) -> D {
    let p = polynomial(
        r2,
        [
            -0.166_666_666_405_888_56,
            0.008_333_329_280_593_726,
            -0.000_198_393_044_347_098_7,
            2.718_046_633_186_195e-6,
        ],
    );
    // Not r + r^3 p, which turns -0 into 0.
    r * r2.mul_add(p, r.number(1.0))
}

/// cos r on [-pi/4, pi/4]: minimax over r^2, relative error below 2^-42.
#[inline(always)]
fn cos_reduced<D: Double>(r2: D) -> D {
    let p = polynomial(
        r2,
        [
            0.041_666_666_619_108_6,
            -0.001_388_888_346_739_670_4,
            2.479_945_158_278_42e-5,
            -2.720_504_863_259_031_5e-7,
        ],
    );
    r2.mul_add(p, r2.number(-0.5)).mul_add(r2, r2.number(1.0))
}
