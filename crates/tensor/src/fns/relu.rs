//! Rectified linear units.
use crate::{Tensor, blame, here};

impl Tensor {
    /// `x` above 0, else 0; NaN stays.
    ///
    /// # Gradient
    /// 0 at 0.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.0, 0.5, 2.0].relu()), "f32[3] [0.0, 0.5, 2.0]");
    /// ```
    #[track_caller]
    pub fn relu(&self) -> Tensor {
        blame(here(), || {
            let zero = self.number_like(0.0);
            self.le(&zero).select(zero, self)
        })
    }

    /// [`Tensor::relu`], at most 6.
    ///
    /// # Gradient
    /// 0 at 0 and at 6.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.0, 0.5, 8.0].relu6()), "f32[3] [0.0, 0.5, 6.0]");
    /// ```
    #[track_caller]
    pub fn relu6(&self) -> Tensor {
        blame(here(), || {
            let six = self.number_like(6.0);
            self.ge(&six).select(six, self.relu())
        })
    }

    /// `x` from 0 on, `slope x` below. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// 1 at 0.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.0, 2.0].leaky_relu(0.5)), "f32[2] [-0.5, 2.0]");
    /// ```
    #[track_caller]
    pub fn leaky_relu(&self, slope: f64) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            x.lt(x.number_like(0.0))
                .select(&x * x.number_like(slope), &x)
        })
    }
}
