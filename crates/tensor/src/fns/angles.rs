//! Angles in degrees and in radians, and the sine of an angle by the angle.
use crate::{Tensor, blame, here};
use std::f64::consts::PI;

impl Tensor {
    /// Radians in degrees. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, std::f64::consts::PI].to_degrees()), "f32[2] [0.0, 180.0]");
    /// ```
    #[track_caller]
    pub fn to_degrees(&self) -> Tensor {
        blame(here(), || self * (180.0 / PI))
    }

    /// Degrees in radians. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 180.0].to_radians()), "f32[2] [0.0, 3.1415927]");
    /// ```
    #[track_caller]
    pub fn to_radians(&self) -> Tensor {
        blame(here(), || self * (PI / 180.0))
    }

    /// `sin(pi x) / (pi x)`, and 1 at 0. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// Right up to the fifth order at 0 too.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 0.5].sinc()), "f32[2] [1.0, 0.63661975]");
    /// ```
    ///
    /// NumPy's `sinc`.
    #[track_caller]
    pub fn sinc(&self) -> Tensor {
        blame(here(), || {
            let angle = self.to_float() * PI;
            let zero = angle.eq(0.0);
            let other = zero.select(angle.ones_like(), &angle);
            // The series at 0, which is 1 there, has the derivatives.
            let square = &angle * &angle;
            let series = &square * (&square / 120.0 - 1.0 / 6.0) + 1.0;
            zero.select(series, other.sin() / &other)
        })
    }
}
