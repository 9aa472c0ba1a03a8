//! Temporary stand-in until math/ is complete.
#![allow(missing_docs)]
pub trait Real: Copy {
    fn exp(self) -> Self; fn exp_m1(self) -> Self; fn ln(self) -> Self; fn ln_1p(self) -> Self;
    fn sin(self) -> Self; fn cos(self) -> Self; fn tan(self) -> Self; fn tanh(self) -> Self;
    fn logistic(self) -> Self; fn erf(self) -> Self; fn erf_inv(self) -> Self;
    fn sqrt(self) -> Self; fn rsqrt(self) -> Self; fn cbrt(self) -> Self;
    fn floor(self) -> Self; fn ceil(self) -> Self; fn round_ties_even(self) -> Self;
    fn pow(self, y: Self) -> Self; fn rem(self, y: Self) -> Self; fn atan2(self, y: Self) -> Self;
}
macro_rules! stand_in { ($($T:ident)*) => {$(
impl Real for $T {
    fn exp(self) -> Self { $T::exp(self) } fn exp_m1(self) -> Self { $T::exp_m1(self) }
    fn ln(self) -> Self { $T::ln(self) } fn ln_1p(self) -> Self { $T::ln_1p(self) }
    fn sin(self) -> Self { $T::sin(self) } fn cos(self) -> Self { $T::cos(self) } fn tan(self) -> Self { $T::tan(self) }
    fn tanh(self) -> Self { $T::tanh(self) } fn logistic(self) -> Self { 1.0 / (1.0 + $T::exp(-self)) }
    fn erf(self) -> Self { self } fn erf_inv(self) -> Self { self }
    fn sqrt(self) -> Self { $T::sqrt(self) } fn rsqrt(self) -> Self { 1.0 / $T::sqrt(self) } fn cbrt(self) -> Self { $T::cbrt(self) }
    fn floor(self) -> Self { $T::floor(self) } fn ceil(self) -> Self { $T::ceil(self) } fn round_ties_even(self) -> Self { $T::round_ties_even(self) }
    fn pow(self, y: Self) -> Self { $T::powf(self, y) } fn rem(self, y: Self) -> Self { self % y } fn atan2(self, y: Self) -> Self { $T::atan2(self, y) }
})*} }
stand_in!(f32 f64);
