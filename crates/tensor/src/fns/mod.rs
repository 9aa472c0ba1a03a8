//! Compositions of operations: no rules of their own.

mod at;
mod cholesky_upper;
mod clamp;
mod classify;
mod close;
mod conv;
mod covariance;
mod determinant;
mod diagonal;
mod dot;
mod elu;
mod eye;
mod gather;
mod gelu;
mod inverse;
mod kron;
mod logsumexp;
mod lstsq;
mod lu;
mod matmul;
mod matrix_norm;
pub(crate) mod matrix_rank;
mod matrix_transpose;
mod mean;
pub(crate) mod multi_dot;
mod norm;
mod one_hot;
mod outer;
mod pool;
mod relu;
mod repeat;
mod sigmoid;
mod silu;
mod softmax;
mod sort;
mod square;
pub(crate) mod stack;
mod svd;
mod take_along_axis;
mod triangle;
mod variance;
mod window;

use crate::{DType, Tensor};

impl Tensor {
    /// The tensor in a type that mathematical functions are computed in: integers and `bool` become `f32`.
    #[track_caller]
    pub(crate) fn to_float(&self) -> Tensor {
        match self.dtype() {
            Ok(d) => self.convert(d.to_float()),
            Err(_) => self.clone(),
        }
    }

    /// The tensor in a type that sums keep their accuracy in: halves, integers and `bool` become `f32`.
    #[track_caller]
    pub(crate) fn to_wide_float(&self) -> Tensor {
        match self.dtype() {
            Ok(DType::F64) | Err(_) => self.clone(),
            Ok(_) => self.convert(DType::F32),
        }
    }

    /// A result of [`Tensor::to_wide_float`] back in the type that [`Tensor::to_float`] gives.
    #[track_caller]
    pub(crate) fn narrowed_like(&self, x: &Tensor) -> Tensor {
        match x.dtype() {
            Ok(d) => self.convert(d.to_float()),
            Err(_) => self.clone(),
        }
    }

    /// A number of this tensor's type that is part of the program.
    #[track_caller]
    pub(crate) fn number_like(&self, value: f64) -> Tensor {
        match self.dtype() {
            Ok(dtype) => Tensor::full(dtype, [], value),
            Err(_) => self.clone(),
        }
    }
}
