//! Products of every element with every other.
use crate::{Operand, Result, Tensor, blame, families::operands::common_type, here};

impl Tensor {
    /// The product of every element with every element of `other`, both flattened.
    ///
    /// # Shapes
    /// `n` and `m` elements `-> [n, m]`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1, 2].outer(tensor![10, 20, 30]);
    /// assert_eq!(format!("{y:?}"), "i32[2, 3]\n[\n  [10, 20, 30],\n  [20, 40, 60]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `outer`.
    #[track_caller]
    pub fn outer(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || product(common_type([self.into(), other.into()]))).into()
    }
}

fn product([a, b]: [Tensor; 2]) -> Result<Tensor> {
    let (p, q) = (a.shape()?, b.shape()?);
    Ok(a.reshape([p.size(), 1]) * b.reshape([1, q.size()]))
}
