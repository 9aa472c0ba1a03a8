//! Compositions of operations: no rules of their own.

mod clamp;
mod classify;
mod dot;
mod matmul;
mod outer;
