//! Compiles ir programs for the CPU: pointwise chains and folds fused into loops over cache-sized tiles, one matrix
//! engine, a static plan of memory, and a pool of threads with a fixed partition.
//!
//! The same program gives the same bits run to run, for any number of threads and on every instruction set: how work is
//! cut and in which order sums are taken is a function of shapes alone, and nothing is contracted or reassociated
//! across operations.

mod access;
mod compile;
mod constants;
mod executable;
mod follow;
mod fuse;
pub mod gemm;
pub mod isa;
mod kernels;
mod memory;
#[cfg(target_arch = "x86_64")]
mod native;
pub mod peak;
pub mod pool;
pub mod profile;
mod region;
#[doc(hidden)]
pub mod relaxed;
mod tile;

pub use compile::{CompileError, compile, compile_for};
pub use executable::{Executable, Memory};
