//! The logistic function and its kin.
use crate::{Tensor, blame, here};

impl Tensor {
    /// `1 / (1 + e^-x)`: the neural networks' name for [`Tensor::logistic`]. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1e9].sigmoid()), "f32[2] [0.5, 1.0]");
    /// ```
    #[track_caller]
    pub fn sigmoid(&self) -> Tensor {
        self.logistic()
    }

    /// The logarithm of [`Tensor::sigmoid`], which does not overflow. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, -1000.0].log_sigmoid()), "f32[2] [-0.6931472, -1000.0]");
    /// ```
    #[track_caller]
    pub fn log_sigmoid(&self) -> Tensor {
        blame(here(), || -(-self.to_float()).softplus())
    }

    /// `ln(1 + e^x)`, which does not overflow: a smooth [`Tensor::relu`]. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1000.0].softplus()), "f32[2] [0.6931472, 1000.0]");
    /// ```
    #[track_caller]
    pub fn softplus(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            x.maximum(x.number_like(0.0)) + (-x.abs()).exp().log_1p()
        })
    }

    /// `x / 6 + 1/2`, kept within 0 and 1. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-4.0, 0.0, 1.5].hard_sigmoid()), "f32[3] [0.0, 0.5, 0.75]");
    /// ```
    ///
    /// Howard et al., "Searching for MobileNetV3", 2019. PyTorch's `hardsigmoid`.
    #[track_caller]
    pub fn hard_sigmoid(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            (&x + x.number_like(3.0)).relu6() / x.number_like(6.0)
        })
    }

    /// `x`, kept within -1 and 1.
    ///
    /// # Gradient
    /// Half on a bound, as that of [`Tensor::clamp`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-4.0, 0.5, 2.0].hard_tanh()), "f32[3] [-1.0, 0.5, 1.0]");
    /// ```
    #[track_caller]
    pub fn hard_tanh(&self) -> Tensor {
        blame(here(), || {
            self.clamp(self.number_like(-1.0), self.number_like(1.0))
        })
    }

    /// `x / (1 + |x|)`. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.0, 3.0].softsign()), "f32[2] [-0.5, 0.75]");
    /// ```
    #[track_caller]
    pub fn softsign(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            &x / (x.abs() + x.number_like(1.0))
        })
    }
}
