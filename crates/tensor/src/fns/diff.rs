//! Differences of neighbours.
use super::on_axis;
use crate::{DType, Tensor, blame, here};

impl Tensor {
    /// The differences of neighbours along `axis`, `order` times over; negative axes count from the end. Of `bool` it is
    /// whether neighbours differ.
    ///
    /// # Shapes
    /// `[.., n, ..] -> [.., n - order, ..]`, at least 0.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 4, 9, 16].diff(1, 0)), "i32[3] [3, 5, 7]");
    /// assert_eq!(format!("{:?}", tensor![1, 4, 9, 16].diff(2, 0)), "i32[2] [2, 2]");
    /// ```
    ///
    /// NumPy's and Nx's `diff`.
    #[track_caller]
    pub fn diff(&self, order: usize, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "diff", axis, |a, shape| {
                let mut x = self.clone();
                for n in (0..shape[a]).rev().take(order) {
                    let (next, last) = (x.slice_axis(axis, 1..n + 1), x.slice_axis(axis, 0..n));
                    x = match x.dtype() {
                        Ok(DType::Bool) => next.xor(last),
                        _ => next - last,
                    };
                }
                x
            })
        })
    }
}
