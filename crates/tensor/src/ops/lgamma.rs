//! Logarithm of the magnitude of the gamma function of each element; infinite at 0 and the negative integers.
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
    /// Logarithm of the magnitude of the gamma function of each element; infinite at 0 and the negative integers. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![5.0, 0.5, 0.0].lgamma()), "f32[3] [3.1780539, 0.5723649, inf]");
    /// ```
    #[track_caller]
    pub fn lgamma(&self) -> Tensor {
        float_unary::<Lgamma>(self)
    }
}

#[derive(Debug, Default)]
struct Lgamma;

impl Unary for Lgamma {
    const NAME: &'static str = "lgamma";
    const FORM: ir::Unary = ir::Unary::Lgamma;
    const STABLEHLO: &'static str = "%0 = chlo.lgamma {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-1.25, 0.5, 1.5, 7.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::lgamma, Real::lgamma)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * x.digamma())
    }
}

pub(crate) const ENTRY: Entry = entry::<Lgamma>();
