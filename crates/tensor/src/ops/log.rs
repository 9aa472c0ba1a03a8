//! Natural logarithm of each element.
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
    /// Natural logarithm of each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 10.0, 0.0, -1.0].log()), "f32[4] [0.0, 2.3025851, -inf, NaN]");
    /// ```
    #[track_caller]
    pub fn log(&self) -> Tensor {
        float_unary::<Log>(self)
    }
}

#[derive(Debug, Default)]
struct Log;

impl Unary for Log {
    const NAME: &'static str = "log";
    const FORM: ir::Unary = ir::Unary::Log;
    const STABLEHLO: &'static str = "log";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[0.25, 1.0, 2.5, 10.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::ln, Real::ln)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / x)
    }
}

pub(crate) const ENTRY: Entry = entry::<Log>();
