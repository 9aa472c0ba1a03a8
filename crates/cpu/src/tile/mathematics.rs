//! The definitions of the functions of one number that have no instruction.
use bouton_array::math::{
    self,
    algebra::{Double, Single},
};
use bouton_ir::Unary;

/// The definition of a function of an `f32`.
pub(super) fn of_f32<T: Single>(f: Unary, x: T) -> Option<T> {
    Some(match f {
        Unary::Exp => math::f32::exp(x),
        Unary::ExpM1 => math::f32::exp_m1(x),
        Unary::Log => math::f32::ln(x),
        Unary::Log1p => math::f32::ln_1p(x),
        Unary::Sqrt => math::f32::sqrt(x),
        Unary::Rsqrt => math::f32::rsqrt(x),
        Unary::Cbrt => math::f32::cbrt(x),
        Unary::Sin => math::f32::sin(x),
        Unary::Cos => math::f32::cos(x),
        Unary::Tan => math::f32::tan(x),
        Unary::Tanh => math::f32::tanh(x),
        Unary::Logistic => math::f32::logistic(x),
        Unary::Erf => math::f32::erf(x),
        Unary::ErfInv => math::f32::erf_inv(x),
        Unary::Floor => math::f32::floor(x),
        Unary::Ceil => math::f32::ceil(x),
        Unary::Round => math::f32::round_ties_even(x),
        Unary::Abs | Unary::Negate | Unary::Sign | Unary::Not => return None,
    })
}

/// The definition of a function of an `f64`; nothing where it has branches.
pub(super) fn of_f64<T: Double>(f: Unary, x: T) -> Option<T> {
    Some(match f {
        Unary::Exp => math::f64::exp(x),
        Unary::ExpM1 => math::f64::exp_m1(x),
        Unary::Log => math::f64::ln(x),
        Unary::Log1p => math::f64::ln_1p(x),
        Unary::Sqrt => math::f64::sqrt(x),
        Unary::Rsqrt => math::f64::rsqrt(x),
        Unary::Tanh => math::f64::tanh(x),
        Unary::Logistic => math::f64::logistic(x),
        Unary::Erf => math::f64::erf(x),
        Unary::Floor => math::f64::floor(x),
        Unary::Ceil => math::f64::ceil(x),
        Unary::Round => math::f64::round_ties_even(x),
        Unary::Cbrt | Unary::Sin | Unary::Cos | Unary::Tan | Unary::ErfInv => return None,
        Unary::Abs | Unary::Negate | Unary::Sign | Unary::Not => return None,
    })
}
