//! Tensors side by side along a new axis, and apart again.
use crate::{
    Fault, Operand, Result, Tensor, axes::axis_of, blame, concatenate,
    families::operands::as_tensor, here,
};

/// The tensors side by side along a new axis, which becomes axis `axis` of the result; negative counts from the end.
///
/// # Shapes
/// All the same: `n` of `[..]` give `[.., n, ..]`.
///
/// # Types
/// All are promoted to one type.
///
/// # Errors
/// The tensors must have one shape; there must be a tensor; the axis must exist in the result.
///
/// # Example
/// ```
/// # use bouton_tensor::{stack, tensor};
/// let y = stack([tensor![1, 2], tensor![3, 4]], 0);
/// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [1, 2],\n  [3, 4]\n]");
/// ```
///
/// NumPy's and Nx's `stack`.
#[track_caller]
pub fn stack<T: Into<Operand>>(tensors: impl IntoIterator<Item = T>, axis: i32) -> Tensor {
    let place = here();
    let tensors: Vec<Tensor> = tensors.into_iter().map(|t| as_tensor(t.into())).collect();
    blame(place, || side_by_side(&tensors, axis)).into()
}

fn side_by_side(tensors: &[Tensor], axis: i32) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = tensors.iter().collect();
    let shapes = tensors
        .iter()
        .map(Tensor::shape)
        .collect::<Result<Vec<_>>>()?;
    let fault = match shapes.first() {
        None => Fault::shape("there must be at least one input"),
        Some(first) => match shapes.iter().position(|s| s != first) {
            Some(other) => Fault::shape(format!(
                "inputs must have the same shape; input {other} differs"
            )),
            None => match axis_of(i64::from(axis), first.rank() + 1) {
                Ok(_) => return Ok(concatenate(tensors.iter().map(|t| t.new_axis(axis)), axis)),
                Err(fault) => fault,
            },
        },
    };
    Ok(Tensor::fault("stack", fault, &inputs))
}

impl Tensor {
    /// The tensor in `parts` equal pieces along `axis`; negative counts from the end.
    ///
    /// # Errors
    /// The axis must exist; its size must be a multiple of `parts`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let halves = tensor![1, 2, 3, 4].split(2, 0);
    /// assert_eq!(format!("{:?}", halves[1]), "i32[2] [3, 4]");
    /// ```
    ///
    /// NumPy's `split`.
    #[track_caller]
    pub fn split(&self, parts: usize, axis: i32) -> Vec<Tensor> {
        blame(here(), || {
            let pieces = self.shape().map(|shape| {
                let axis = axis_of(i64::from(axis), shape.rank())?;
                match shape[axis].checked_rem(parts) {
                    Some(0) => Ok(vec![shape[axis] / parts; parts]),
                    _ => Err(Fault::shape(format!(
                        "the size of axis {axis} must be a multiple of {parts}; it is {}",
                        shape[axis]
                    ))),
                }
            });
            match pieces {
                Ok(Ok(sizes)) => self.pieces(&sizes, axis),
                Ok(Err(fault)) => vec![Tensor::fault("split", fault, &[self]); parts],
                Err(_) => vec![self.clone(); parts],
            }
        })
    }

    /// The tensor in pieces of the given sizes along `axis`; negative counts from the end.
    ///
    /// # Errors
    /// The axis must exist; the sizes must add up to its size.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let pieces = tensor![1, 2, 3, 4].split_sizes(&[1, 3], 0);
    /// assert_eq!(format!("{:?}", pieces[1]), "i32[3] [2, 3, 4]");
    /// ```
    #[track_caller]
    pub fn split_sizes(&self, sizes: &[usize], axis: i32) -> Vec<Tensor> {
        blame(here(), || {
            let size = self
                .shape()
                .map(|shape| axis_of(i64::from(axis), shape.rank()).map(|a| (a, shape[a])));
            let total = sizes.iter().fold(0usize, |sum, &n| sum.saturating_add(n));
            match size {
                Ok(Ok((_, n))) if n == total => self.pieces(sizes, axis),
                Ok(Ok((a, n))) => {
                    let fault = Fault::shape(format!(
                        "the sizes must add up to the size of axis {a}; {total} is not {n}"
                    ));
                    vec![Tensor::fault("split_sizes", fault, &[self]); sizes.len()]
                }
                Ok(Err(fault)) => vec![Tensor::fault("split_sizes", fault, &[self]); sizes.len()],
                Err(_) => vec![self.clone(); sizes.len()],
            }
        })
    }

    #[track_caller]
    fn pieces(&self, sizes: &[usize], axis: i32) -> Vec<Tensor> {
        let mut start = 0;
        let piece = |&n: &usize| {
            start += n;
            self.slice_axis(axis, start - n..start)
        };
        sizes.iter().map(piece).collect()
    }
}
