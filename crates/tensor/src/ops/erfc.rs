//! Complementary error function 1 - erf of each element, without cancellation.
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
    /// Complementary error function 1 - erf of each element, without cancellation. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].erfc()), "f32[2] [1.0, 0.1572992]");
    /// ```
    #[track_caller]
    pub fn erfc(&self) -> Tensor {
        float_unary::<Erfc>(self)
    }
}

#[derive(Debug, Default)]
struct Erfc;

impl Unary for Erfc {
    const NAME: &'static str = "erfc";
    const FORM: ir::Unary = ir::Unary::Erfc;
    const STABLEHLO: &'static str = "%0 = chlo.erfc {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 1.5];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::erfc, Real::erfc)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(-std::f64::consts::FRAC_2_SQRT_PI * d * (-(x * x)).exp())
    }
}

pub(crate) const ENTRY: Entry = entry::<Erfc>();
