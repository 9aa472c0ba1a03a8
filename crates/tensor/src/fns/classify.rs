//! Numbers told from infinities and NaN.
use crate::{DType, Tensor, blame, here};

impl Tensor {
    /// Whether each element is neither infinite nor NaN; integers and `bool` always are.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1.0, f32::INFINITY, f32::NAN].is_finite();
    /// assert_eq!(format!("{y:?}"), "bool[3] [true, false, false]");
    /// ```
    #[track_caller]
    pub fn is_finite(&self) -> Tensor {
        // Below infinity: false with a NaN.
        blame(here(), || {
            self.of_floats(true, |x| x.abs().lt(f64::INFINITY))
        })
    }

    /// Whether each element is infinite, of either sign.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1.0, f32::INFINITY, f32::NAN].is_infinite();
    /// assert_eq!(format!("{y:?}"), "bool[3] [false, true, false]");
    /// ```
    #[track_caller]
    pub fn is_infinite(&self) -> Tensor {
        blame(here(), || {
            self.of_floats(false, |x| x.abs().eq(f64::INFINITY))
        })
    }

    /// Whether each element is NaN.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1.0, f32::INFINITY, f32::NAN].is_nan();
    /// assert_eq!(format!("{y:?}"), "bool[3] [false, false, true]");
    /// ```
    #[track_caller]
    pub fn is_nan(&self) -> Tensor {
        blame(here(), || self.of_floats(false, |x| x.ne(x)))
    }

    /// `f` of floats; of anything else one answer.
    #[track_caller]
    fn of_floats(&self, otherwise: bool, f: impl FnOnce(&Tensor) -> Tensor) -> Tensor {
        match self.ty() {
            Ok(ty) if !ty.dtype.is_float() => Tensor::full(DType::Bool, ty.shape, otherwise),
            _ => f(self),
        }
    }
}
