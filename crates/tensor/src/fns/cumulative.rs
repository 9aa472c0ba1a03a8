//! Products and extremes of all elements so far.
use super::on_axis;
use crate::{DType, Tensor, blame, here};

impl Tensor {
    /// At each position the product of the elements up to it along `axis`; negative counts from the end.
    ///
    /// # Types
    /// `bool` and integers of less than 32 bits are widened to 32, as in [`Tensor::product`]; halves multiply in `f32`, and
    /// each product is rounded once.
    ///
    /// # Gradient
    /// Right also where elements are zero.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].cumulative_product(0)), "i32[4] [1, 2, 6, 24]");
    /// ```
    ///
    /// Nx's `cumulative_product`, NumPy's `cumprod`.
    #[track_caller]
    pub fn cumulative_product(&self, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "cumulative_product", axis, |a, shape| {
                let x = self.aggregate();
                let first = Tensor::iota(DType::I32, shape, a as i32).eq(0);
                x.linear_recurrence(first.select(&x, x.zeros_like()), axis)
            })
        })
    }

    /// At each position the greatest element up to it along `axis`; negative counts from the end. From a NaN on it is NaN.
    ///
    /// # Gradient
    /// Flows to that element, the first of equals.
    ///
    /// # Errors
    /// The axis must exist; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 3, 2, 5].cumulative_max(0)), "i32[4] [1, 3, 3, 5]");
    /// ```
    ///
    /// Nx's `cumulative_max`.
    #[track_caller]
    pub fn cumulative_max(&self, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "cumulative_max", axis, |a, shape| match shape[a] {
                0 => self.clone(),
                _ => self.take_along_axis(self.cumulative_argmax(axis), axis),
            })
        })
    }

    /// At each position the least element up to it along `axis`; negative counts from the end. From a NaN on it is NaN.
    ///
    /// # Gradient
    /// Flows to that element, the first of equals.
    ///
    /// # Errors
    /// The axis must exist; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![4, 2, 3, 1].cumulative_min(0)), "i32[4] [4, 2, 2, 1]");
    /// ```
    ///
    /// Nx's `cumulative_min`.
    #[track_caller]
    pub fn cumulative_min(&self, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "cumulative_min", axis, |a, shape| match shape[a] {
                0 => self.clone(),
                _ => self.take_along_axis(self.cumulative_argmin(axis), axis),
            })
        })
    }
}
