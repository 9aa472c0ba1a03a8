//! Axes in another order.
use super::on_axis;
use crate::{Axes, Tensor, axes::axis_of, blame, here};

impl Tensor {
    /// The tensor with axis `from` at place `to`, the others in their order; negative ones count from the end.
    ///
    /// # Errors
    /// Both must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, Tensor};
    /// let x = Tensor::zeros(DType::F32, [2, 3, 4]).move_axis(0, -1);
    /// assert_eq!(x.shape()?.to_vec(), [3, 4, 2]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// NumPy's `moveaxis`.
    #[track_caller]
    pub fn move_axis(&self, from: i32, to: i32) -> Tensor {
        blame(here(), || {
            self.reordered("move_axis", from, to, |order, from, to| {
                let axis = order.remove(from);
                order.insert(to, axis);
            })
        })
    }

    /// The tensor with axes `a` and `b` in each other's place; negative ones count from the end.
    ///
    /// # Errors
    /// Both must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, Tensor};
    /// let x = Tensor::zeros(DType::F32, [2, 3, 4]).swap_axes(0, -1);
    /// assert_eq!(x.shape()?.to_vec(), [4, 3, 2]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// NumPy's `swapaxes`.
    #[track_caller]
    pub fn swap_axes(&self, a: i32, b: i32) -> Tensor {
        blame(here(), || {
            self.reordered("swap_axes", a, b, |order, a, b| order.swap(a, b))
        })
    }

    #[track_caller]
    fn reordered(
        &self,
        subject: &str,
        a: i32,
        b: i32,
        change: impl FnOnce(&mut Vec<i32>, usize, usize),
    ) -> Tensor {
        on_axis(self, subject, a, |first, shape| {
            match axis_of(i64::from(b), shape.rank()) {
                Ok(second) => {
                    let mut order: Vec<i32> = (0..shape.rank() as i32).collect();
                    change(&mut order, first, second);
                    self.transpose(order.into_iter().collect::<Axes>())
                }
                Err(fault) => Tensor::fault(subject, fault, &[self]),
            }
        })
    }
}
