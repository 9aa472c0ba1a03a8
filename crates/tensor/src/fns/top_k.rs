//! The greatest elements.
use crate::{Fault, Result, Tensor, blame, here};

impl Tensor {
    /// The `k` greatest elements along the last axis, from the greatest down, and their indices as `i32`. NaN is above all;
    /// of equals, the first comes first.
    ///
    /// # Shapes
    /// `[.., n] -> [.., k], [.., k]`.
    ///
    /// # Errors
    /// There must be an axis, and `k` elements on it.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (values, indices) = tensor![1.0, 9.0, 3.0].top_k(2);
    /// assert_eq!(format!("{values:?} {indices:?}"), "f32[2] [9.0, 3.0] i32[2] [1, 2]");
    /// ```
    ///
    /// JAX's and Nx's `top_k`.
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Tensor, Tensor) {
        blame(here(), || {
            let indices: Tensor = greatest(self, k).into();
            match indices.error() {
                Some(e) => (Tensor::from_error(e.clone()), indices),
                None => (self.take_along_axis(&indices, -1), indices),
            }
        })
    }
}

fn greatest(x: &Tensor, k: usize) -> Result<Tensor> {
    let shape = x.shape()?;
    let fault = |rule| Ok(Tensor::fault("top_k", Fault::shape(rule), &[x]));
    match shape.last() {
        None => fault("there must be an axis to choose from".to_string()),
        Some(&n) if k > n => fault(format!("the last axis has {n} elements, fewer than {k}")),
        Some(_) => Ok(x.argsort_descending(-1).slice_axis(-1, 0..k)),
    }
}
