//! Square root of each element.
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
    /// Square root of each element. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// Infinite at 0.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![4.0, 2.0, -1.0].sqrt()), "f32[3] [2.0, 1.4142135, NaN]");
    /// ```
    #[track_caller]
    pub fn sqrt(&self) -> Tensor {
        float_unary::<Sqrt>(self)
    }
}

#[derive(Debug, Default)]
struct Sqrt;

impl Unary for Sqrt {
    const NAME: &'static str = "sqrt";
    const FORM: ir::Unary = ir::Unary::Sqrt;
    const STABLEHLO: &'static str = "sqrt";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[0.25, 0.5, 1.0, 4.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::sqrt, Real::sqrt)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(0.5 * d / y)
    }
}

pub(crate) const ENTRY: Entry = entry::<Sqrt>();
