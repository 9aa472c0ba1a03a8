//! Hyperbolic tangent of each element.
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
    /// Hyperbolic tangent of each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 100.0, -100.0].tanh()), "f32[3] [0.0, 1.0, -1.0]");
    /// ```
    #[track_caller]
    pub fn tanh(&self) -> Tensor {
        float_unary::<Tanh>(self)
    }
}

#[derive(Debug, Default)]
struct Tanh;

impl Unary for Tanh {
    const NAME: &'static str = "tanh";
    const FORM: ir::Unary = ir::Unary::Tanh;
    const STABLEHLO: &'static str = "tanh";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::tanh, Real::tanh)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * (1.0 + y) * (1.0 - y))
    }
}

pub(crate) const ENTRY: Entry = entry::<Tanh>();
