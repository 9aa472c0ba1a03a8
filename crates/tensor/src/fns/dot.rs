//! NumPy's dot product.
use crate::{Fault, Operand, Result, Tensor, blame, families::operands::common_type, here};

impl Tensor {
    /// The last axis of this tensor multiplied and summed with the last but one of `other` (with the only one of a
    /// vector). With a scalar on either side, the product.
    ///
    /// # Shapes
    /// `[k], [k] -> []`; `[n, k], [k, m] -> [n, m]`; `[a.., k], [b.., k, m] -> [a.., b.., m]`. With batches,
    /// [`Tensor::matmul`] pairs them up instead.
    ///
    /// # Errors
    /// The contracted axes must have the same size; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3].dot(tensor![4, 5, 6])), "i32 32");
    /// ```
    ///
    /// NumPy's and Nx's `dot`.
    #[track_caller]
    pub fn dot(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || product(common_type([self.into(), other.into()]))).into()
    }
}

fn product([a, b]: [Tensor; 2]) -> Result<Tensor> {
    let (p, q) = (a.shape()?, b.shape()?);
    if p.is_empty() || q.is_empty() {
        return Ok(a * b);
    }
    let (i, j) = (p.rank() - 1, q.rank().max(2) - 2);
    if p[i] != q[j] {
        let rule = format!(
            "contracted axes must have the same size; axis {i} of input 0 has {}, axis {j} of input 1 has {}",
            p[i], q[j]
        );
        return Ok(Tensor::fault("dot", Fault::shape(rule), &[&a, &b]));
    }
    Ok(a.dot_general(b, &[], &[(i, j)]))
}
