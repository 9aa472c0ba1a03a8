//! Sine of each element, in radians.
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
    /// Sine of each element, in radians. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].sin()), "f32[2] [0.0, 0.84147096]");
    /// ```
    #[track_caller]
    pub fn sin(&self) -> Tensor {
        float_unary::<Sin>(self)
    }
}

#[derive(Debug, Default)]
struct Sin;

impl Unary for Sin {
    const NAME: &'static str = "sin";
    const FORM: ir::Unary = ir::Unary::Sin;
    const STABLEHLO: &'static str = "sine";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::sin, Real::sin)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * x.cos())
    }
}

pub(crate) const ENTRY: Entry = entry::<Sin>();
