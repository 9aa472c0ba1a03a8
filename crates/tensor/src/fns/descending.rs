//! Elements from the greatest down.
use super::on_axis;
use crate::{DType, Tensor, blame, here};

impl Tensor {
    /// The elements along `axis` from the greatest to the least; negative counts from the end. NaN comes first.
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
    /// assert_eq!(format!("{:?}", tensor![3, 1, 2].sort_descending(0)), "i32[3] [3, 2, 1]");
    /// ```
    #[track_caller]
    pub fn sort_descending(&self, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "sort_descending", axis, |_, _| {
                self.sort(axis).reverse(axis)
            })
        })
    }

    /// The indices that sort each row along `axis` from the greatest to the least, as `i32`; negative counts from the
    /// end. NaN comes first; equals stay in order.
    ///
    /// # Gradient
    /// None: indices do not vary.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 3, 2, 3].argsort_descending(0)), "i32[4] [1, 3, 2, 0]");
    /// ```
    #[track_caller]
    pub fn argsort_descending(&self, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "argsort_descending", axis, |a, shape| {
                // Of the reversed row, so that equals come out in their order when the result is reversed.
                let last = Tensor::full(DType::I32, [], shape[a] as f64 - 1.0);
                last - self.reverse(axis).argsort(axis).reverse(axis)
            })
        })
    }
}
