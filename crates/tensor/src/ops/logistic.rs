//! Logistic function of each element: `1 / (1 + exp(-x))`.
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
    /// Logistic function of each element: `1 / (1 + exp(-x))`. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 100.0].logistic()), "f32[2] [0.5, 1.0]");
    /// ```
    #[track_caller]
    pub fn logistic(&self) -> Tensor {
        float_unary::<Logistic>(self)
    }
}

#[derive(Debug, Default)]
struct Logistic;

impl Unary for Logistic {
    const NAME: &'static str = "logistic";
    const FORM: ir::Unary = ir::Unary::Logistic;
    const STABLEHLO: &'static str = "logistic";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::logistic, Real::logistic)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * y * (1.0 - y))
    }
}

pub(crate) const ENTRY: Entry = entry::<Logistic>();
