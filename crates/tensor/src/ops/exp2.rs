//! Two to the power of each element; exact for whole numbers.
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
    /// Two to the power of each element; exact for whole numbers. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3.0, 0.5].exp2()), "f32[2] [8.0, 1.4142135]");
    /// ```
    #[track_caller]
    pub fn exp2(&self) -> Tensor {
        float_unary::<Exp2>(self)
    }
}

#[derive(Debug, Default)]
struct Exp2;

impl Unary for Exp2 {
    const NAME: &'static str = "exp2";
    const FORM: ir::Unary = ir::Unary::Exp2;
    const STABLEHLO: &'static str = "%c = stablehlo.constant dense<0.6931471805599453> : {t}\n\
        %p = stablehlo.multiply {x}, %c : {t}\n\
        %0 = stablehlo.exponential %p : {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::exp2, Real::exp2)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * y * std::f64::consts::LN_2)
    }
}

pub(crate) const ENTRY: Entry = entry::<Exp2>();
