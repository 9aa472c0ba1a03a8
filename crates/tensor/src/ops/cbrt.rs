//! Cube root of each element.
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
    /// Cube root of each element. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// Infinite at 0.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![8.0, -27.0].cbrt()), "f32[2] [2.0, -3.0]");
    /// ```
    #[track_caller]
    pub fn cbrt(&self) -> Tensor {
        float_unary::<Cbrt>(self)
    }
}

#[derive(Debug, Default)]
struct Cbrt;

impl Unary for Cbrt {
    const NAME: &'static str = "cbrt";
    const FORM: ir::Unary = ir::Unary::Cbrt;
    const STABLEHLO: &'static str = "cbrt";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.125, 0.5, 8.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::cbrt, Real::cbrt)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / (3.0 * y * y))
    }
}

pub(crate) const ENTRY: Entry = entry::<Cbrt>();
