//! Matrices turned over.
use crate::{Fault, Tensor, blame, here};

impl Tensor {
    /// The last two axes exchanged; the axes before stay.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., n, m]`.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[[1, 2], [3, 4]]].matrix_transpose();
    /// assert_eq!(format!("{y:?}"), "i32[1, 2, 2]\n[\n  [\n    [1, 3],\n    [2, 4]\n  ]\n]");
    /// ```
    ///
    /// NumPy's `matrix_transpose`; [`Tensor::t`] reverses all axes.
    #[track_caller]
    pub fn matrix_transpose(&self) -> Tensor {
        blame(here(), || swapped(self, "matrix_transpose"))
    }

    /// The matrices turned over and conjugated; all numbers here are real and their own conjugates.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., n, m]`.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2]].adjoint()), "i32[2, 1]\n[\n  [1],\n  [2]\n]");
    /// ```
    ///
    /// Nx's `adjoint`.
    #[track_caller]
    pub fn adjoint(&self) -> Tensor {
        blame(here(), || swapped(self, "adjoint"))
    }
}

fn swapped(x: &Tensor, subject: &str) -> Tensor {
    match x.rank() {
        Err(_) => x.clone(),
        Ok(rank @ 0..2) => {
            let fault = Fault::shape(format!("there must be two axes, not {rank}"));
            Tensor::fault(subject, fault, &[x])
        }
        Ok(rank) => x.bring(rank - 1, rank - 2),
    }
}
