//! Logarithm of each element to base 2; exact for powers of two.
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
    /// Logarithm of each element to base 2; exact for powers of two. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![8.0, 0.0, -1.0].log2()), "f32[3] [3.0, -inf, NaN]");
    /// ```
    #[track_caller]
    pub fn log2(&self) -> Tensor {
        float_unary::<Log2>(self)
    }
}

#[derive(Debug, Default)]
struct Log2;

impl Unary for Log2 {
    const NAME: &'static str = "log2";
    const FORM: ir::Unary = ir::Unary::Log2;
    const STABLEHLO: &'static str = "%l = stablehlo.log {x} : {t}\n\
        %c = stablehlo.constant dense<0.6931471805599453> : {t}\n\
        %0 = stablehlo.divide %l, %c : {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[0.25, 0.5, 1.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::log2, Real::log2)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / (x * std::f64::consts::LN_2))
    }
}

pub(crate) const ENTRY: Entry = entry::<Log2>();
