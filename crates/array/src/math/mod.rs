//! Elementary functions of our own for f32 and f64, with the same bits on every machine.
//!
//! The host's `libm` differs from system to system in the last bits, so nothing in Bouton relies on it: kernels,
//! their vectorised forms and the reference evaluation all come here. The functions use only
//! additions, products, fused multiply-adds, quotients and square roots, which IEEE 754 rounds in one way,
//! and operations on bits; no tables, next to no branches. So a loop over a slice inside a function with
//! `#[target_feature(enable = "avx2,fma")]` becomes full vectors, and each element has the bits that the
//! scalar call gives. Where the build's target has no instruction for a fused multiply-add, it is a call:
//! of the same bits, but slow.
//!
//! Call them as `math::f32::exp(x)`, or `T::exp(x)` in code generic over [`Real`]. Beware of `x.exp()`
//! and `f32::exp(x)` where `x` is known to be an f32: those are the standard library's, hence `libm`.
//!
//! Every function states its error in units in the last place (ulp). All keep signed zeros, infinities and
//! subnormal numbers, and answer with one NaN, whose bits do not depend on the hardware either.

pub mod algebra;
pub mod f32;
pub mod f64;
mod real;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod sweep;

pub use real::Real;
