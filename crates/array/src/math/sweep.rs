//! The functions of f32 over every 257th bit pattern and all around the notable ones, against f64;
//! roundings and remainders, which are exact, bit by bit. `BOUTON_SWEEP=1` takes every pattern: minutes for each function.

use super::f32 as ours;
use super::f64 as wide;
use std::f32::consts::{FRAC_1_SQRT_2, FRAC_PI_2, SQRT_2};

/// Arguments beside which something changes: zeros, ends of ranges, thresholds of overflow and of methods.
const NOTABLE: [f32; 22] = [
    0.0,
    1.1754944e-38,
    1.0e-20,
    2.0e-8,
    1.0e-4,
    0.25,
    0.5,
    0.55,
    FRAC_1_SQRT_2,
    0.9,
    1.0,
    SQRT_2,
    FRAC_PI_2,
    4.0,
    9.01,
    17.3,
    88.72284,
    103.97208,
    150.0,
    8388608.0,
    2.2517998e15,
    f32::INFINITY,
];

/// Every 257th bit pattern, or as many as are asked for, and 500 of them on either side of the notable ones.
fn arguments() -> impl Iterator<Item = f32> {
    let asked = std::env::var("BOUTON_SWEEP").map(|n| n.parse().expect("a step"));
    let all = (0..=u32::MAX).step_by(asked.unwrap_or(257));
    let near = NOTABLE.into_iter().flat_map(|x| [x, -x]).flat_map(|x| {
        let bits = x.to_bits();
        bits.wrapping_sub(500)..=bits.wrapping_add(500).max(bits.wrapping_sub(500))
    });
    all.chain(near.chain(0..500).chain(0x8000_0000..0x8000_01f4))
        .map(f32::from_bits)
}

