//! Inverses and powers of matrices.
use crate::{
    Result, Tensor, blame,
    families::matrices::{square, two_axes},
    here,
};

impl Tensor {
    /// The inverse of square matrices. To multiply with it, [`Tensor::solve`] is faster and more accurate.
    ///
    /// # Shapes
    /// `[.., n, n] -> [.., n, n]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square. Of a singular matrix it is infinite or NaN.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1.0, 2.0], [0.0, 4.0]].inv();
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [1.0, -0.5],\n  [0.0, 0.25]\n]");
    /// ```
    ///
    /// NumPy's `inv`, Nx's `invert`.
    #[track_caller]
    pub fn inv(&self) -> Tensor {
        blame(here(), || inverse(self, "inv")).into()
    }

    /// The product of `n` copies of square matrices; of the inverse if `n` is negative, and the identity if it is 0.
    ///
    /// # Shapes
    /// `[.., n, n] -> [.., n, n]`.
    ///
    /// # Types
    /// Those of [`Tensor::matmul`]; of a negative power, those of [`Tensor::inv`].
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 1], [1, 0]].matrix_power(10);
    /// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [89, 55],\n  [55, 34]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `matrix_power`.
    #[track_caller]
    pub fn matrix_power(&self, n: i64) -> Tensor {
        blame(here(), || power(self, n)).into()
    }
}

fn inverse(x: &Tensor, subject: &str) -> Result<Tensor> {
    let ty = x.ty()?;
    match two_axes(&ty).and_then(square) {
        Ok(n) => Ok(x.solve(Tensor::eye(ty.dtype.to_float(), n))),
        Err(fault) => Ok(Tensor::fault(subject, fault, &[x])),
    }
}

fn power(x: &Tensor, n: i64) -> Result<Tensor> {
    let ty = x.ty()?;
    let side = match two_axes(&ty).and_then(square) {
        Ok(side) => side,
        Err(fault) => return Ok(Tensor::fault("matrix_power", fault, &[x])),
    };
    let mut square = if n < 0 {
        inverse(x, "matrix_power")?
    } else {
        x.clone()
    };
    let (mut left, mut y) = (n.unsigned_abs(), None);
    while left > 0 {
        if left & 1 == 1 {
            y = Some(match y {
                Some(y) => square.matmul(y),
                None => square.clone(),
            });
        }
        left >>= 1;
        if left > 0 {
            square = square.matmul(&square);
        }
    }
    Ok(y.unwrap_or_else(|| Tensor::eye(ty.dtype, side).broadcast_to(ty.shape)))
}
