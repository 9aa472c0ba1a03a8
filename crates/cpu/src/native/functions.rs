//! Mathematics on vectors: the definitions of `array::math`, compiled for eight elements at a time.
//!
//! Machine code calls these with the addresses of the operands. The result takes the place of the first.
use super::LANES;
use bouton_array::math::{Real, f32 as math};
use bouton_ir::{Binary, Unary};

/// A function of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Unary(Unary),
    Binary(Binary),
}

macro_rules! functions {
    ($($name:ident($x:ident $(, $y:ident)?): $value:expr;)*) => {$(
        /// Safety: the machine has AVX2.
        #[target_feature(enable = "avx2,fma")]
        unsafe extern "sysv64" fn $name($x: &mut [f32; LANES] $(, $y: &[f32; LANES])?) {
            for at in 0..LANES {
                let y = { let ($x, $($y)?) = ($x[at], $($y[at])?); $value };
                $x[at] = y;
            }
        }
    )*};
}

functions! {
    exp(x): math::exp(x);
    exp_m1(x): math::exp_m1(x);
    ln(x): math::ln(x);
    ln_1p(x): math::ln_1p(x);
    rsqrt(x): math::rsqrt(x);
    cbrt(x): math::cbrt(x);
    sin(x): math::sin(x);
    cos(x): math::cos(x);
    tan(x): math::tan(x);
    tanh(x): math::tanh(x);
    logistic(x): math::logistic(x);
    erf(x): math::erf(x);
    erf_inv(x): math::erf_inv(x);
    floor(x): math::floor(x);
    ceil(x): math::ceil(x);
    round(x): math::round_ties_even(x);
    remainder(x, y): Real::rem(x, y);
    power(x, y): Real::pow(x, y);
    atan2(x, y): Real::atan2(x, y);
}

impl Function {
    /// Where the function is; none for those that are instructions, or none of floats.
    pub(crate) fn address(self) -> Option<usize> {
        type One = unsafe extern "sysv64" fn(&mut [f32; LANES]);
        type Two = unsafe extern "sysv64" fn(&mut [f32; LANES], &[f32; LANES]);
        let one = |f: One| Some(f as usize);
        let two = |f: Two| Some(f as usize);
        match self {
            Function::Unary(f) => match f {
                Unary::Exp => one(exp),
                Unary::ExpM1 => one(exp_m1),
                Unary::Log => one(ln),
                Unary::Log1p => one(ln_1p),
                Unary::Rsqrt => one(rsqrt),
                Unary::Cbrt => one(cbrt),
                Unary::Sin => one(sin),
                Unary::Cos => one(cos),
                Unary::Tan => one(tan),
                Unary::Tanh => one(tanh),
                Unary::Logistic => one(logistic),
                Unary::Erf => one(erf),
                Unary::ErfInv => one(erf_inv),
                Unary::Floor => one(floor),
                Unary::Ceil => one(ceil),
                Unary::Round => one(round),
                Unary::Abs | Unary::Negate | Unary::Sign | Unary::Not | Unary::Sqrt => None,
            },
            Function::Binary(f) => match f {
                Binary::Remainder => two(remainder),
                Binary::Power => two(power),
                Binary::Atan2 => two(atan2),
                _ => None,
            },
        }
    }
}
