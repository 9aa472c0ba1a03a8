//! Exponential linear units.
use crate::{Tensor, blame, here};

impl Tensor {
    /// `x` above 0, `alpha (e^x - 1)` below. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.0, 0.0, 2.0].elu(1.0)), "f32[3] [-0.63212055, 0.0, 2.0]");
    /// ```
    ///
    /// Clevert, Unterthiner and Hochreiter, 2015.
    #[track_caller]
    pub fn elu(&self, alpha: f64) -> Tensor {
        blame(here(), || exponential(self, alpha, 1.0))
    }

    /// `x` above 0, `alpha (e^(x / alpha) - 1)` below: with a continuous derivative. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-2.0, 3.0].celu(2.0)), "f32[2] [-1.2642411, 3.0]");
    /// ```
    ///
    /// Barron, 2017.
    #[track_caller]
    pub fn celu(&self, alpha: f64) -> Tensor {
        blame(here(), || exponential(self, alpha, 1.0 / alpha))
    }

    /// [`Tensor::elu`] with `alpha` 1.6732632, times 1.0507010, which keep mean 0 and variance 1 from layer to layer.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].selu()), "f32[2] [0.0, 1.050701]");
    /// ```
    ///
    /// Klambauer et al., "Self-normalizing neural networks", 2017.
    #[track_caller]
    pub fn selu(&self) -> Tensor {
        blame(here(), || {
            let y = exponential(self, 1.673_263_242_354_377_2, 1.0);
            let scale = y.number_like(1.050_700_987_355_480_5);
            y * scale
        })
    }
}

/// Below 0, `alpha (e^(rate x) - 1)`. The exponential never sees what is above 0: it would overflow in the derivative.
#[track_caller]
fn exponential(x: &Tensor, alpha: f64, rate: f64) -> Tensor {
    let x = x.to_float();
    let (zero, above) = (x.number_like(0.0), x.gt(x.number_like(0.0)));
    let below = above.select(zero, &x);
    let scaled = if rate == 1.0 {
        below
    } else {
        &below * below.number_like(rate)
    };
    above.select(&x, scaled.exp_m1() * x.number_like(alpha))
}
