//! Logarithm of each element to base 10; exact for powers of ten.
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
    /// Logarithm of each element to base 10; exact for powers of ten. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1000.0, 0.0, -1.0].log10()), "f32[3] [3.0, -inf, NaN]");
    /// ```
    #[track_caller]
    pub fn log10(&self) -> Tensor {
        float_unary::<Log10>(self)
    }
}

#[derive(Debug, Default)]
struct Log10;

impl Unary for Log10 {
    const NAME: &'static str = "log10";
    const FORM: ir::Unary = ir::Unary::Log10;
    const STABLEHLO: &'static str = "%l = stablehlo.log {x} : {t}\n\
        %c = stablehlo.constant dense<2.302585092994046> : {t}\n\
        %0 = stablehlo.divide %l, %c : {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[0.25, 0.5, 1.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::log10, Real::log10)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / (x * std::f64::consts::LN_10))
    }
}

pub(crate) const ENTRY: Entry = entry::<Log10>();
