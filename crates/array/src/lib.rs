//! Host data for Bouton: element types, shapes, dense arrays in aligned buffers, scalar arithmetic,
//! promotion, printing. Everything above computes with these; nothing here is lazy.

mod array;
mod buffer;
mod dtype;
mod element;
mod error;
mod heatmap;
mod literal;
pub mod math;
mod print;
mod promotion;
pub mod scalar;
mod shape;

pub use array::Array;
pub use buffer::Buffer;
pub use dtype::DType;
pub use element::Element;
pub use error::{Error, ErrorKind, Result};
pub use half::{bf16, f16};
pub use heatmap::Heatmap;
pub use literal::Literal;
pub use scalar::Number;
pub use shape::{Shape, Type};
