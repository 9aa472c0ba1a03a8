//! Hyperbolic cosine of each element.
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
    /// Hyperbolic cosine of each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].cosh()), "f32[2] [1.0, 1.5430807]");
    /// ```
    #[track_caller]
    pub fn cosh(&self) -> Tensor {
        float_unary::<Cosh>(self)
    }
}

#[derive(Debug, Default)]
struct Cosh;

impl Unary for Cosh {
    const NAME: &'static str = "cosh";
    const FORM: ir::Unary = ir::Unary::Cosh;
    const STABLEHLO: &'static str = "%0 = chlo.cosh {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-1.25, 0.25, 0.5, 2.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::cosh, Real::cosh)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * x.sinh())
    }
}

pub(crate) const ENTRY: Entry = entry::<Cosh>();
