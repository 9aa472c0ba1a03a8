//! Arc cosine of each element, in radians from 0 to pi; NaN beyond 1.
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
    /// Arc cosine of each element, in radians from 0 to pi; NaN beyond 1. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// Infinite at -1 and 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, -1.0, 2.0].acos()), "f32[3] [0.0, 3.1415927, NaN]");
    /// ```
    #[track_caller]
    pub fn acos(&self) -> Tensor {
        float_unary::<Acos>(self)
    }
}

#[derive(Debug, Default)]
struct Acos;

impl Unary for Acos {
    const NAME: &'static str = "acos";
    const FORM: ir::Unary = ir::Unary::Acos;
    const STABLEHLO: &'static str = "%0 = chlo.acos {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-0.75, 0.0, 0.25, 0.5];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::acos, Real::acos)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(-(d * (1.0 - x * x).rsqrt()))
    }
}

pub(crate) const ENTRY: Entry = entry::<Acos>();
