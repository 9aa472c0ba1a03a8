//! Elementary functions of `f32`.
//!
//! Bounds are in units in the last place of the exact result; those of functions of one argument
//! were established over all arguments, but for ranges where the result is plainly x, 1 or a shifted copy of
//! another range. A NaN result is always `f32::NAN` itself.

mod erf;
mod exp;
mod log;
mod pow;
mod round;
mod trig;

pub use erf::{erf, erf_inv, erfc};
pub use exp::{exp, exp_m1, exp2, logistic, tanh};
pub use log::{ln, ln_1p, log2};
pub use pow::{cbrt, pow, rsqrt, sqrt};
pub use round::{ceil, floor, rem, round, round_ties_even, trunc};
pub use trig::{atan, atan2, cos, sin, tan};

// Many functions compute in f64 and round once at the end.
use super::f64::{MAGIC as MAGIC_F64, polynomial as polynomial_f64};

/// `value`, or the one NaN that all functions answer with where `nan` holds.
#[inline(always)]
fn nan_if(nan: bool, value: f32) -> f32 {
    f32::from_bits(if nan {
        f32::NAN.to_bits()
    } else {
        value.to_bits()
    })
}

/// c[0] + c[1] x + c[2] x^2 + .., even and odd powers apart: half as long a chain as Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, c: [f32; N]) -> f32 {
    let x2 = x * x;
    // The highest even power.
    let top = if N.is_multiple_of(2) { N - 2 } else { N - 1 };
    let (mut even, mut odd) = (c[top], if top + 1 < N { c[top + 1] } else { c[top - 1] });
    let mut i = top;
    while i > 0 {
        i -= 2;
        even = even * x2 + c[i];
        if i + 3 < N {
            odd = odd * x2 + c[i + 1];
        }
    }
    even + x * odd
}
