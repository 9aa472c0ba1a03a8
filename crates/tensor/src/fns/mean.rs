//! Averages.
use crate::{Axes, Fault, Result, Tensor, blame, here};

impl Tensor {
    /// The average of all elements; NaN of none.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are averaged in `f32` and rounded once.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].mean()), "f32 2.5");
    /// ```
    #[track_caller]
    pub fn mean(&self) -> Tensor {
        blame(here(), || {
            Ok::<_, crate::Error>(average(self, all(self)?)?.narrowed_like(self))
        })
        .into()
    }

    /// Averages along the given axes, which go away, or stay with size 1: `x.mean_axes(keep(-1))`. See [`Tensor::mean`].
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].mean_axes(0)), "f32[2] [2.0, 3.0]");
    /// ```
    #[track_caller]
    pub fn mean_axes(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            Ok::<_, crate::Error>(average(self, axes)?.narrowed_like(self))
        })
        .into()
    }
}

/// Every axis.
pub(super) fn all(x: &Tensor) -> Result<Axes> {
    Ok((0..x.rank()? as i32).collect())
}

/// The average in a type that keeps its accuracy.
pub(super) fn average(x: &Tensor, axes: Axes) -> Result<Tensor> {
    match counted(x, &axes)? {
        Ok(n) => {
            let sum = x.to_wide_float().sum_axes(axes);
            let n = sum.number_like(n as f64);
            Ok(sum / n)
        }
        Err(fault) => Ok(Tensor::fault("mean", fault, &[x])),
    }
}

/// How many elements are folded into one.
pub(super) fn counted(x: &Tensor, axes: &Axes) -> Result<Result<usize, Fault>> {
    let shape = x.shape()?;
    Ok(axes
        .resolve(shape.rank())
        .map(|axes| axes.iter().map(|&a| shape[a]).product()))
}
