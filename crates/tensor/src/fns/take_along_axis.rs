//! Every row picked by its own indices.
use crate::{
    Fault, Operand, Result, Tensor, axes::axis_of, blame, families::operands::as_tensor, here,
    op::apply1, ops::take::Take,
};

impl Tensor {
    /// Along `axis`, the elements at the indices of the same row; a negative axis counts from the end.
    ///
    /// # Shapes
    /// `[.., n, ..], [.., k, ..] -> [.., k, ..]`.
    ///
    /// # Types
    /// Indices are integers of any type; one that lies outside is moved to the nearest end.
    ///
    /// # Errors
    /// Both must agree on every other axis; the axis must exist and not be empty; the indices must be integers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 2], [3, 4]].take_along_axis(tensor![[1], [0]], 1);
    /// assert_eq!(format!("{y:?}"), "i32[2, 1]\n[\n  [2],\n  [3]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `take_along_axis`.
    #[track_caller]
    pub fn take_along_axis(&self, indices: impl Into<Operand>, axis: i32) -> Tensor {
        let indices = as_tensor(indices.into());
        blame(here(), || pick(self, indices, axis)).into()
    }
}

fn pick(x: &Tensor, indices: Tensor, axis: i32) -> Result<Tensor> {
    let (shape, at) = (x.shape()?, indices.shape()?);
    let fault = |fault| Ok(Tensor::fault("take_along_axis", fault, &[x, &indices]));
    let axis = match axis_of(i64::from(axis), shape.rank()) {
        Ok(axis) => axis,
        Err(e) => return fault(e),
    };
    if shape.rank() != at.rank() {
        return fault(Fault::shape(format!(
            "inputs must have the same number of axes; input 1 has {}, input 0 has {}",
            at.rank(),
            shape.rank()
        )));
    }
    if let Some(other) = (0..shape.rank()).find(|&a| a != axis && shape[a] != at[a]) {
        return fault(Fault::shape(format!(
            "inputs must agree on every axis but {axis}; input 1 differs on axis {other}"
        )));
    }
    let last = shape.rank() - 1;
    let (rows, indices) = (x.bring(axis, last), indices.bring(axis, last));
    Ok(apply1(
        Take {
            axis: last,
            batch: last,
        },
        &[&rows, &indices],
    )
    .bring(last, axis))
}
