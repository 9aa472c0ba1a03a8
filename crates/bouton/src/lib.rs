//! Deep learning in Rust: lazy tensors, compiled training steps, reproducible to the bit.
//!
//! A [`Tensor`] is a cheap handle to data or to an expression; nothing runs until a value is asked for. Functions of
//! tensors are transformed ([`grad`], [`vmap`]) and compiled whole ([`jit`]). A [`Model`] is an immutable value; a
//! [`Trainer`] reduces it over data, one compiled program a step. The same program and seed give the same bits: run to
//! run, for any number of threads, compiled or not.
//!
//! ```no_run
//! use bouton::prelude::*;
//!
//! fn main() -> bouton::Result<()> {
//!     let mnist = datasets::mnist()?; // cached, checksummed; progress bar on first download
//!     let model = Model::input("images", [Batch, Dim(784)]).dense(128).relu().dense(10).softmax();
//!     println!("{}", model.table()?); // layers, shapes, parameters, totals
//!
//!     let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::adam(1e-3))
//!         .metric(metrics::accuracy())
//!         .epochs(5)
//!         .run(mnist.train.batches(128).shuffle(42))?; // one compiled step: forward, backward, Adam
//!
//!     let scores = Evaluator::new(&model).metric(metrics::accuracy()).run(mnist.test.batches(256), &trained)?;
//!     println!("{scores}");
//!     trained.save("mnist.bouton")?; // architecture + weights, loadable at run time
//!     Ok(())
//! }
//! ```
//!
//! Numerical functions need no model:
//!
//! ```
//! use bouton::prelude::*;
//!
//! let x = tensor![3.0, 4.0, 10.0];
//! let df = grad(&x, |x| x.pow(2.0).sum()); // lazy, like everything else
//! assert_eq!(format!("{df:?}"), "f32[3] [6.0, 8.0, 20.0]");
//! ```
//!
//! # Building
//! Where nothing is optimised, training takes hundreds of times as long. Run programs with `--release`, or have the
//! crates that yours depends on optimised in debug builds too, in your `Cargo.toml`:
//!
//! ```toml
//! [profile.dev.package."*"]
//! opt-level = 3
//! ```
//!
//! # Features
//! `download` fetches published datasets; `image` reads PNG and JPEG files; `command` is the `bouton` command. A library
//! that depends on this crate turns the default ones off and chooses.

mod error;
pub mod prelude;

pub use bouton_cpu::{
    isa::isa,
    pool::{MOST_THREADS, set_threads, threads},
    profile,
};
pub use bouton_nn::{
    self as nn, Axis, Batch, BatchNorm, Conv, Dense, Dim, Dropout, Embedding, Initializer, Layer,
    LayerNorm, Model, Network, Params, Policy, Pool, Scope, SelfAttention, Sizes, init,
    losses as loss, metrics,
};
pub use bouton_optim::{self as optim, Optimizer, Schedule};
pub use bouton_tensor::{
    Array, Axes, Compiler, Conv as ConvOptions, DType, Element, Error as TensorError, Heatmap, Jit,
    MatrixNorm, MemoryReport, Operand, Padding, PerAxis, Pool as PoolOptions, Shape, Tensor, Tree,
    Triangle, Type, bf16, check_environment, compiler, concatenate, eval, f16, grad, jit, jvp,
    keep, label, multi_dot, random, step, telemetry, tensor, tree, value_and_grad, vmap,
};
pub use bouton_train::{
    self as train, Evaluator, Event, Progress, Scores, Signal, Status, Trained, Trainer,
};
pub use error::{Error, ErrorKind, Result};

/// Datasets by name, made ones, and batches of them.
pub mod datasets {
    pub use bouton_data::{Kind as ErrorKind, *};
}

/// Compiles and runs what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
