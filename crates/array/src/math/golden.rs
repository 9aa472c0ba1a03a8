//! The functions of f64 against values computed with 60 digits (`tests/golden/math_f64.py`).

use super::f64 as ours;
use std::collections::BTreeMap;

const GOLDEN: &str = include_str!("../../tests/golden/math_f64.txt");

/// The distance of `got` from the exact result, which is `want` and `lost` units in its last place.
fn error(got: f64, want: f64, lost: f64) -> f64 {
    if got.to_bits() == want.to_bits() {
        return lost.abs();
    }
    if !got.is_finite() || !want.is_finite() || (want == 0.0 && lost == 0.0) {
        return f64::INFINITY;
    }
    let exponent = ((want.to_bits() >> 52) & 0x7ff).max(1) as i32 - 1075;
    // 2^-exponent may be too large for one factor.
    let half = -exponent / 2;
    let units = (got - want) * 2f64.powi(half) * 2f64.powi(-exponent - half);
    (units - lost).abs()
}

/// The largest error of `function` over its lines, which must be at least 200 and stay within `bound`.
#[track_caller]
fn check(name: &str, bound: f64, function: impl Fn(f64, f64) -> f64) {
    check_near(name, bound, 0.0, function);
}

/// As [`check`], but for errors of at most `absolute`.
#[track_caller]
fn check_near(name: &str, bound: f64, absolute: f64, function: impl Fn(f64, f64) -> f64) {
    let mut count = 0;
    for line in GOLDEN.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if words[0] != name {
            continue;
        }
        count += 1;
        let numbers: Vec<f64> = words[1..]
            .iter()
            .map(|word| word.parse().unwrap())
            .collect();
        let (arguments, result) = numbers.split_at(numbers.len() - 2);
        let got = function(arguments[0], *arguments.last().unwrap());
        let error = error(got, result[0], result[1]);
        let near = (got - result[0]).abs() <= absolute && error.is_finite();
        assert!(
            error <= bound || near,
            "{line}: got {got:e}, off by {error} ulp"
        );
    }
    assert!(count >= 200, "{name}: only {count} values");
}

#[test]
fn one_argument() {
    check("exp", 1.0, |x, _| ours::exp(x));
    check("exp2", 1.0, |x, _| ours::exp2(x));
    check("exp_m1", 2.5, |x, _| ours::exp_m1(x));
    check("ln", 1.0, |x, _| ours::ln(x));
    check("ln_1p", 1.0, |x, _| ours::ln_1p(x));
    check("log2", 0.51, |x, _| ours::log2(x));
    check("log10", 0.51, |x, _| ours::log10(x));
    check("asin", 3.0, |x, _| ours::asin(x));
    check("acos", 3.0, |x, _| ours::acos(x));
    check("sinh", 3.5, |x, _| ours::sinh(x));
    check("cosh", 3.5, |x, _| ours::cosh(x));
    check("asinh", 3.0, |x, _| ours::asinh(x));
    check("acosh", 3.0, |x, _| ours::acosh(x));
    check("atanh", 3.0, |x, _| ours::atanh(x));
    check_near("lgamma", 6.0, 1.0e-15, |x, _| ours::lgamma(x));
    check_near("digamma", 6.0, 2.0e-15, |x, _| ours::digamma(x));
    check("polygamma", 6.0, |x, _| ours::polygamma(1, x));
    check("sin", 1.0, |x, _| ours::sin(x));
    check("cos", 1.0, |x, _| ours::cos(x));
    check("tan", 2.5, |x, _| ours::tan(x));
    check("atan", 2.0, |x, _| ours::atan(x));
    check("tanh", 1.5, |x, _| ours::tanh(x));
    check("logistic", 2.5, |x, _| ours::logistic(x));
    check("erf", 1.5, |x, _| ours::erf(x));
    check("erfc", 4.0, |x, _| ours::erfc(x));
    check("erf_inv", 2.0, |x, _| ours::erf_inv(x));
    check("cbrt", 0.7, |x, _| ours::cbrt(x));
    check("sqrt", 0.5001, |x, _| ours::sqrt(x));
    check("rsqrt", 1.5, |x, _| ours::rsqrt(x));
}

#[test]
fn two_arguments() {
    check("pow", 1.5, ours::pow);
    check("atan2", 2.0, ours::atan2);
}

#[test]
fn every_function_of_the_file_is_checked() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in GOLDEN.lines() {
        *counts.entry(line.split(' ').next().unwrap()).or_default() += 1;
    }
    assert_eq!(counts.len(), 31);
}

#[test]
fn the_measure_sees_one_unit() {
    assert_eq!(error(1.0, 1.0 + f64::EPSILON, 0.25), 1.25);
    assert_eq!(error(0.0, -0.0, 0.0), f64::INFINITY);
    assert_eq!(error(f64::INFINITY, f64::MAX, 0.0), f64::INFINITY);
}
