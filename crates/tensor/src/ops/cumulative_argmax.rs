//! Where the greatest element so far is.
use crate::{
    Entry, Tensor,
    axes::axis_in,
    families::cumulative::{Cumulative, cumulative_arg, entry},
    ops::argmax::Argmax,
};

impl Tensor {
    /// At each position the index of the greatest element up to it along `axis`, as `i32`; negative counts from the end.
    /// A NaN is preferred to every number, and the first of equals to the rest.
    ///
    /// # Gradient
    /// None: indices do not vary.
    ///
    /// # Errors
    /// The axis must exist; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 3, 2, 5].cumulative_argmax(0)), "i32[4] [0, 1, 1, 3]");
    /// ```
    #[track_caller]
    pub fn cumulative_argmax(&self, axis: i32) -> Tensor {
        match axis_in(self, "cumulative_argmax", axis) {
            Ok(axis) => cumulative_arg::<Argmax>(self, axis),
            Err(e) => e,
        }
    }
}

impl Cumulative for Argmax {
    const CUMULATIVE: &'static str = "cumulative_argmax";
}

pub(crate) const ENTRY: Entry = entry::<Argmax>();
