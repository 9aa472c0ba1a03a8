//! What must hold of tensors, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test stops at the first surprise

mod blame;
mod compilers;
mod constants;
mod draws;
mod empty;
mod fns;
mod functions;
mod fusion;
mod golden;
mod golden_functions;
mod golden_linalg;
mod golden_ops;
mod golden_sliding;
mod handle;
mod io;
mod jit;
mod kinks;
mod laws;
mod lazy;
mod linalg;
mod linalg_edges;
mod memory;
mod poison;
mod random;
mod sliding;
mod slopes;
mod table;
mod transform;
mod winograd;
mod wrong_ops;
