//! How far elements reach, and how many are not zero.
use crate::{Axes, DType, Tensor, blame, here};

impl Tensor {
    /// The greatest less the least element along `axes`, which go away, or stay with size 1. `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist, is named twice or is empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3, 1, 8].peak_to_peak(0)), "i32 7");
    /// ```
    ///
    /// NumPy's `ptp`.
    #[track_caller]
    pub fn peak_to_peak(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || self.max_axes(axes.clone()) - self.min_axes(axes))
    }

    /// How many elements along `axes` are not zero (or are true), as `i32`. `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3, 0, 8].count_nonzero(0)), "i32 2");
    /// ```
    ///
    /// NumPy's `count_nonzero`.
    #[track_caller]
    pub fn count_nonzero(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            self.convert(DType::Bool).convert(DType::I32).sum_axes(axes)
        })
    }
}
