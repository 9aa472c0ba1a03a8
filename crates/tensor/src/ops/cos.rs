//! Cosine of each element, in radians.
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
    /// Cosine of each element, in radians. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].cos()), "f32[2] [1.0, 0.5403023]");
    /// ```
    #[track_caller]
    pub fn cos(&self) -> Tensor {
        float_unary::<Cos>(self)
    }
}

#[derive(Debug, Default)]
struct Cos;

impl Unary for Cos {
    const NAME: &'static str = "cos";
    const FORM: ir::Unary = ir::Unary::Cos;
    const STABLEHLO: &'static str = "cosine";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::cos, Real::cos)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(-(d * x.sin()))
    }
}

pub(crate) const ENTRY: Entry = entry::<Cos>();
