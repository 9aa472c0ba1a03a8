//! What must hold of tensors, seen from outside.

mod blame;
mod compilers;
mod draws;
mod fusion;
mod golden;
mod golden_ops;
mod laws;
mod random;
mod poison;
mod table;
mod wrong_ops;
mod jit;
mod lazy;
mod transform;
