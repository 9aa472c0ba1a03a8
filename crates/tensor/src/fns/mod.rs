//! Compositions of operations: no rules of their own.

mod angles;
mod at;
mod axis_order;
mod cholesky_upper;
mod clamp;
mod classify;
mod close;
mod conv;
mod covariance;
mod cumulative;
mod descending;
mod determinant;
mod diagonal;
mod diff;
mod dot;
pub(crate) mod einsum;
mod elu;
mod eye;
mod floor_divide;
mod gather;
mod gelu;
mod histogram;
mod hypot;
mod inverse;
mod kron;
mod lcm;
mod log_base;
mod logaddexp;
mod logsumexp;
mod lstsq;
mod lu;
mod matmul;
mod matrix_norm;
pub(crate) mod matrix_rank;
mod matrix_transpose;
mod mean;
pub(crate) mod meshgrid;
mod mode;
pub(crate) mod multi_dot;
mod nan;
mod nonzero;
mod norm;
mod one_hot;
mod outer;
pub(crate) mod pad_with;
mod pool;
mod quantile;
mod relu;
mod repeat;
mod roll;
mod sigmoid;
mod silu;
mod softmax;
mod spread;
mod square;
pub(crate) mod stack;
mod svd;
mod take_along_axis;
mod tensordot;
mod triangle;
mod unique;
mod variance;
mod weighted_mean;
mod window;
mod xlogy;

use crate::{DType, Shape, Tensor, axes::axis_in};

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

/// `f` of the axis that is meant and the shape; the fault of `subject` where there is no such axis.
#[track_caller]
fn on_axis(x: &Tensor, subject: &str, axis: i32, f: impl FnOnce(usize, Shape) -> Tensor) -> Tensor {
    match (axis_in(x, subject, axis), x.shape()) {
        (Ok(axis), Ok(shape)) => f(axis, shape),
        (Err(e), _) => e,
        (_, Err(e)) => Tensor::from_error(e),
    }
}
