//! Error function of each element.
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
    /// Error function of each element. Integers are taken as `f32`.
    ///
    /// `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to `x`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, -10.0].erf()), "f32[2] [0.0, -1.0]");
    /// ```
    #[track_caller]
    pub fn erf(&self) -> Tensor {
        float_unary::<Erf>(self)
    }
}

#[derive(Debug, Default)]
struct Erf;

impl Unary for Erf {
    const NAME: &'static str = "erf";
    const FORM: ir::Unary = ir::Unary::Erf;
    const STABLEHLO: &'static str = "%0 = chlo.erf {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 1.5];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::erf, Real::erf)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(std::f64::consts::FRAC_2_SQRT_PI * d * (-(x * x)).exp())
    }
}

pub(crate) const ENTRY: Entry = entry::<Erf>();
