//! Lazy tensors, operations on them, and transformations of functions: gradients, batching, compilation.
//!
//! A [`Tensor`] is data, an expression or an error. Operations build expressions; a value is computed when somebody
//! asks for it, everything pending below it as one compiled program. [`grad`], [`jvp`] and [`vmap`] transform a
//! function and apply it at once; [`jit`] returns a function that is compiled whole.

mod axes;
pub mod compiler;
mod environment;
mod error;
mod evaluate;
mod families;
mod fns;
mod grad;
mod graph;
pub mod io;
mod jit;
mod jvp;
mod kernel;
mod linalg;
mod matrices;
mod movement;
mod op;
mod operators;
pub mod ops;
mod place;
pub mod random;
mod span;
pub mod telemetry;
mod tensor;
mod tree;
mod values;
mod vmap;

pub use axes::{Axes, keep};
pub use bouton_array::{Array, DType, Element, Heatmap, Literal, Number, Shape, Type, bf16, f16};
pub use compiler::{Compiler, Executable, MemoryReport};
pub use environment::check_environment;
pub use error::{Error, ErrorKind, Fault, Result, stop};
pub use evaluate::eval;
pub use fns::einsum::einsum;
pub use fns::meshgrid::{Indexing, meshgrid};
pub use fns::multi_dot::multi_dot;
pub use fns::pad_with::PadMode;
pub use fns::stack::stack;
pub use grad::{Loss, grad, value_and_grad};
pub use graph::Graph;
pub use jit::{Compiled, Function, Jit, Ref, jit};
pub use jvp::jvp;
pub use matrices::{MatrixNorm, Triangle};
pub use movement::{Conv, Padding, PerAxis, Pool};
pub use op::{Entry, Op, Sample, apply, printed};
pub use operators::Operand;
pub use ops::concatenate::concatenate;
pub use place::{Place, blame, here, label};
pub use span::{Span, Spans, step};
pub use tensor::Tensor;
pub use tree::{Output, Owned, Path, Tree};
#[doc(hidden)]
pub use values::literals;
pub use vmap::vmap;
