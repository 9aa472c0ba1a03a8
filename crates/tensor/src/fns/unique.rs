//! Elements without repetitions.
use super::mode::starts;
use crate::{DType, Tensor, blame, here};

impl Tensor {
    /// The first `size` different elements from the least to the greatest, and how often each comes up as `i32`. Shapes
    /// are static, so the number is stated; where there are fewer, the least fills up with a count of 0. All NaN are
    /// one.
    ///
    /// # Shapes
    /// Any `-> [size], [size]`.
    ///
    /// # Errors
    /// There must be an element.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (values, counts) = tensor![3, 1, 3, 3].unique(3);
    /// assert_eq!(format!("{values:?} {counts:?}"), "i32[3] [1, 3, 1] i32[3] [1, 3, 0]");
    /// ```
    ///
    /// JAX's `unique(x, return_counts=True, size=..)`.
    #[track_caller]
    pub fn unique(&self, size: usize) -> (Tensor, Tensor) {
        blame(here(), || {
            let sorted = self.flatten().sort(0);
            let starts = starts(&sorted);
            let run = starts.convert(DType::I32).cumulative_sum(0) - 1;
            // What lies beyond is counted behind the end.
            let bins = Tensor::zeros(DType::I32, [size.saturating_add(1)]);
            let counts = bins
                .scatter_add(&run, run.ones_like(), 0)
                .slice_axis(0, 0..size);
            let first = starts.nonzero(size).swap_remove(0);
            (sorted.take(first, 0), counts)
        })
    }
}
