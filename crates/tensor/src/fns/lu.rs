//! Matrices as products of a permutation and two triangles.
use crate::{DType, Result, Tensor, blame, here};

impl Tensor {
    /// `P`, `L` and `U` with `P L U = x`: a permutation of rows, ones on and anything below the diagonal, anything on and
    /// above the diagonal; `k` is the lesser of `m` and `n`. The pivot is the greatest magnitude left in a column.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., m, m], [.., m, k], [.., k, n]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// Where the first `k` columns are linearly dependent, infinite or NaN. None flows through `P`.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (p, l, u) = tensor![[1.0, 3.0], [2.0, 4.0]].lu();
    /// assert_eq!(format!("{p:?}"), "f32[2, 2]\n[\n  [0.0, 1.0],\n  [1.0, 0.0]\n]");
    /// assert_eq!(format!("{l:?}"), "f32[2, 2]\n[\n  [1.0, 0.0],\n  [0.5, 1.0]\n]");
    /// assert_eq!(format!("{u:?}"), "f32[2, 2]\n[\n  [2.0, 4.0],\n  [0.0, 1.0]\n]");
    /// ```
    ///
    /// SciPy's and Nx's `lu`. [`Tensor::lu_packed`] gives less to carry around.
    #[track_caller]
    pub fn lu(&self) -> (Tensor, Tensor, Tensor) {
        let parts = blame(here(), || factors(self));
        parts.unwrap_or_else(|e| [0; 3].map(|_| Tensor::from_error(e.clone())).into())
    }
}

fn factors(x: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let (packed, order) = x.lu_packed();
    let ty = packed.ty()?;
    let [.., m, n] = ty.shape[..] else {
        return Ok((packed.clone(), packed.clone(), packed));
    };
    let k = m.min(n);
    // Column i of P has its one in row order[i].
    let rows = Tensor::iota(DType::I32, [m, m], 0);
    let p = rows.eq(order.as_row()).convert(ty.dtype);
    let l = packed.slice_axis(-1, 0..k).tril(-1) + diagonal(ty.dtype, m, k);
    Ok((p, l, packed.slice_axis(-2, 0..k).triu(0)))
}

/// Ones on the diagonal.
fn diagonal(dtype: DType, m: usize, n: usize) -> Tensor {
    let place = |axis| Tensor::iota(DType::I64, [m, n], axis);
    place(0).eq(place(1)).convert(dtype)
}
