//! Squares and reciprocals.
use crate::{Tensor, blame, here};

impl Tensor {
    /// Each element times itself.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.5, -2.0].square()), "f32[2] [2.25, 4.0]");
    /// ```
    #[track_caller]
    pub fn square(&self) -> Tensor {
        blame(here(), || self * self)
    }

    /// 1 divided by each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![2.0, -0.5].reciprocal()), "f32[2] [0.5, -2.0]");
    /// ```
    #[track_caller]
    pub fn reciprocal(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            x.number_like(1.0) / x
        })
    }
}
