//! The trait over f32 and f64 that kernels are generic in.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A floating-point type with the functions of [`math`](crate::math); implemented for f32 and f64 alone.
///
/// In generic code `T::exp(x)` means ours. Where the type is known, `f32::exp(x)` would be the standard
/// library's inherent function: write `math::f32::exp(x)` or `<f32 as Real>::exp(x)` there.
pub trait Real:
    sealed::Sealed
    + Copy
    + Debug
    + Default
    + Display
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + AddAssign
    + Div<Output = Self>
    + DivAssign
    + Mul<Output = Self>
    + MulAssign
    + Neg<Output = Self>
    + Sub<Output = Self>
    + SubAssign
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// The NaN that the functions answer with.
    const NAN: Self;
    /// The smallest positive normal number: 2^-126 or 2^-1022.
    const MIN_POSITIVE: Self;

    /// The nearest value of this type.
    fn from_f64(x: f64) -> Self;
    /// The same value as an f64: exact.
    fn to_f64(self) -> f64;
    /// Whether this is a NaN.
    fn is_nan(self) -> bool;
    /// The magnitude: a bit operation, exact.
    fn abs(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`: a bit operation, exact.
    fn copysign(self, sign: Self) -> Self;

    /// e^x.
    fn exp(self) -> Self;
    /// 2^x.
    fn exp2(self) -> Self;
    /// e^x - 1, without cancellation near 0.
    fn exp_m1(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// ln(1 + x), without cancellation near 0.
    fn ln_1p(self) -> Self;
    /// The logarithm to base 2.
    fn log2(self) -> Self;
    /// The logarithm to base 10.
    fn log10(self) -> Self;
    /// The sine of radians.
    fn sin(self) -> Self;
    /// The cosine of radians.
    fn cos(self) -> Self;
    /// The tangent of radians.
    fn tan(self) -> Self;
    /// The arc sine.
    fn asin(self) -> Self;
    /// The arc cosine.
    fn acos(self) -> Self;
    /// The arc tangent.
    fn atan(self) -> Self;
    /// The angle of the point (x, self), as `y.atan2(x)`.
    fn atan2(self, x: Self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The inverse of the hyperbolic sine.
    fn asinh(self) -> Self;
    /// The inverse of the hyperbolic cosine.
    fn acosh(self) -> Self;
    /// The inverse of the hyperbolic tangent.
    fn atanh(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The logistic function 1 / (1 + e^-x).
    fn logistic(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// The complement of the error function.
    fn erfc(self) -> Self;
    /// The inverse of the error function.
    fn erf_inv(self) -> Self;
    /// The logarithm of the gamma function's magnitude.
    fn lgamma(self) -> Self;
    /// The derivative of [`Real::lgamma`].
    fn digamma(self) -> Self;
    /// The derivative of [`Real::digamma`] of the given order.
    fn polygamma(self, order: u32) -> Self;
    /// `self` to the power `y`.
    fn pow(self, y: Self) -> Self;
    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// 1 / sqrt(x).
    fn rsqrt(self) -> Self;
    /// The cube root.
    fn cbrt(self) -> Self;
    /// The largest integer that is not above x.
    fn floor(self) -> Self;
    /// The smallest integer that is not below x.
    fn ceil(self) -> Self;
    /// The integer next to x towards zero.
    fn trunc(self) -> Self;
    /// The nearest integer, ties away from zero.
    fn round(self) -> Self;
    /// The nearest integer, ties to the even one.
    fn round_ties_even(self) -> Self;
    /// The remainder x - trunc(x / y) y, with the sign of x: exact.
    fn rem(self, y: Self) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// The methods of one argument, each the function of the same name.
macro_rules! forward {
    ($module:ident: $($name:ident)*) => {
        $(
            #[inline(always)]
            fn $name(self) -> Self {
                super::$module::$name(self)
            }
        )*
    };
}

macro_rules! real {
    ($type:ident) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const INFINITY: Self = $type::INFINITY;
            const NAN: Self = $type::NAN;
            const MIN_POSITIVE: Self = $type::MIN_POSITIVE;

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $type::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                $type::copysign(self, sign)
            }
            #[inline(always)]
            fn atan2(self, x: Self) -> Self {
                super::$type::atan2(self, x)
            }
            fn polygamma(self, order: u32) -> Self {
                super::$type::polygamma(order, self)
            }
            #[inline(always)]
            fn pow(self, y: Self) -> Self {
                super::$type::pow(self, y)
            }
            #[inline(always)]
            fn rem(self, y: Self) -> Self {
                super::$type::rem(self, y)
            }
            forward!($type: exp exp2 exp_m1 ln ln_1p log2 log10 sin cos tan asin acos atan sinh cosh asinh acosh);
            forward!($type: atanh tanh logistic erf erfc erf_inv lgamma digamma);
            forward!($type: sqrt rsqrt cbrt floor ceil trunc round round_ties_even);
        }
    };
}

real!(f32);
real!(f64);
