//! Inverse hyperbolic cosine of each element, at least 0; NaN below 1.
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
    /// Inverse hyperbolic cosine of each element, at least 0; NaN below 1. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// Infinite at 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 2.0, 0.5].acosh()), "f32[3] [0.0, 1.316958, NaN]");
    /// ```
    #[track_caller]
    pub fn acosh(&self) -> Tensor {
        float_unary::<Acosh>(self)
    }
}

#[derive(Debug, Default)]
struct Acosh;

impl Unary for Acosh {
    const NAME: &'static str = "acosh";
    const FORM: ir::Unary = ir::Unary::Acosh;
    const STABLEHLO: &'static str = "%0 = chlo.acosh {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[1.25, 1.5, 2.0, 7.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::acosh, Real::acosh)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * ((x - 1.0) * (x + 1.0)).rsqrt())
    }
}

pub(crate) const ENTRY: Entry = entry::<Acosh>();
