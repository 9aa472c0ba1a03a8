//! What singular values say of a matrix: its rank, its condition.
use crate::{
    DType, Fault, Result, Tensor, blame, families::matrices::two_axes, here,
    ops::pinv::default_tolerance,
};

impl Tensor {
    /// The rank of matrices: how many singular values are greater than the greatest of them times the type's rounding step
    /// and the longer side.
    ///
    /// # Shapes
    /// `[.., m, n] -> [..]`.
    ///
    /// # Types
    /// The result is `i32`.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [2.0, 4.0]].matrix_rank()), "i32 1");
    /// ```
    ///
    /// NumPy's `matrix_rank` of matrices.
    #[track_caller]
    pub fn matrix_rank(&self) -> Tensor {
        blame(here(), || ranked(self, None)).into()
    }

    /// [`Tensor::matrix_rank`], where singular values up to `tolerance` times the greatest count as zeros.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 0.0], [0.0, 0.1]].matrix_rank_within(0.5)), "i32 1");
    /// ```
    #[track_caller]
    pub fn matrix_rank_within(&self, tolerance: f64) -> Tensor {
        blame(here(), || ranked(self, Some(tolerance))).into()
    }

    /// The condition number of matrices: the greatest singular value by the least; infinite if that is 0.
    ///
    /// # Shapes
    /// `[.., m, n] -> [..]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// There must be two axes; the matrices must have elements.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[4.0, 0.0], [0.0, 0.5]].cond()), "f32 8.0");
    /// ```
    ///
    /// NumPy's `cond` with `p=None`.
    #[track_caller]
    pub fn cond(&self) -> Tensor {
        blame(here(), || -> Result<Tensor> {
            let ty = self.ty()?;
            let k = match two_axes(&ty) {
                Ok([m, n]) => m.min(n),
                Err(fault) => return Ok(Tensor::fault("cond", fault, &[self])),
            };
            if k == 0 {
                let fault = Fault::shape("a matrix without elements has no condition number");
                return Ok(Tensor::fault("cond", fault, &[self]));
            }
            let s = self.to_wide_float().svdvals();
            let ends = s.slice_axis(-1, 0..1) / s.slice_axis(-1, k - 1..k);
            let batch = &ty.shape[..ty.rank() - 2];
            Ok(ends.reshape(batch).narrowed_like(self))
        })
        .into()
    }
}

fn ranked(x: &Tensor, tolerance: Option<f64>) -> Result<Tensor> {
    let wide = x.to_wide_float();
    let ty = wide.ty()?;
    if let Err(fault) = two_axes(&ty) {
        return Ok(Tensor::fault("matrix_rank", fault, &[x]));
    }
    let tolerance = tolerance.unwrap_or_else(|| default_tolerance(&ty));
    above(&wide.svdvals(), tolerance)
}

/// How many of the descending values are greater than the first times `tolerance`.
pub(crate) fn above(values: &Tensor, tolerance: f64) -> Result<Tensor> {
    let shape = values.shape()?;
    if shape.last() == Some(&0) {
        return Ok(Tensor::zeros(DType::I32, &shape[..shape.rank() - 1]));
    }
    let least = values.slice_axis(-1, 0..1) * values.number_like(tolerance);
    Ok(values.gt(least).convert(DType::I32).sum_axes(-1))
}
