//! Tangent of each element, in radians.
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
    /// Tangent of each element, in radians. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].tan()), "f32[2] [0.0, 1.5574077]");
    /// ```
    #[track_caller]
    pub fn tan(&self) -> Tensor {
        float_unary::<Tan>(self)
    }
}

#[derive(Debug, Default)]
struct Tan;

impl Unary for Tan {
    const NAME: &'static str = "tan";
    const FORM: ir::Unary = ir::Unary::Tan;
    const STABLEHLO: &'static str = "tan";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-1.25, 0.0, 0.5, 1.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::tan, Real::tan)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * (y * y + 1.0))
    }
}

pub(crate) const ENTRY: Entry = entry::<Tan>();