/// The distance in units in the last place of the exact result; infinite where one of the two is special.
fn error(got: f32, want: f64) -> f64 {
    if want.is_nan() {
        return if got.to_bits() == f32::NAN.to_bits() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if got.to_bits() == (want as f32).to_bits() && (got.is_infinite() || got == 0.0) {
        return 0.0;
    }
    if got.is_nan()
        || want.is_infinite()
        || want == 0.0
        || (got == 0.0 && got.is_sign_negative() != want.is_sign_negative())
    {
        return f64::INFINITY;
    }
    // An overflow by rounding is as far off as 2^128 would be.
    let value = if got.is_infinite() {
        2f64.powi(128).copysign(got as f64)
    } else {
        got as f64
    };
    let exponent = ((want.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    (value - want).abs() / 2f64.powi(exponent.clamp(-126, 127) - 23)
}

#[track_caller]
fn check(bound: f64, function: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) {
    for x in arguments() {
        let (got, want) = (function(x), exact(x as f64));
        let error = error(got, want);
        assert!(
            error <= bound,
            "at {x:e}: got {got:e}, want {want:e}, off by {error} ulp"
        );
    }
}

#[test]
fn exponentials() {
    check(1.03, ours::exp, f64::exp);
    check(0.9, ours::exp2, f64::exp2);
    check(1.5, ours::exp_m1, f64::exp_m1);
}

#[test]
fn sigmoids() {
    check(2.5, ours::tanh, f64::tanh);
    let logistic = |x: f64| {
        if x < 0.0 {
            x.exp() / (1.0 + x.exp())
        } else {
            1.0 / (1.0 + (-x).exp())
        }
    };
    check(2.5, ours::logistic, |x| {
        if x == f64::NEG_INFINITY {
            0.0
        } else {
            logistic(x)
        }
    });
}

#[test]
fn what_has_limits_stays_within_them() {
    for x in arguments().filter(|x| !x.is_nan()) {
        assert!(ours::tanh(x).abs() <= 1.0, "tanh of {x:e}");
        assert!(ours::erf(x).abs() <= 1.0, "erf of {x:e}");
        assert!(
            (0.0..=1.0).contains(&ours::logistic(x)),
            "logistic of {x:e}"
        );
    }
}

#[test]
fn logarithms() {
    check(1.0, ours::ln, f64::ln);
    check(1.0, ours::ln_1p, f64::ln_1p);
    check(0.51, ours::log2, f64::log2);
    check(0.51, ours::log10, f64::log10);
}

#[test]
fn trigonometric() {
    check(0.51, ours::sin, f64::sin);
    check(0.51, ours::cos, f64::cos);
    check(0.51, ours::tan, f64::tan);
    check(0.51, ours::atan, f64::atan);
    check(0.51, ours::asin, f64::asin);
    check(0.51, ours::acos, f64::acos);
}

#[test]
fn hyperbolic() {
    check(0.51, ours::sinh, f64::sinh);
    check(0.51, ours::cosh, f64::cosh);
    check(0.51, ours::asinh, wide::asinh);
    check(0.51, ours::acosh, wide::acosh);
    check(0.51, ours::atanh, wide::atanh);
}

#[test]
fn gamma_functions() {
    check(0.51, ours::lgamma, wide::lgamma);
    check(0.51, ours::digamma, wide::digamma);
}

#[test]
fn error_functions() {
    check(1.5, ours::erf, wide::erf);
    check(0.51, ours::erfc, wide::erfc);
}

#[test]
fn the_inverse_error_function_is_that_of_xla() {
    // Its definition (`ErfInv32`), but in f64 where it does not round to f32 on purpose.
    let near = [
        2.81022636e-08,
        3.43273939e-07,
        -3.5233877e-06,
        -4.39150654e-06,
        0.00021858087,
        -0.00125372503,
    ];
    let near = near
        .into_iter()
        .chain([-0.00417768164, 0.246640727, 1.50140941])
        .collect::<Vec<f64>>();
    let far = [
        -0.000200214257,
        0.000100950558,
        0.00134934322,
        -0.00367342844,
        0.00573950773,
        -0.0076224613,
    ];
    let far = far
        .into_iter()
        .chain([0.00943887047, 1.00167406, 2.83297682])
        .collect::<Vec<f64>>();
    let xla = |x: f64| {
        if x.abs() == 1.0 {
            return x * f64::INFINITY;
        }
        let square = x as f32 * x as f32;
        let w = -f64::ln_1p(-(square as f64));
        let (c, v) = if w < 5.0 {
            (&near, w - 2.5)
        } else {
            (&far, w.sqrt() - 3.0)
        };
        c.iter().fold(0.0, |sum, c| sum * v + c) * x
    };
    check(2.1, ours::erf_inv, xla);
    check(
        5.0,
        |x| {
            if x.abs() <= 0.9 {
                ours::erf_inv(x)
            } else {
                0.0
            }
        },
        |x| {
            if x.abs() as f32 <= 0.9 {
                wide::erf_inv(x)
            } else {
                0.0
            }
        },
    );
    check(70.0, ours::erf_inv, wide::erf_inv);
}

#[test]
fn roots() {
    check(0.51, ours::sqrt, f64::sqrt);
    check(1.5, ours::rsqrt, |x| 1.0 / x.sqrt());
    check(0.51, ours::cbrt, f64::cbrt);
}

/// Numbers with arbitrary bits, from a fixed seed (splitmix64).
fn arbitrary_bits() -> impl Iterator<Item = u64> {
    (1..).map(|i: u64| {
        let x = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    })
}

/// Pairs of f32: all of the notable numbers with each other, then arbitrary ones.
fn pairs() -> impl Iterator<Item = (f32, f32)> {
    let signed = || {
        NOTABLE
            .into_iter()
            .chain([2.0, 3.0, 7.5, f32::MAX, 1.0e-45, f32::NAN])
            .flat_map(|x| [x, -x])
    };
    let notable = signed().flat_map(move |x| signed().map(move |y| (x, y)));
    let bits = |bits: u64| {
        (
            f32::from_bits(bits as u32),
            f32::from_bits((bits >> 32) as u32),
        )
    };
    notable.chain(arbitrary_bits().take(1_000_000).map(bits))
}

#[test]
fn functions_of_two_arguments() {
    let near_one = arbitrary_bits().take(1_000_000).map(|bits| {
        let x = f32::from_bits((bits as u32 >> 4) + 0x3800_0000);
        (x, (bits >> 32) as i32 as f32 * 1.0e-8)
    });
    for (x, y) in pairs().chain(near_one) {
        let (got, want) = (ours::pow(x, y), wide::pow(x as f64, y as f64));
        assert!(
            error(got, want) <= 0.51,
            "{x:e} to the {y:e}: got {got:e}, want {want:e}"
        );
        let (got, want) = (ours::atan2(y, x), wide::atan2(y as f64, x as f64));
        assert!(
            error(got, want) <= 0.51,
            "atan2 of {y:e} and {x:e}: got {got:e}, want {want:e}"
        );
    }
}

#[test]
fn remainders() {
    // Rust's `%` is C's fmod, which is exact.
    for (x, y) in pairs() {
        let (got, want) = (ours::rem(x, y), x % y);
        assert!(
            error(got, want as f64) == 0.0,
            "{x:e} rem {y:e}: got {got:e}, want {want:e}"
        );
        let (x, y) = (x as f64 * 1.000_000_123, y as f64);
        let (got, want) = (wide::rem(x, y), x % y);
        assert!(
            got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()),
            "{x:e} rem {y:e}: got {got:e}, want {want:e}"
        );
    }
    for (a, b) in arbitrary_bits().zip(arbitrary_bits().skip(7)).take(200_000) {
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        let (got, want) = (wide::rem(x, y), x % y);
        assert!(
            got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()),
            "{x:e} rem {y:e}: got {got:e}, want {want:e}"
        );
    }
}

#[test]
fn roundings_of_f32() {
    check(0.0, ours::floor, f64::floor);
    check(0.0, ours::ceil, f64::ceil);
    check(0.0, ours::trunc, f64::trunc);
    check(0.0, ours::round, f64::round);
    check(0.0, ours::round_ties_even, f64::round_ties_even);
}

#[test]
fn roundings_of_f64() {
    let halves = (-2001..2001).map(|i| i as f64 * 0.5);
    let large = [
        0.0,
        -0.0,
        0.49999999999999994,
        4503599627370495.5,
        4503599627370496.5,
        9007199254740993.0,
        f64::INFINITY,
    ];
    let middle = arbitrary_bits().map(|bits| f64::from_bits(bits % (60 << 52) + (1015 << 52)));
    let numbers = halves
        .chain(large)
        .chain(middle.take(100_000))
        .flat_map(|x| [x, -x]);
    for x in numbers {
        let got = [
            wide::floor(x),
            wide::ceil(x),
            wide::trunc(x),
            wide::round(x),
            wide::round_ties_even(x),
        ];
        let want = [
            x.floor(),
            x.ceil(),
            x.trunc(),
            x.round(),
            x.round_ties_even(),
        ];
        assert_eq!(got.map(f64::to_bits), want.map(f64::to_bits), "at {x:e}");
    }
    assert_eq!(wide::floor(-f64::NAN).to_bits(), f64::NAN.to_bits());
}

#[test]
fn the_measure_sees_one_unit() {
    assert_eq!(error(1.0, 1.0 + f32::EPSILON as f64 * 1.25), 1.25);
    assert_eq!(error(0.0, -0.0), f64::INFINITY);
    assert_eq!(error(-f32::NAN, f64::NAN), f64::INFINITY);
    assert_eq!(error(f32::from_bits(1), f32::from_bits(3) as f64), 2.0);
}
