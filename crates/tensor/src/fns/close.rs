//! Equality but for rounding.
use crate::{Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// Whether elements are equal but for a small difference: at most `1e-8 + 1e-5 |other|`. Equal infinities are close,
    /// NaN is close to nothing.
    ///
    /// # Shapes
    /// Broadcast against each other; the result is `bool`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 2.0].is_close(tensor![1.000001, 2.1])), "bool[2] [true, false]");
    /// ```
    ///
    /// NumPy's `isclose`, with its tolerances.
    #[track_caller]
    pub fn is_close(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || close(self, other, 1e-5, 1e-8))
    }

    /// Whether elements differ by at most `absolute + relative |other|`. See [`Tensor::is_close`].
    #[track_caller]
    pub fn is_close_within(
        &self,
        other: impl Into<Operand>,
        relative: f64,
        absolute: f64,
    ) -> Tensor {
        let other = other.into();
        blame(here(), || close(self, other, relative, absolute))
    }

    /// Whether all elements are close, as [`Tensor::is_close`] has it.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 2.0].all_close(tensor![1.000001, 2.0])), "bool true");
    /// ```
    #[track_caller]
    pub fn all_close(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || close(self, other, 1e-5, 1e-8).all())
    }
}

#[track_caller]
fn close(x: &Tensor, other: Operand, relative: f64, absolute: f64) -> Tensor {
    let [a, b] = promote("is_close", [x.into(), other]).map(|t| t.to_float());
    let allowed = b.abs() * b.number_like(relative) + b.number_like(absolute);
    let near = (&a - &b).abs().le(allowed).and(b.is_finite());
    near.or(a.eq(&b))
}
