//! Exponential functions of `f64`: exp, exp2, exp_m1 and the sigmoids built on them.

use super::{MAGIC, polynomial};
use crate::math::algebra::{Double, Word};
use std::f64::consts::{LN_2, LOG2_E};

/// ln 2 = LN2_HI + LN2_LO; LN2_HI has 32 significant bits, so that n * LN2_HI is exact for |n| < 2^21.
pub(super) const LN2_HI: f64 = 0.693_147_180_369_123_8;
pub(super) const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// e^x. Error at most 1 ulp, subnormal results included.
#[inline(always)]
pub fn exp<T: Double>(x: T) -> T {
    // Beyond these the result is infinite, or less than half of the smallest subnormal number.
    let (n, r) = reduce(x.at_most(710.0).at_least(-746.0));
    scale(exp_reduced(r), n).nan_if(x.is_nan())
}

/// 2^x. Error at most 1 ulp, subnormal results included; exact for integers.
#[inline(always)]
pub fn exp2<T: Double>(x: T) -> T {
    let clamped = x.at_most(1025.0).at_least(-1076.0);
    let n = nearest_integer(clamped);
    scale(exp2_fraction(clamped - n), n).nan_if(x.is_nan())
}

/// e^x - 1, without cancellation near 0. Error at most 2.5 ulp.
#[inline(always)]
pub fn exp_m1<T: Double>(x: T) -> T {
    let (n, r) = reduce(x.at_most(710.0).at_least(-38.0));
    // Minimax for (e^r - 1 - r) / r^2 on |r| <= ln(2)/2: relative error of e^r - 1 below 2^-64.
    let p = polynomial(
        r,
        [
            0.5,
            0.166_666_666_666_666_66,
            0.041_666_666_666_666_69,
            0.008_333_333_333_334_478,
            0.001_388_888_888_886_902,
            0.000_198_412_698_367_695_5,
            2.480_158_735_823_316e-5,
            2.755_732_686_259_36e-6,
            2.755_724_385_575_729e-7,
            2.504_625_124_418_268_7e-8,
            2.092_427_010_720_530_3e-9,
            1.773_436_841_246_698e-10,
        ],
    );
    let m = (r * r).mul_add(p, r);
    // 2^(n-1) rather than 2^n, which may be too large for a number whose result is not.
    let half = power_of_two(n - 1.0);
    let result = half.mul_add(m, half - 0.5) * 2.0;
    // e^x - 1 rounds to x itself here; this also keeps -0 and the last bit of subnormal numbers.
    let result = T::choose(x.abs().below(x.number(5.0e-17)), x, result);
    result.nan_if(x.is_nan())
}

/// The hyperbolic tangent. Error at most 1.5 ulp.
#[inline(always)]
pub fn tanh<T: Double>(x: T) -> T {
    let a = x.abs();
    // Small: a + a^3 P(a^2), minimax with relative error below 2^-60.
    let z = a * a;
    let p = polynomial(
        z,
        [
            -0.333_333_333_333_332_9,
            0.133_333_333_333_255_45,
            -0.053_968_253_963_097_78,
            0.021_869_488_366_047_667,
            -0.008_863_232_265_634_955,
            0.003_592_088_541_052_870_8,
            -0.001_455_519_821_807_846_8,
            0.000_588_347_669_755_244_7,
            -0.000_233_130_249_166_825_59,
            8.294_944_231_870_771e-5,
            -1.926_407_904_689_67e-5,
        ],
    );
    let small = a.mul_add(z * p, a);
    // Large: 1 - 2 / (e^2a + 1); from 19.1 on the result rounds to 1.
    let (n, r) = reduce(a.at_most(20.0) * 2.0);
    let e = exp_reduced(r) * power_of_two(n);
    let large = x.number(1.0) - x.number(2.0) / (e + 1.0);
    let value = T::choose(a.below(x.number(0.55)), small, large);
    value.copysign(x).nan_if(x.is_nan())
}

/// The logistic function 1 / (1 + e^-x). Error at most 2.5 ulp, subnormal results included.
#[inline(always)]
pub fn logistic<T: Double>(x: T) -> T {
    // e^-|x| is at most 1, so that nothing overflows where the result is small.
    let (n, r) = reduce(-x.abs().at_most(746.0));
    let e = scale(exp_reduced(r), n);
    let numerator = T::choose(x.below(x.number(0.0)), e, x.number(1.0));
    (numerator / (e + 1.0)).nan_if(x.is_nan())
}

/// x = n ln 2 + r with |r| <= ln(2)/2 (W. J. Cody and W. Waite, Software Manual for the Elementary
/// Functions, 1980).
#[inline(always)]
pub(super) fn reduce<T: Double>(x: T) -> (T, T) {
    let n = nearest_integer(x * LOG2_E);
    let high = n.mul_add(n.number(-LN2_HI), x);
    (n, n.mul_add(n.number(-LN2_LO), high))
}

/// e^r for |r| <= ln(2)/2: minimax for (e^r - 1 - r) / r^2, relative error of e^r below 2^-63.
#[inline(always)]
pub(super) fn exp_reduced<T: Double>(r: T) -> T {
    let p = polynomial(
        r,
        [
            0.5,
            0.166_666_666_666_666_9,
            0.041_666_666_666_666_86,
            0.008_333_333_333_311_762,
            0.001_388_888_888_874_605_7,
            0.000_198_412_699_087_697_97,
            2.480_158_765_197_660_5e-5,
            2.755_722_313_543_499_6e-6,
            2.755_696_347_820_613_6e-7,
            2.511_590_810_902_177_8e-8,
            2.101_697_752_015_856e-9,
        ],
    );
    (r * r).mul_add(p, r) + 1.0
}

/// 2^f for |f| <= 1/2 (and a little beyond): minimax for (2^f - 1) / f, relative error below 2^-59.
#[inline(always)]
pub(super) fn exp2_fraction<T: Double>(f: T) -> T {
    let p = polynomial(
        f,
        [
            LN_2,
            0.240_226_506_959_100_7,
            0.055_504_108_664_823_37,
            0.009_618_129_107_630_219,
            0.001_333_355_814_603_578_6,
            0.000_154_035_303_889_310_92,
            1.525_273_416_392_373e-5,
            1.321_549_127_366_931_7e-6,
            1.017_793_380_371_410_6e-7,
            7.052_981_277_136_618e-9,
            4.473_048_887_861_757_4e-10,
            2.866_794_162_358_129e-11,
        ],
    );
    f.mul_add(p, f.number(1.0))
}

/// The nearest integer of a number below 2^51.
#[inline(always)]
pub(super) fn nearest_integer<T: Double>(x: T) -> T {
    (x + MAGIC) - MAGIC
}

/// 2^n for an integer -1023 < n < 1024.
#[inline(always)]
fn power_of_two<T: Double>(n: T) -> T {
    // The sum holds n in its low bits; the shift drops the others.
    T::from_bits((n + MAGIC).bits().plus(1023).left(52))
}

/// p 2^n in two steps, so that the result may be subnormal or overflow; only the second step rounds.
#[inline(always)]
pub(super) fn scale<T: Double>(p: T, n: T) -> T {
    let half = nearest_integer(n * 0.5);
    p * power_of_two(half) * power_of_two(n - half)
}
