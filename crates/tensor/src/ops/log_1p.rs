//! Natural logarithm of 1 plus each element, without cancellation near 0.
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
    /// Natural logarithm of 1 plus each element, without cancellation near 0. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1e-10].log_1p()), "f32[2] [0.0, 1e-10]");
    /// ```
    #[track_caller]
    pub fn log_1p(&self) -> Tensor {
        float_unary::<Log1p>(self)
    }
}

#[derive(Debug, Default)]
struct Log1p;

impl Unary for Log1p {
    const NAME: &'static str = "log_1p";
    const FORM: ir::Unary = ir::Unary::Log1p;
    const STABLEHLO: &'static str = "log_plus_one";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-0.5, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::ln_1p, Real::ln_1p)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d / (x + 1.0))
    }
}

pub(crate) const ENTRY: Entry = entry::<Log1p>();
