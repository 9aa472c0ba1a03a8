//! Logarithms to any base.
use crate::{Tensor, blame, here};

impl Tensor {
    /// The logarithm of each element to the given base; exact for powers of 2 and of 10 to those bases.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![9.0, 1.0].log_base(3.0)), "f32[2] [2.0, 0.0]");
    /// ```
    #[track_caller]
    pub fn log_base(&self, base: f64) -> Tensor {
        blame(here(), || match base {
            2.0 => self.log2(),
            10.0 => self.log10(),
            _ => self.log() / base.ln(),
        })
    }
}
