//! Identity matrices.
use crate::{DType, Tensor, blame, here};

impl Tensor {
    /// Ones on the diagonal, zeros elsewhere: `[n, n]`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, Tensor};
    /// assert_eq!(format!("{:?}", Tensor::eye(DType::I32, 2)), "i32[2, 2]\n[\n  [1, 0],\n  [0, 1]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `eye`.
    #[track_caller]
    pub fn eye(dtype: DType, n: usize) -> Tensor {
        blame(here(), || {
            Tensor::iota(DType::I64, [n, n], 0)
                .eq(Tensor::iota(DType::I64, [n, n], 1))
                .convert(dtype)
        })
    }
}
