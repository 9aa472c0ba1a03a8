//! Where the least element so far is.
use crate::{
    Entry, Tensor,
    axes::axis_in,
    families::cumulative::{Cumulative, cumulative_arg, entry},
    ops::argmin::Argmin,
};

impl Tensor {
    /// At each position the index of the least element up to it along `axis`, as `i32`; negative counts from the end.
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
    /// assert_eq!(format!("{:?}", tensor![4, 2, 3, 1].cumulative_argmin(0)), "i32[4] [0, 1, 1, 3]");
    /// ```
    #[track_caller]
    pub fn cumulative_argmin(&self, axis: i32) -> Tensor {
        match axis_in(self, "cumulative_argmin", axis) {
            Ok(axis) => cumulative_arg::<Argmin>(self, axis),
            Err(e) => e,
        }
    }
}

impl Cumulative for Argmin {
    const CUMULATIVE: &'static str = "cumulative_argmin";
}

pub(crate) const ENTRY: Entry = entry::<Argmin>();
