//! Elements in order.
use crate::{Result, Tensor, axes::axis_of, blame, here};

impl Tensor {
    /// The elements along `axis` from the least to the greatest; negative counts from the end. NaN comes last.
    ///
    /// # Gradient
    /// Flows back to where the elements came from.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3, 1, 2].sort(0)), "i32[3] [1, 2, 3]");
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: i32) -> Tensor {
        blame(here(), || -> Result<Tensor> {
            match axis_of(i64::from(axis), self.rank()?) {
                Ok(_) => Ok(self.take_along_axis(self.argsort(axis), axis)),
                Err(fault) => Ok(Tensor::fault("sort", fault, &[self])),
            }
        })
        .into()
    }
}
