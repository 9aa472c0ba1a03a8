//! Averages with weights.
use crate::{Axes, Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// The sum of the elements times their weights by the sum of the weights, along `axes`, which go away, or stay with
    /// size 1. `..` are all axes.
    ///
    /// # Shapes
    /// The weights broadcast against the tensor.
    ///
    /// # Types
    /// Promoted to a common one. Integers and `bool` are taken as `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice; weights that do not fit.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1.0, 2.0, 4.0].weighted_mean(tensor![3.0, 1.0, 0.0], 0);
    /// assert_eq!(format!("{y:?}"), "f32 1.25");
    /// ```
    ///
    /// Nx's `weighted_mean`, NumPy's `average`.
    #[track_caller]
    pub fn weighted_mean(&self, weights: impl Into<Operand>, axes: impl Into<Axes>) -> Tensor {
        let (weights, axes) = (weights.into(), axes.into());
        blame(here(), || {
            let [x, weights] = promote("weighted_mean", [self.into(), weights]);
            let [wide, w] = [&x, &weights].map(|t| t.to_wide_float());
            let total = w.sum_axes(axes.clone());
            ((wide * w).sum_axes(axes) / total).narrowed_like(&x)
        })
    }
}
