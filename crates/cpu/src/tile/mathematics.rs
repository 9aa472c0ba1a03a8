//! The definitions of the functions of one number that have no instruction.
use bouton_array::math::{
    self,
    algebra::{Double, Single},
};
use bouton_ir::Unary;

/// The definition of a function of an `f32`; nothing where it has branches or loops.
pub(super) fn of_f32<T: Single>(f: Unary, x: T) -> Option<T> {
    Some(match f {
        Unary::Exp => math::f32::exp(x),
        Unary::ExpM1 => math::f32::exp_m1(x),
        Unary::Exp2 => math::f32::exp2(x),
        Unary::Log => math::f32::ln(x),
        Unary::Log1p => math::f32::ln_1p(x),
        Unary::Log2 => math::f32::log2(x),
        Unary::Log10 => math::f32::log10(x),
        Unary::Sqrt => math::f32::sqrt(x),
        Unary::Rsqrt => math::f32::rsqrt(x),
        Unary::Cbrt => math::f32::cbrt(x),
        Unary::Sin => math::f32::sin(x),
        Unary::Cos => math::f32::cos(x),
        Unary::Tan => math::f32::tan(x),
        Unary::Asin => math::f32::asin(x),
        Unary::Acos => math::f32::acos(x),
        Unary::Atan => math::f32::atan(x),
        Unary::Sinh => math::f32::sinh(x),
        Unary::Cosh => math::f32::cosh(x),
        Unary::Tanh => math::f32::tanh(x),
        Unary::Asinh => math::f32::asinh(x),
        Unary::Acosh => math::f32::acosh(x),
        Unary::Atanh => math::f32::atanh(x),
        Unary::Logistic => math::f32::logistic(x),
        Unary::Erf => math::f32::erf(x),
        Unary::Erfc => math::f32::erfc(x),
        Unary::ErfInv => math::f32::erf_inv(x),
        Unary::Floor => math::f32::floor(x),
        Unary::Ceil => math::f32::ceil(x),
        Unary::Round => math::f32::round_ties_even(x),
        Unary::Trunc => math::f32::trunc(x),
        Unary::Lgamma | Unary::Digamma => return None,
        Unary::Abs
        | Unary::Negate
        | Unary::Sign
        | Unary::Not
        | Unary::PopulationCount
        | Unary::CountLeadingZeros => return None,
    })
}

/// The definition of a function of an `f64`; nothing where it has branches or loops.
pub(super) fn of_f64<T: Double>(f: Unary, x: T) -> Option<T> {
    Some(match f {
        Unary::Exp => math::f64::exp(x),
        Unary::ExpM1 => math::f64::exp_m1(x),
        Unary::Exp2 => math::f64::exp2(x),
        Unary::Log => math::f64::ln(x),
        Unary::Log1p => math::f64::ln_1p(x),
        Unary::Log2 => math::f64::log2(x),
        Unary::Log10 => math::f64::log10(x),
        Unary::Sqrt => math::f64::sqrt(x),
        Unary::Rsqrt => math::f64::rsqrt(x),
        Unary::Asin => math::f64::asin(x),
        Unary::Acos => math::f64::acos(x),
        Unary::Atan => math::f64::atan(x),
        Unary::Sinh => math::f64::sinh(x),
        Unary::Cosh => math::f64::cosh(x),
        Unary::Tanh => math::f64::tanh(x),
        Unary::Asinh => math::f64::asinh(x),
        Unary::Acosh => math::f64::acosh(x),
        Unary::Atanh => math::f64::atanh(x),
        Unary::Logistic => math::f64::logistic(x),
        Unary::Erf => math::f64::erf(x),
        Unary::Erfc => math::f64::erfc(x),
        Unary::Floor => math::f64::floor(x),
        Unary::Ceil => math::f64::ceil(x),
        Unary::Round => math::f64::round_ties_even(x),
        Unary::Trunc => math::f64::trunc(x),
        Unary::Cbrt | Unary::Sin | Unary::Cos | Unary::Tan | Unary::ErfInv => return None,
        Unary::Lgamma | Unary::Digamma => return None,
        Unary::Abs
        | Unary::Negate
        | Unary::Sign
        | Unary::Not
        | Unary::PopulationCount
        | Unary::CountLeadingZeros => return None,
    })
}
