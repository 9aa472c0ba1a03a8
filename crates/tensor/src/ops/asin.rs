//! Arc sine of each element, in radians from -pi/2 to pi/2; NaN beyond 1.
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
    /// Arc sine of each element, in radians from -pi/2 to pi/2; NaN beyond 1. Integers are taken as `f32`.
    ///
    /// # Gradient
    /// Infinite at -1 and 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, -0.5, 2.0].asin()), "f32[3] [1.5707964, -0.5235988, NaN]");
    /// ```
    #[track_caller]
    pub fn asin(&self) -> Tensor {
        float_unary::<Asin>(self)
    }
}

#[derive(Debug, Default)]
struct Asin;

impl Unary for Asin {
    const NAME: &'static str = "asin";
    const FORM: ir::Unary = ir::Unary::Asin;
    const STABLEHLO: &'static str = "%0 = chlo.asin {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-0.75, 0.0, 0.25, 0.5];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::asin, Real::asin)
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * (1.0 - x * x).rsqrt())
    }
}

pub(crate) const ENTRY: Entry = entry::<Asin>();
