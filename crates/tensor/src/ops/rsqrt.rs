//! 1 divided by the square root of each element.
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
    /// 1 divided by the square root of each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![4.0, 0.0].rsqrt()), "f32[2] [0.5, inf]");
    /// ```
    #[track_caller]
    pub fn rsqrt(&self) -> Tensor {
        float_unary::<Rsqrt>(self)
    }
}

#[derive(Debug, Default)]
struct Rsqrt;

impl Unary for Rsqrt {
    const NAME: &'static str = "rsqrt";
    const FORM: ir::Unary = ir::Unary::Rsqrt;
    const STABLEHLO: &'static str = "rsqrt";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[0.25, 0.5, 1.0, 4.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::rsqrt, Real::rsqrt)
    }

    fn partial(x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(-0.5 * d * y / x)
    }
}

pub(crate) const ENTRY: Entry = entry::<Rsqrt>();
