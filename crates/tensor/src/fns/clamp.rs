//! Elements kept between two bounds.
use crate::{Operand, Tensor, blame, here};

impl Tensor {
    /// Each element, or the nearest of the two bounds; NaN stays. With `low` above `high`, it is `high`.
    ///
    /// # Shapes
    /// The bounds broadcast against the tensor, as in [`Tensor::maximum`].
    ///
    /// # Gradient
    /// Zero outside; half on a bound.
    ///
    /// # Errors
    /// As [`Tensor::maximum`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-2.0, 0.5, 3.0].clamp(0.0, 1.0)), "f32[3] [0.0, 0.5, 1.0]");
    /// ```
    #[track_caller]
    pub fn clamp(&self, low: impl Into<Operand>, high: impl Into<Operand>) -> Tensor {
        blame(here(), || self.maximum(low).minimum(high))
    }
}
