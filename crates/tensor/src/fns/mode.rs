//! The most frequent elements.
use super::on_axis;
use crate::{DType, Fault, Tensor, blame, here};

impl Tensor {
    /// The element that comes up most often along `axis`, which goes away; of several the least. NaN counts as one
    /// element, behind all others.
    ///
    /// # Gradient
    /// Flows back to one of those elements.
    ///
    /// # Errors
    /// The axis must exist and not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3, 1, 3, 2, 1].mode(0)), "i32 1");
    /// ```
    ///
    /// Nx's `mode`.
    #[track_caller]
    pub fn mode(&self, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "mode", axis, |axis, shape| {
                let last = shape.rank() - 1;
                if shape[axis] == 0 {
                    let rule = format!("axis {axis} is empty: there is nothing to choose from");
                    return Tensor::fault("mode", Fault::shape(rule), &[self]);
                }
                let sorted = self.bring(axis, last).sort(-1);
                let place = Tensor::iota(DType::I32, [shape[axis]], 0);
                // Where each run of equals begins, told to all of the run.
                let begins = starts(&sorted).select(&place, 0).cumulative_max(-1);
                let longest = (place - begins).argmax_axis(crate::keep(-1));
                sorted.take_along_axis(longest, -1).squeeze_axes(-1)
            })
        })
    }
}

/// Whether each element along the last axis differs from the one before; the first does.
pub(super) fn starts(sorted: &Tensor) -> Tensor {
    let number = sorted.eq(sorted);
    let before = sorted.roll(1, -1);
    let differs = sorted.ne(&before).and(number.or(number.roll(1, -1)));
    let first = match sorted.shape() {
        Ok(shape) => Tensor::iota(DType::I32, [shape.last().copied().unwrap_or(1)], 0).eq(0),
        Err(e) => Tensor::from_error(e),
    };
    differs.or(first)
}
