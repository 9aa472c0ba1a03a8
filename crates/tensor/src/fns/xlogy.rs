//! Products with logarithms that are zero where the factor is.
use crate::{Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// `x log(y)`, and 0 wherever x is 0 and y is not NaN. Integers are taken as `f32`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Gradient
    /// By x it is 0 where the logarithm is left out.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 2.0].xlogy(tensor![0.0, 1.0])), "f32[2] [0.0, 0.0]");
    /// ```
    ///
    /// SciPy's `xlogy`.
    #[track_caller]
    pub fn xlogy(&self, y: impl Into<Operand>) -> Tensor {
        let y = y.into();
        blame(here(), || {
            let [x, y] = promote("xlogy", [self.into(), y]).map(|t| t.to_float());
            &x * taken(&x, &y, 0.0).select(&y, y.ones_like()).log()
        })
    }

    /// `x log(1 + y)`, and 0 wherever x is 0 and y is not NaN. Integers are taken as `f32`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Gradient
    /// By x it is 0 where the logarithm is left out.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 2.0].xlog1py(tensor![-1.0, 0.0])), "f32[2] [0.0, 0.0]");
    /// ```
    ///
    /// SciPy's `xlog1py`.
    #[track_caller]
    pub fn xlog1py(&self, y: impl Into<Operand>) -> Tensor {
        let y = y.into();
        blame(here(), || {
            let [x, y] = promote("xlog1py", [self.into(), y]).map(|t| t.to_float());
            &x * taken(&x, &y, -1.0).select(&y, y.zeros_like()).log_1p()
        })
    }
}

/// Where the logarithm takes part: all but where x is 0 and it would be infinite, or y outside of its domain, which
/// begins at `least`.
fn taken(x: &Tensor, y: &Tensor, least: f64) -> Tensor {
    let finite = y.gt(least).and(y.lt(f64::INFINITY));
    x.ne(0.0).or(finite).or(y.is_nan())
}
