//! Arc tangent of each element, in radians from -pi/2 to pi/2.
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
    /// Arc tangent of each element, in radians from -pi/2 to pi/2. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].atan()), "f32[2] [0.0, 0.7853982]");
    /// ```
    #[track_caller]
    pub fn atan(&self) -> Tensor {
        float_unary::<Atan>(self)
    }
}

#[derive(Debug, Default)]
struct Atan;

impl Unary for Atan {
    const NAME: &'static str = "atan";
    const FORM: ir::Unary = ir::Unary::Atan;
    const STABLEHLO: &'static str = "%0 = chlo.atan {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::atan, Real::atan)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / (x * x + 1.0))
    }
}

pub(crate) const ENTRY: Entry = entry::<Atan>();
