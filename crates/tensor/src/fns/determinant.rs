//! Determinants.
use crate::{
    DType, Result, Tensor, blame,
    families::matrices::{square, two_axes},
    here,
};

impl Tensor {
    /// The determinant of square matrices; that of one without rows is 1.
    ///
    /// Up to three rows it is the sum of products; of larger ones, the product of what elimination leaves.
    ///
    /// # Shapes
    /// `[.., n, n] -> [..]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// Of a singular matrix of more than three rows, infinite or NaN.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].det()), "f32 -2.0");
    /// ```
    ///
    /// NumPy's `det`, Nx's `determinant`.
    #[track_caller]
    pub fn det(&self) -> Tensor {
        blame(here(), || determinant(self)).into()
    }

    /// The sign of the determinant and the logarithm of its magnitude, for matrices whose determinant overflows or vanishes.
    /// Of a singular matrix they are 0 and minus infinity.
    ///
    /// # Shapes
    /// `[.., n, n] -> [..], [..]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// That of the logarithm is the transposed inverse; the sign has none.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (sign, log) = tensor![[0.0, 1.0], [1.0, 0.0]].slogdet();
    /// assert_eq!(format!("{sign:?} {log:?}"), "f32 -1.0 f32 0.0");
    /// ```
    ///
    /// NumPy's `slogdet`.
    #[track_caller]
    pub fn slogdet(&self) -> (Tensor, Tensor) {
        let parts = blame(here(), || -> Result<(Tensor, Tensor)> {
            let ty = self.ty()?;
            if let Err(fault) = two_axes(&ty).and_then(square) {
                let y = Tensor::fault("slogdet", fault, &[self]);
                return Ok((y.clone(), y));
            }
            let (sign, pivots) = eliminated(&self.to_wide_float());
            let sign = sign * pivots.stop_gradient().sign().product_axes(-1);
            let log = pivots.abs().log().sum_axes(-1);
            Ok((sign.narrowed_like(self), log.narrowed_like(self)))
        });
        parts.unwrap_or_else(|e| [0; 2].map(|_| Tensor::from_error(e.clone())).into())
    }
}

fn determinant(x: &Tensor) -> Result<Tensor> {
    let ty = x.ty()?;
    let n = match two_axes(&ty).and_then(square) {
        Ok(n) => n,
        Err(fault) => return Ok(Tensor::fault("det", fault, &[x])),
    };
    let wide = x.to_wide_float();
    let batch = &ty.shape[..ty.rank() - 2];
    let at = |i: usize, j: usize| {
        let element = wide.slice_axis(-2, i..i + 1).slice_axis(-1, j..j + 1);
        element.reshape(batch)
    };
    // Of the rows 1 and 2, without column j.
    let minor = |p: usize, q: usize| at(1, p) * at(2, q) - at(1, q) * at(2, p);
    let y = match n {
        0 => Tensor::ones(wide.dtype()?, batch),
        1 => at(0, 0),
        2 => at(0, 0) * at(1, 1) - at(0, 1) * at(1, 0),
        3 => at(0, 0) * minor(1, 2) - at(0, 1) * minor(0, 2) + at(0, 2) * minor(0, 1),
        _ => {
            let (sign, pivots) = eliminated(&wide);
            sign * pivots.product_axes(-1)
        }
    };
    Ok(y.narrowed_like(x))
}

/// The sign of the exchange of rows, and what is left on the diagonal.
fn eliminated(x: &Tensor) -> (Tensor, Tensor) {
    let (packed, order) = x.lu_packed();
    let turned = order.as_column().gt(order.as_row()).convert(DType::I32);
    let odd = turned.triu(1).sum_axes([-2, -1]) % 2;
    let sign = match x.dtype() {
        Ok(dtype) => (1 - odd * 2).convert(dtype),
        Err(_) => x.clone(),
    };
    (sign, packed.take_diagonal(0))
}
