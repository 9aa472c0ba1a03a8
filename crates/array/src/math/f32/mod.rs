//! Elementary functions of `f32`.
//!
//! Bounds are in units in the last place of the exact result; those of functions of one argument
//! were established over all arguments, but for ranges where the result is plainly x, 1 or a shifted copy of
//! another range. For [`log10`], the inverse functions but [`atan`] and [`erf_inv`], the hyperbolic ones but [`tanh`],
//! and those of the gamma function it was every 257th argument. A NaN result is always `f32::NAN` itself.
//!
//! All but [`rem`], [`lgamma`], [`digamma`] and [`polygamma`] are generic over [`Single`], so that a compiler can take them
//! as they stand.

mod erf;
mod exp;
mod gamma;
mod hyperbolic;
mod log;
mod pow;
mod round;
mod trig;

pub use erf::{erf, erf_inv, erfc};
pub use exp::{exp, exp_m1, exp2, logistic, tanh};
pub use gamma::{digamma, lgamma, polygamma};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh};
pub use log::{ln, ln_1p, log2, log10};
pub use pow::{cbrt, pow, rsqrt, sqrt};
pub use round::{ceil, floor, rem, round, round_ties_even, trunc};
pub use trig::{acos, asin, atan, atan2, cos, sin, tan};

use super::algebra::{Double, Number, Single, polynomial};
// Many functions compute in f64 and round once at the end.
use super::f64::MAGIC as MAGIC_F64;

/// The nearest f32, whose NaN is the one that all functions answer with.
#[inline(always)]
fn rounded<D: Double<Single: Single>>(x: D) -> D::Single {
    let y = x.narrow();
    y.nan_if(y.is_nan())
}
