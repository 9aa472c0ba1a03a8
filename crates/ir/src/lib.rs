//! The closed program language between lazy tensors and compilers.
//!
//! A [`Program`] is a list of steps in single assignment: every step has a [`Form`], reads earlier values and
//! makes new ones of stated types. It holds no addresses, no closures and no data but scalar constants, so
//! programs compare and hash by value: equal programs share one executable. [`Form`] is closed, so a compiler
//! covers it with one exhaustive match; an operation that has no better form is a [`Form::Call`].

mod builder;
mod constant;
mod form;
mod kernel;
mod label;
mod program;
mod simplify;
mod text;
mod verify;
pub mod winograd;

pub use builder::Builder;
pub use form::{Binary, Compare, Convolution, Dot, Form, Reduction, Unary, Window};
pub use kernel::{Call, Kernel, View, ViewMut};
pub use label::Label;
pub use program::{Program, Step, Value};
pub use simplify::simplify;
pub use verify::{Invalid, verify};
