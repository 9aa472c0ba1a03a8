//! How far elements lie from their average.
use super::mean::{all, average, counted};
use crate::{Axes, Result, Tensor, blame, here, keep};

impl Tensor {
    /// The average squared distance from the average of all elements: the sum divided by `n - ddof`, where `ddof` is 0
    /// for a whole population and 1 for a sample of one.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![1.0, 2.0, 3.0, 4.0];
    /// assert_eq!(format!("{:?} {:?}", x.variance(0), x.variance(1)), "f32 1.25 f32 1.6666666");
    /// ```
    #[track_caller]
    pub fn variance(&self, ddof: usize) -> Tensor {
        blame(here(), || {
            Ok::<_, crate::Error>(squared(self, all(self)?, ddof, "variance")?.narrowed_like(self))
        })
        .into()
    }

    /// [`Tensor::variance`] along the given axes, which go away, or stay with size 1: `x.variance_axes(keep(-1), 0)`.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    #[track_caller]
    pub fn variance_axes(&self, axes: impl Into<Axes>, ddof: usize) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            Ok::<_, crate::Error>(squared(self, axes, ddof, "variance")?.narrowed_like(self))
        })
        .into()
    }

    /// The square root of [`Tensor::variance`].
    ///
    /// # Gradient
    /// NaN where all elements are equal.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 3.0].standard_deviation(0)), "f32 1.0");
    /// ```
    #[track_caller]
    pub fn standard_deviation(&self, ddof: usize) -> Tensor {
        blame(here(), || {
            Ok::<_, crate::Error>(
                squared(self, all(self)?, ddof, "standard_deviation")?
                    .sqrt()
                    .narrowed_like(self),
            )
        })
        .into()
    }

    /// [`Tensor::standard_deviation`] along the given axes, which go away, or stay with size 1.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    #[track_caller]
    pub fn standard_deviation_axes(&self, axes: impl Into<Axes>, ddof: usize) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            Ok::<_, crate::Error>(
                squared(self, axes, ddof, "standard_deviation")?
                    .sqrt()
                    .narrowed_like(self),
            )
        })
        .into()
    }
}

fn squared(x: &Tensor, axes: Axes, ddof: usize, subject: &str) -> Result<Tensor> {
    let n = match counted(x, &axes)? {
        Ok(n) => n,
        Err(fault) => return Ok(Tensor::fault(subject, fault, &[x])),
    };
    let distance = x.to_wide_float() - average(x, keep(axes.clone()))?;
    let sum = (&distance * &distance).sum_axes(axes);
    let n = sum.number_like(n.saturating_sub(ddof) as f64);
    Ok(sum / n)
}
