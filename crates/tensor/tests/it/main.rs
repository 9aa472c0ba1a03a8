//! What must hold of tensors, seen from outside.

mod blame;
mod compilers;
mod draws;
mod fns;
mod fusion;
mod golden;
mod golden_ops;
mod handle;
mod jit;
mod kinks;
mod laws;
mod lazy;
mod poison;
mod random;
mod table;
mod transform;
mod wrong_ops;
