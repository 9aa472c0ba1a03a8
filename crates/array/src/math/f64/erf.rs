//! The error function of `f64`, its complement and its inverse.

use super::exp::{exp_reduced, reduce, scale};
use super::{exact_product, ln, nan_if, polynomial, sqrt};
use crate::math::algebra::Double;

/// The error function 2/sqrt(pi) * integral of e^-t^2 from 0 to x. Error at most 1.5 ulp.
#[inline(always)]
pub fn erf<T: Double>(x: T) -> T {
    let a = x.abs();
    let small = x.mul_add(excess(x), x);
    let large = (x.number(1.0) - complement(a.at_most(6.0))).copysign(x);
    T::choose(a.below(x.number(0.85)), small, large).nan_if(x.is_nan())
}

/// The complement 1 - erf(x), without cancellation. Error at most 4 ulp, subnormal results included.
#[inline(always)]
pub fn erfc<T: Double>(x: T) -> T {
    let a = x.abs();
    let t = x * excess(x);
    let half = x.number(0.5);
    let small = T::choose(
        a.below(half),
        x.number(1.0) - (x + t),
        half - ((x - 0.5) + t),
    );
    let large = complement(a.at_most(28.0));
    let negative = x.below(x.number(0.0));
    let large = T::choose(negative, x.number(2.0) - large, large);
    T::choose(a.below(x.number(0.85)), small, large).nan_if(x.is_nan())
}

/// The inverse of the error function; infinite at -1 and 1, NaN beyond. Error at most 2 ulp.
///
/// Polynomials in w = -ln(1 - x^2) or its root, as in M. Giles, Approximating the erfinv function (2010).
#[inline(always)]
pub fn erf_inv(x: f64) -> f64 {
    let w = -ln((1.0 - x) * (1.0 + x));
    let p = if w < 6.25 {
        polynomial(w - 3.125, CENTRAL)
    } else if w < 16.0 {
        polynomial(sqrt(w) - 3.25, MIDDLE)
    } else {
        polynomial(sqrt(w) - 5.01, TAIL)
    };
    let result = if x.abs() == 1.0 {
        x * f64::INFINITY
    } else {
        p * x
    };
    nan_if(result.is_nan(), result)
}

/// erf(x) / x - 1 for |x| < 0.85: minimax over x^2, relative error of erf below 2^-55.
#[inline(always)]
fn excess<T: Double>(x: T) -> T {
    polynomial(
        x * x,
        [
            0.128_379_167_095_512_6,
            -0.376_126_389_031_837_4,
            0.112_837_916_709_546_02,
            -0.026_866_170_644_998_643,
            0.005_223_977_623_703_491,
            -0.000_854_832_688_864_716_5,
            0.000_120_553_263_401_209_27,
            -1.492_543_430_612_261_2e-5,
            1.645_740_640_115_006_8e-6,
            -1.629_762_933_028_308_2e-7,
            1.417_240_809_245_822e-8,
            -8.792_809_601_999_933e-10,
        ],
    )
}

/// erfc(a) for 0.85 <= a <= 28, as e^(-a^2) g / (1 + 2a) with g a polynomial in (a - 4) / (a + 4)
/// (M. Shepherd and J. Laframboise, Chebyshev approximation of (1 + 2x) exp(x^2) erfc x, 1981),
/// minimax with relative error below 2^-54.
#[inline(always)]
fn complement<T: Double>(a: T) -> T {
    let g = polynomial(
        (a - 4.0) / (a + 4.0),
        [
            1.232_995_118_625_552_6,
            -0.139_621_116_840_562_47,
            0.015_379_652_102_621_693,
            0.068_097_054_254_683_76,
            -0.101_039_066_036_448_33,
            0.093_732_834_998_770_55,
            -0.066_330_365_808_100_67,
            0.037_167_515_528_179_554,
            -0.016_197_734_117_508_564,
            0.005_031_970_093_179_607,
            -0.000_757_772_792_261_578_8,
            -0.000_199_257_566_615_140_4,
            0.000_150_619_175_897_214_87,
            -2.439_501_359_545_779e-5,
            -1.121_431_247_626_022e-5,
            5.696_767_345_956_136e-6,
            2.797_263_359_790_35e-7,
            -8.004_942_592_431_417e-7,
            8.799_158_700_828_015e-8,
            8.252_447_775_153_521e-8,
            -2.167_677_655_522_037e-8,
        ],
    );
    // e^-(square + lost) = e^-square (1 - lost); the power of two comes last, so that nothing on
    // the way is subnormal.
    let (square, lost) = exact_product(a, a);
    let (n, r) = reduce(-square);
    let e = exp_reduced(r);
    scale((e - e * lost) * g / (a * 2.0 + 1.0), n)
}

