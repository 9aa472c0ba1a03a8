//! Windows over all axes, folded.
use super::pool::{average, extreme, sum};
use crate::{
    Pool, Tensor, blame, here,
    ops::{window_max::WindowMax, window_min::WindowMin},
};

impl Tensor {
    /// The sum of the elements under each window, which moves along all axes. See [`Tensor::sum_pool`].
    ///
    /// # Errors
    /// As [`Tensor::max_pool`], where every axis counts as spatial.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let x = tensor![[1, 2, 3], [4, 5, 6]];
    /// let y = x.window_sum(&Pool::new([2, 1]).stride(1));
    /// assert_eq!(format!("{y:?}"), "i32[1, 3]\n[\n  [5, 7, 9]\n]");
    /// ```
    ///
    /// Nx's, where windows move by single steps if nothing else is said.
    #[track_caller]
    pub fn window_sum(&self, windows: &Pool) -> Tensor {
        let sum = || sum(self, ("window_sum", windows), Pool::on_all).map(|(sum, _)| sum);
        blame(here(), sum).into()
    }

    /// The average of the elements under each window, which moves along all axes. See [`Tensor::avg_pool`].
    ///
    /// # Errors
    /// As [`Tensor::window_sum`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Padding, Pool, tensor};
    /// let moving = Pool::new(3).stride(1).padding(Padding::Same).count_padding(false);
    /// let y = tensor![1.0, 2.0, 6.0, 4.0].window_mean(&moving);
    /// assert_eq!(format!("{y:?}"), "f32[4] [1.5, 3.0, 4.0, 5.0]");
    /// ```
    #[track_caller]
    pub fn window_mean(&self, windows: &Pool) -> Tensor {
        blame(here(), || {
            average(self, ("window_mean", windows), Pool::on_all)
        })
        .into()
    }

    /// The greatest element under each window, which moves along all axes. See [`Tensor::max_pool`].
    ///
    /// # Errors
    /// As [`Tensor::window_sum`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let y = tensor![1, 5, 2, 0, 3].window_max(&Pool::new(2).stride(1));
    /// assert_eq!(format!("{y:?}"), "i32[4] [5, 5, 2, 3]");
    /// ```
    #[track_caller]
    pub fn window_max(&self, windows: &Pool) -> Tensor {
        blame(here(), || {
            extreme::<WindowMax>(self, ("window_max", windows), Pool::on_all)
        })
        .into()
    }

    /// The smallest element under each window, which moves along all axes. See [`Tensor::window_max`].
    ///
    /// # Errors
    /// As [`Tensor::window_sum`].
    #[track_caller]
    pub fn window_min(&self, windows: &Pool) -> Tensor {
        blame(here(), || {
            extreme::<WindowMin>(self, ("window_min", windows), Pool::on_all)
        })
        .into()
    }
}
