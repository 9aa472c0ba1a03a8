//! Linear units weighted by a sigmoid.
use crate::{Tensor, blame, here};

impl Tensor {
    /// `x sigmoid(x)`, also called swish. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![0.0, 1.0].silu();
    /// assert!(y.all_close(tensor![0.0, 0.7310586]).item()? == 1.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Elfwing, Uchibe and Doya, 2017.
    #[track_caller]
    pub fn silu(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            &x * x.sigmoid()
        })
    }

    /// `x` times [`Tensor::hard_sigmoid`], also called hard swish. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-4.0, 0.0, 4.0].hard_silu()), "f32[3] [-0.0, 0.0, 4.0]");
    /// ```
    #[track_caller]
    pub fn hard_silu(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            &x * x.hard_sigmoid()
        })
    }

    /// `x tanh(softplus(x))`. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![0.0, 1.0].mish();
    /// assert!(y.all_close(tensor![0.0, 0.8650984]).item()? == 1.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Misra, 2019.
    #[track_caller]
    pub fn mish(&self) -> Tensor {
        blame(here(), || {
            let x = self.to_float();
            &x * x.softplus().tanh()
        })
    }
}
