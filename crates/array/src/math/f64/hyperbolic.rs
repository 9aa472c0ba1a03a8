//! Hyperbolic functions of `f64` and their inverses.

use super::{exp, exp_m1, ln, ln_1p};
use crate::math::algebra::Double;
use std::f64::consts::LN_2;

/// From here on e^-a is nothing beside e^a.
const LARGE: f64 = 22.0;

/// From here on 1 is nothing beside a^2.
const HUGE: f64 = 268_435_456.0;

/// The hyperbolic sine (e^x - e^-x) / 2. Error at most 3.5 ulp.
#[inline(always)]
pub fn sinh<T: Double>(x: T) -> T {
    let a = x.abs();
    let m = exp_m1(a);
    let value = (m + m / (m + 1.0)) * 0.5;
    let value = T::choose(a.below(x.number(LARGE)), value, half_exp(a));
    value.copysign(x).nan_if(x.is_nan())
}

/// The hyperbolic cosine (e^x + e^-x) / 2. Error at most 3.5 ulp.
#[inline(always)]
pub fn cosh<T: Double>(x: T) -> T {
    let a = x.abs();
    let e = exp(a);
    let value = (e + x.number(1.0) / e) * 0.5;
    let value = T::choose(a.below(x.number(LARGE)), value, half_exp(a));
    value.nan_if(x.is_nan())
}

/// e^a / 2, also where e^a alone is too large.
#[inline(always)]
fn half_exp<T: Double>(a: T) -> T {
    let root = exp(a * 0.5);
    root * 0.5 * root
}

/// The inverse of [`sinh`]. Error at most 3 ulp.
#[inline(always)]
pub fn asinh<T: Double>(x: T) -> T {
    let a = x.abs();
    let square = a * a;
    let near = ln_1p(a + square / ((square + 1.0).root() + 1.0));
    let value = T::choose(a.below(x.number(HUGE)), near, ln(a) + LN_2);
    value.copysign(x).nan_if(x.is_nan())
}

/// The inverse of [`cosh`], at least 0; NaN below 1. Error at most 3 ulp.
#[inline(always)]
pub fn acosh<T: Double>(x: T) -> T {
    let t = x - 1.0;
    let near = ln_1p(t + (t * (t + 2.0)).root());
    let value = T::choose(x.below(x.number(HUGE)), near, ln(x) + LN_2);
    value.nan_if(x.below(x.number(1.0)) | x.is_nan())
}

/// The inverse of the hyperbolic tangent; infinite at -1 and 1, NaN beyond. Error at most 3 ulp.
#[inline(always)]
pub fn atanh<T: Double>(x: T) -> T {
    let a = x.abs();
    let value = ln_1p(a * 2.0 / (x.number(1.0) - a)) * 0.5;
    value.copysign(x).nan_if(value.is_nan())
}