/// For w < 6.25, in powers of w - 3.125; relative error below 2^-54.
const CENTRAL: [f64; 24] = [
    1.653_654_562_683_102_7,
    0.240_158_182_425_588_26,
    -0.006_033_670_871_427_754,
    -0.000_740_702_534_153_954_4,
    0.000_186_734_208_024_256_98,
    -1.388_252_339_579_236_6e-5,
    -1.365_469_184_435_224e-6,
    4.234_788_190_783_869_5e-7,
    -2.907_038_277_478_697_4e-8,
    -4.112_661_978_223_193e-9,
    1.051_218_398_447_792_6e-9,
    -5.414_238_982_592_143e-11,
    -1.297_695_831_276_016_4e-11,
    2.630_354_547_053_265_8e-12,
    -8.117_007_742_947_865e-14,
    -3.998_977_606_967_333e-14,
    6.594_698_343_520_32e-15,
    -4.286_568_136_773_355e-17,
    -1.300_389_103_427_535_2e-16,
    1.575_977_208_389_970_2e-17,
    1.144_403_261_029_352_4e-18,
    -3.575_492_367_927_075e-19,
    -1.008_902_137_736_624_9e-21,
    3.375_733_683_237_693_6e-21,
];

/// For 6.25 <= w < 16, in powers of sqrt(w) - 3.25; relative error below 2^-53.
const MIDDLE: [f64; 20] = [
    3.083_885_610_492_220_8,
    1.005_258_967_694_165_7,
    0.005_370_914_553_570_911,
    -0.003_751_208_508_262_937_6,
    0.002_491_442_097_018_354_3,
    -0.001_688_275_534_252_406_8,
    0.000_953_289_363_073_206_3,
    -0.000_355_037_830_816_174_37,
    2.403_126_316_029_329_4e-5,
    6.828_724_869_900_115e-5,
    -4.731_901_574_097_096_4e-5,
    1.246_443_359_521_724_4e-5,
    2.925_824_718_823_3e-6,
    -3.984_078_537_786_16e-6,
    1.498_544_938_825_902_1e-6,
    -3.026_391_288_489_444e-8,
    -2.711_855_584_203_14e-7,
    1.339_405_551_609_090_7e-7,
    6.338_493_250_890_41e-10,
    -1.618_681_756_424_856e-8,
];

/// For w >= 16, in powers of sqrt(w) - 5.01; relative error below 2^-52.
const TAIL: [f64; 18] = [
    4.860_009_391_971_025,
    1.010_297_626_272_142_6,
    -0.000_145_124_820_921_260_47,
    -0.000_212_009_900_352_771_46,
    7.501_794_330_991_311e-5,
    -1.941_227_943_830_490_6e-5,
    4.457_183_665_504_896e-6,
    -9.749_494_624_140_033e-7,
    2.230_629_175_240_731e-7,
    -6.472_156_181_069_638e-8,
    2.749_950_771_266_438_2e-8,
    -1.437_121_394_539_299_2e-8,
    7.200_599_918_120_239e-9,
    -3.261_557_380_096_218e-9,
    1.428_147_442_769_885_3e-9,
    -4.429_547_846_070_968e-10,
    -1.651_540_671_506_318_8e-11,
    4.319_528_027_066_171e-11,
];
