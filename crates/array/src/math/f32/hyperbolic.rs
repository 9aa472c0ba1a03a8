//! Hyperbolic functions of `f32` and their inverses, computed in f64 and rounded once.

use super::{super::f64 as wide, rounded};
use crate::math::algebra::Single;

/// The hyperbolic sine (e^x - e^-x) / 2. Error at most 0.51 ulp.
#[inline(always)]
pub fn sinh<T: Single>(x: T) -> T {
    rounded(wide::sinh(x.wide()))
}

/// The hyperbolic cosine (e^x + e^-x) / 2. Error at most 0.51 ulp.
#[inline(always)]
pub fn cosh<T: Single>(x: T) -> T {
    rounded(wide::cosh(x.wide()))
}

/// The inverse of [`sinh`]. Error at most 0.51 ulp.
#[inline(always)]
pub fn asinh<T: Single>(x: T) -> T {
    rounded(wide::asinh(x.wide()))
}

/// The inverse of [`cosh`], at least 0; NaN below 1. Error at most 0.51 ulp.
#[inline(always)]
pub fn acosh<T: Single>(x: T) -> T {
    rounded(wide::acosh(x.wide()))
}

/// The inverse of the hyperbolic tangent; infinite at -1 and 1, NaN beyond. Error at most 0.51 ulp.
#[inline(always)]
pub fn atanh<T: Single>(x: T) -> T {
    rounded(wide::atanh(x.wide()))
}
