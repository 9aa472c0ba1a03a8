//! What must hold of tensors, seen from outside.

mod draws;
mod laws;
mod table;
