//! Hyperbolic sine of each element.
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
    /// Hyperbolic sine of each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].sinh()), "f32[2] [0.0, 1.1752012]");
    /// ```
    #[track_caller]
    pub fn sinh(&self) -> Tensor {
        float_unary::<Sinh>(self)
    }
}

#[derive(Debug, Default)]
struct Sinh;

impl Unary for Sinh {
    const NAME: &'static str = "sinh";
    const FORM: ir::Unary = ir::Unary::Sinh;
    const STABLEHLO: &'static str = "%0 = chlo.sinh {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-1.25, 0.0, 0.5, 2.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::sinh, Real::sinh)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * x.cosh())
    }
}

pub(crate) const ENTRY: Entry = entry::<Sinh>();
