//! Elements at coordinates.
use crate::{DType, Fault, Operand, Result, Tensor, blame, families::operands::as_tensor, here};

impl Tensor {
    /// The parts at the coordinates in the last axis of `indices`, which name the first axes of the tensor.
    ///
    /// # Shapes
    /// `[n1, .., nk, ..], [.., k] -> [.., ..]`.
    ///
    /// # Types
    /// Indices are integers of any type; one that lies outside its axis is moved to the nearest end.
    ///
    /// # Errors
    /// The indices must be integers, have an axis, and name no more axes than there are; a named axis must not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4]];
    /// assert_eq!(format!("{:?}", x.gather(tensor![[0, 1], [1, 0], [1, 1]])), "i32[3] [2, 3, 4]");
    /// ```
    ///
    /// Nx's `gather`.
    #[track_caller]
    pub fn gather(&self, indices: impl Into<Operand>) -> Tensor {
        let indices = as_tensor(indices.into());
        blame(here(), || pick(self, indices)).into()
    }
}

fn pick(x: &Tensor, indices: Tensor) -> Result<Tensor> {
    let (shape, at) = (x.shape()?, indices.ty()?);
    let fault = |fault| Ok(Tensor::fault("gather", fault, &[x, &indices]));
    let Some(&k) = at.shape.last() else {
        return fault(Fault::shape("the indices must have an axis of coordinates"));
    };
    if !at.dtype.is_integer() {
        return fault(Fault::dtype(format!(
            "the indices must be integers, not {}",
            at.dtype
        )));
    }
    if k > shape.rank() {
        return fault(Fault::shape(format!(
            "the indices name {k} axes; the tensor has {}",
            shape.rank()
        )));
    }
    if let Some(axis) = (0..k).find(|&a| shape[a] == 0).filter(|_| at.size() > 0) {
        return fault(Fault::shape(format!(
            "axis {axis} is empty: there is nothing to take"
        )));
    }
    let last = at.rank() - 1;
    let places = at.shape.without(last);
    // The row number of all named axes together.
    let mut row = Tensor::zeros(DType::I64, &places);
    for axis in 0..k {
        let index = indices
            .slice_axis(last as i32, axis..axis + 1)
            .reshape(&places);
        // An unsigned index beyond i64 must not wrap around.
        let index = if at.dtype == DType::U64 {
            index.minimum(i64::MAX)
        } else {
            index
        };
        let inside = index
            .convert(DType::I64)
            .clamp(0, shape[axis].max(1) as i64 - 1);
        row = row * shape[axis] as i64 + inside;
    }
    let rows: usize = shape[..k].iter().product();
    let rest = shape[k..].iter().copied();
    Ok(
        x.reshape(std::iter::once(rows).chain(rest).collect::<crate::Shape>())
            .take(row, 0),
    )
}
