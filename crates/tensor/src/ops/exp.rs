//! e raised to each element.
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
    /// e raised to each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].exp()), "f32[2] [1.0, 2.7182817]");
    /// ```
    #[track_caller]
    pub fn exp(&self) -> Tensor {
        float_unary::<Exp>(self)
    }
}

#[derive(Debug, Default)]
struct Exp;

impl Unary for Exp {
    const NAME: &'static str = "exp";
    const FORM: ir::Unary = ir::Unary::Exp;
    const STABLEHLO: &'static str = "exponential";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::exp, Real::exp)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * y)
    }
}

pub(crate) const ENTRY: Entry = entry::<Exp>();
