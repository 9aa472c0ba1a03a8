//! Gaussian error linear units.
use crate::{Tensor, blame, here};

impl Tensor {
    /// `x Φ(x)`, with the distribution function of the normal distribution: `x/2 (1 + erf(x / √2))`. Integers are taken
    /// as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![-1.0, 0.0, 1.0].gelu();
    /// assert!(y.all_close(tensor![-0.15865526, 0.0, 0.8413447]).item()? == 1.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Hendrycks and Gimpel, 2016. PyTorch's default; JAX's with `approximate=False`.
    #[track_caller]
    pub fn gelu(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            let erf = (&x * x.number_like(std::f64::consts::FRAC_1_SQRT_2)).erf();
            &x * x.number_like(0.5) * (erf + x.number_like(1.0))
        })
    }

    /// [`Tensor::gelu`] by a formula with tanh, as GPT-2 has it: `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![-1.0, 0.0, 1.0].gelu_tanh();
    /// assert!(y.all_close(tensor![-0.15880801, 0.0, 0.841192]).item()? == 1.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// JAX's `gelu` with `approximate=True`, PyTorch's with `approximate="tanh"`.
    #[track_caller]
    pub fn gelu_tanh(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            let number = |value| x.number_like(value);
            let inner = (&x + &x * &x * &x * number(0.044715))
                * number((2.0 / std::f64::consts::PI).sqrt());
            &x * number(0.5) * (inner.tanh() + number(1.0))
        })
    }
}
