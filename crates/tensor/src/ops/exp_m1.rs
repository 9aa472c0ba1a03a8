//! e raised to each element, minus 1, without cancellation near 0.
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
    /// e raised to each element, minus 1, without cancellation near 0. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1e-10].exp_m1()), "f32[2] [0.0, 1e-10]");
    /// ```
    #[track_caller]
    pub fn exp_m1(&self) -> Tensor {
        float_unary::<ExpM1>(self)
    }
}

#[derive(Debug, Default)]
struct ExpM1;

impl Unary for ExpM1 {
    const NAME: &'static str = "exp_m1";
    const FORM: ir::Unary = ir::Unary::ExpM1;
    const STABLEHLO: &'static str = "exponential_minus_one";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::exp_m1, Real::exp_m1)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * (y + 1.0))
    }
}

pub(crate) const ENTRY: Entry = entry::<ExpM1>();
