//! The logarithm of the gamma function and its derivatives, of `f32`, computed in f64 and rounded once.

use super::{super::f64 as wide, rounded};

/// The logarithm of |gamma(x)|; infinite at 0, at the negative integers and at both infinities. Error at most 0.51 ulp;
/// beside the zeros at negative x 1e-15.
pub fn lgamma(x: f32) -> f32 {
    rounded(wide::lgamma(x as f64))
}

/// The derivative of [`lgamma`]; NaN at the negative integers and at -inf, infinite at 0 against its sign. Error at most
/// 0.51 ulp for x > 0; beside its zero there 2e-15.
pub fn digamma(x: f32) -> f32 {
    rounded(wide::digamma(x as f64))
}

/// The derivative of [`digamma`] of the given order; infinite at 0, NaN at the negative integers. As
/// exact as that of `f64`, rounded once.
pub fn polygamma(order: u32, x: f32) -> f32 {
    rounded(wide::polygamma(order, x as f64))
}
