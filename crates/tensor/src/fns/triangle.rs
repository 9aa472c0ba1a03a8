//! Halves of matrices.
use crate::{DType, Fault, Result, Tensor, blame, here};

impl Tensor {
    /// The last two axes with zeros above diagonal `k`: 0 is the main one, positive ones lie above it.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 2], [3, 4]].tril(0);
    /// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [1, 0],\n  [3, 4]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `tril`.
    #[track_caller]
    pub fn tril(&self, k: i64) -> Tensor {
        blame(here(), || {
            half(self, "tril", |row, column| column.le(row + k))
        })
        .into()
    }

    /// The last two axes with zeros below diagonal `k`: 0 is the main one, positive ones lie above it.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 2], [3, 4]].triu(1);
    /// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [0, 2],\n  [0, 0]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `triu`.
    #[track_caller]
    pub fn triu(&self, k: i64) -> Tensor {
        blame(here(), || {
            half(self, "triu", |row, column| column.ge(row + k))
        })
        .into()
    }
}

fn half(x: &Tensor, subject: &str, kept: impl Fn(Tensor, Tensor) -> Tensor) -> Result<Tensor> {
    let shape = x.shape()?;
    let [.., rows, columns] = shape[..] else {
        return Ok(Tensor::fault(
            subject,
            Fault::shape(format!("there must be two axes, not {}", shape.rank())),
            &[x],
        ));
    };
    let place = |axis| Tensor::iota(DType::I64, [rows, columns], axis);
    Ok(kept(place(0), place(1))
        .broadcast_to(shape)
        .select(x, x.zeros_like()))
}
