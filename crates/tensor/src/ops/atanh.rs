//! Inverse hyperbolic tangent of each element; infinite at -1 and 1, NaN beyond.
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
    /// Inverse hyperbolic tangent of each element; infinite at -1 and 1, NaN beyond. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.5, 1.0, 2.0].atanh()), "f32[3] [0.54930615, inf, NaN]");
    /// ```
    #[track_caller]
    pub fn atanh(&self) -> Tensor {
        float_unary::<Atanh>(self)
    }
}

#[derive(Debug, Default)]
struct Atanh;

impl Unary for Atanh {
    const NAME: &'static str = "atanh";
    const FORM: ir::Unary = ir::Unary::Atanh;
    const STABLEHLO: &'static str = "%0 = chlo.atanh {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-0.75, 0.0, 0.25, 0.5];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::atanh, Real::atanh)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / (1.0 - x * x))
    }
}

pub(crate) const ENTRY: Entry = entry::<Atanh>();
