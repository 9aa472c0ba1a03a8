//! Derivative of the logarithm of the gamma function at each element; NaN at the negative integers.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map_floats,
        unary::{Unary, entry, float_unary},
    },
};
use bouton_array::math::Real;
use bouton_ir as ir;

impl Tensor {
    /// Derivative of [`Tensor::lgamma`] at each element; NaN at the negative integers. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 10.0].digamma()), "f32[2] [-0.5772157, 2.2517526]");
    /// ```
    #[track_caller]
    pub fn digamma(&self) -> Tensor {
        float_unary::<Digamma>(self)
    }
}

#[derive(Debug, Default)]
struct Digamma;

impl Unary for Digamma {
    const NAME: &'static str = "digamma";
    const FORM: ir::Unary = ir::Unary::Digamma;
    const STABLEHLO: &'static str = "%0 = chlo.digamma {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-1.25, 0.5, 1.5, 7.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::digamma, Real::digamma)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * x.polygamma(1))
    }
}

pub(crate) const ENTRY: Entry = entry::<Digamma>();
