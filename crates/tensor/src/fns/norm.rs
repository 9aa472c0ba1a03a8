//! Lengths of vectors.
use crate::{Axes, Tensor, blame, here};

impl Tensor {
    /// The square root of the sum of the squares of all elements.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// NaN where all elements are 0.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3.0, 4.0].norm()), "f32 5.0");
    /// ```
    #[track_caller]
    pub fn norm(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_wide_float();
            (&x * &x).sum().sqrt().narrowed_like(self)
        })
    }

    /// [`Tensor::norm`] along the given axes, which go away, or stay with size 1: `x.norm_axes(keep(-1))`.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    #[track_caller]
    pub fn norm_axes(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            let x = self.to_wide_float();
            (&x * &x).sum_axes(axes).sqrt().narrowed_like(self)
        })
    }
}
