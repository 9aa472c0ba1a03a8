//! Scores as probabilities.
use crate::{Axes, Result, Tensor, blame, here, keep};

impl Tensor {
    /// e raised to each element, divided by their sum along `axes`: positive numbers that add up to 1. Large elements do
    /// not overflow. Integers are taken as `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1000.0, 1000.0].softmax(-1)), "f32[2] [0.5, 0.5]");
    /// ```
    #[track_caller]
    pub fn softmax(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || -> Result<Tensor> {
            let powers = shifted(self, &axes)?.exp();
            let sum = powers.sum_axes(keep(axes));
            Ok((powers / sum).narrowed_like(self))
        })
        .into()
    }

    /// The logarithm of [`Tensor::softmax`], which is more accurate than taking it afterwards. Types as there.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, -1000.0].log_softmax(-1)), "f32[2] [0.0, -1000.0]");
    /// ```
    #[track_caller]
    pub fn log_softmax(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || -> Result<Tensor> {
            let x = shifted(self, &axes)?;
            let sum = x.exp().sum_axes(keep(axes));
            Ok((x - sum.log()).narrowed_like(self))
        })
        .into()
    }
}

/// Below or at 0 along `axes`.
fn shifted(x: &Tensor, axes: &Axes) -> Result<Tensor> {
    let x = x.to_wide_float();
    let shift = x.shift(axes)?;
    Ok(x - shift)
}
