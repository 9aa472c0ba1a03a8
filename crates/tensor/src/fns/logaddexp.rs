//! Sums of numbers that are given by their logarithms.
use crate::{Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// `log(exp(x) + exp(y))` without overflow. Integers are taken as `f32`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1000.0, f32::NEG_INFINITY].logaddexp(tensor![1000.0, 2.0]);
    /// assert_eq!(format!("{y:?}"), "f32[2] [1000.6932, 2.0]");
    /// ```
    ///
    /// NumPy's `logaddexp`.
    #[track_caller]
    pub fn logaddexp(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || {
            let [x, y] = promote("logaddexp", [self.into(), other]).map(|t| t.to_float());
            // Equal infinities have no difference.
            let distance = x.eq(&y).select(x.zeros_like(), &x - &y).abs();
            x.maximum(&y) + (-distance).exp().log_1p()
        })
    }
}
