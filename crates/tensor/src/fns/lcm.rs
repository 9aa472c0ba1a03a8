//! Least common multiples.
use crate::{Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// The least common multiple of the magnitudes; of 0 and anything it is 0.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Integers, promoted to a common type; a number takes the tensor's. What does not fit keeps its low bits.
    ///
    /// # Errors
    /// As [`Tensor::gcd`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![4, -6, 0].lcm(10)), "i32[3] [20, 30, 0]");
    /// ```
    #[track_caller]
    pub fn lcm(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || {
            let [x, y] = promote("lcm", [self.into(), other]).map(|t| t.magnitude());
            // 0 by 1 where both are 0.
            x.quotient(x.gcd(&y).maximum(1)) * y
        })
    }

    /// The magnitude; unsigned numbers are theirs.
    #[track_caller]
    fn magnitude(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if d.is_unsigned_integer() => self.clone(),
            _ => self.abs(),
        }
    }
}
