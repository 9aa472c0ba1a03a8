//! Inverse hyperbolic sine of each element.
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
    /// Inverse hyperbolic sine of each element. Integers are taken as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 1.0].asinh()), "f32[2] [0.0, 0.8813736]");
    /// ```
    #[track_caller]
    pub fn asinh(&self) -> Tensor {
        float_unary::<Asinh>(self)
    }
}

#[derive(Debug, Default)]
struct Asinh;

impl Unary for Asinh {
    const NAME: &'static str = "asinh";
    const FORM: ir::Unary = ir::Unary::Asinh;
    const STABLEHLO: &'static str = "%0 = chlo.asinh {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-1.25, 0.0, 0.5, 2.0];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::asinh, Real::asinh)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * (x * x + 1.0).rsqrt())
    }
}

pub(crate) const ENTRY: Entry = entry::<Asinh>();
