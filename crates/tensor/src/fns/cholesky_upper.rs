//! The upper Cholesky factor.
use crate::{Tensor, blame, here};

impl Tensor {
    /// The upper triangular `R` with a positive diagonal and `R^T R = x`: the transpose of [`Tensor::cholesky`].
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[4.0, 2.0], [2.0, 10.0]].cholesky_upper();
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [2.0, 1.0],\n  [0.0, 3.0]\n]");
    /// ```
    ///
    /// NumPy's `cholesky` with `upper=True`.
    #[track_caller]
    pub fn cholesky_upper(&self) -> Tensor {
        blame(here(), || self.cholesky().matrix_transpose())
    }
}
