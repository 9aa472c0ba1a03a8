//! The logarithm of sums of exponentials.
use crate::{Axes, Result, Tensor, blame, here, keep};

impl Tensor {
    /// The logarithm of the sum of e raised to the elements along the given axes, which go away, or stay with size 1:
    /// `x.logsumexp(keep(-1))`. Large elements do not overflow. Integers are taken as `f32`;
    /// halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1000.0, 1000.0].logsumexp(0)), "f32 1000.6932");
    /// ```
    ///
    /// SciPy's and Nx's `logsumexp`.
    #[track_caller]
    pub fn logsumexp(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || log_of_sum(self, axes)).into()
    }

    /// The greatest element along `axes`, which stay with size 1, constant to differentiation; 0 if there is none.
    ///
    /// Taking it away before an exponential changes no derivative and keeps the exponential from overflowing.
    pub(crate) fn shift(&self, axes: &Axes) -> Result<Tensor> {
        let shape = self.shape()?;
        match axes.resolve(shape.rank()) {
            Ok(axes) if axes.iter().any(|&a| shape[a] == 0) => Ok(self.number_like(0.0)),
            _ => Ok(self.stop_gradient().max_axes(keep(axes.clone()))),
        }
    }
}

fn log_of_sum(x: &Tensor, axes: Axes) -> Result<Tensor> {
    let (narrow, x) = (x, x.to_wide_float());
    let shift = x.shift(&axes)?;
    // An infinite shift would give inf - inf.
    let shift = shift.is_finite().select(&shift, shift.zeros_like());
    let sum = (&x - &shift).exp().sum_axes(axes);
    let shape = sum.shape()?;
    let shift = if shift.shape()?.size() == shape.size() {
        shift.reshape(shape)
    } else {
        shift
    };
    Ok((sum.log() + shift).narrowed_like(narrow))
}
