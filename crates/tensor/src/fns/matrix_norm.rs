//! Sizes of matrices.
use crate::{MatrixNorm, Result, Tensor, blame, families::matrices::two_axes, here};

impl Tensor {
    /// A norm of each matrix in the last two axes; [`MatrixNorm`] says which.
    ///
    /// # Shapes
    /// `[.., m, n] -> [..]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// NaN for the Frobenius norm of zeros.
    ///
    /// # Errors
    /// There must be two axes; for a greatest or least, there must be something to choose from.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{MatrixNorm, tensor};
    /// let x = tensor![[3.0, -4.0], [0.0, 0.0]];
    /// assert_eq!(format!("{:?}", x.matrix_norm(MatrixNorm::Nuclear)), "f32 5.0");
    /// assert_eq!(format!("{:?}", x.matrix_norm(MatrixNorm::GreatestRow)), "f32 7.0");
    /// ```
    ///
    /// NumPy's `matrix_norm`, Nx's `norm` of matrices.
    #[track_caller]
    pub fn matrix_norm(&self, norm: MatrixNorm) -> Tensor {
        blame(here(), || measured(self, norm)).into()
    }
}

fn measured(x: &Tensor, norm: MatrixNorm) -> Result<Tensor> {
    if let Err(fault) = two_axes(&x.ty()?) {
        return Ok(Tensor::fault("matrix_norm", fault, &[x]));
    }
    let wide = x.to_wide_float();
    let y = match norm {
        MatrixNorm::Frobenius => wide.norm_axes([-2, -1]),
        MatrixNorm::Nuclear => wide.svdvals().sum_axes(-1),
        MatrixNorm::Spectral => wide.svdvals().max_axes(-1),
        MatrixNorm::LeastSingular => wide.svdvals().min_axes(-1),
        MatrixNorm::GreatestColumn => wide.abs().sum_axes(-2).max_axes(-1),
        MatrixNorm::LeastColumn => wide.abs().sum_axes(-2).min_axes(-1),
        MatrixNorm::GreatestRow => wide.abs().sum_axes(-1).max_axes(-1),
        MatrixNorm::LeastRow => wide.abs().sum_axes(-1).min_axes(-1),
    };
    Ok(y.narrowed_like(x))
}
