//! Elements moved around an axis.
use super::on_axis;
use crate::{Fault, Tensor, blame, concatenate, here};

impl Tensor {
    /// The elements moved by `shift` places along `axis`, negative shifts towards the front; what leaves at one end comes
    /// in at the other. A negative axis counts from the end.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].roll(1, 0)), "i32[4] [4, 1, 2, 3]");
    /// ```
    ///
    /// NumPy's `roll`.
    #[track_caller]
    pub fn roll(&self, shift: i64, axis: i32) -> Tensor {
        blame(here(), || {
            on_axis(self, "roll", axis, |a, shape| {
                let n = shape[a];
                match shift.rem_euclid((n as i64).max(1)) as usize {
                    0 => self.clone(),
                    by => {
                        let (front, back) = (
                            self.slice_axis(axis, n - by..n),
                            self.slice_axis(axis, 0..n - by),
                        );
                        concatenate([front, back], axis)
                    }
                }
            })
        })
    }

    /// The first two axes turned by `quarters` quarter turns, from the first axis towards the second.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 2], [3, 4]].rot90(1);
    /// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [2, 4],\n  [1, 3]\n]");
    /// ```
    ///
    /// NumPy's `rot90`.
    #[track_caller]
    pub fn rot90(&self, quarters: i64) -> Tensor {
        blame(here(), || match self.rank() {
            Ok(rank) if rank < 2 => {
                let fault = Fault::shape(format!("there must be two axes, not {rank}"));
                Tensor::fault("rot90", fault, &[self])
            }
            _ => match quarters.rem_euclid(4) {
                1 => self.swap_axes(0, 1).reverse(0),
                2 => self.reverse([0, 1]),
                3 => self.reverse(0).swap_axes(0, 1),
                _ => self.clone(),
            },
        })
    }
}
