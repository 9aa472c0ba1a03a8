//! Inverse of the error function of each element.
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
    /// Inverse of the error function of each element. Integers are taken as `f32`.
    ///
    /// Infinite at -1 and 1, NaN beyond.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.0, 0.5, 1.0].erf_inv()), "f32[3] [0.0, 0.47693628, inf]");
    /// ```
    #[track_caller]
    pub fn erf_inv(&self) -> Tensor {
        float_unary::<ErfInv>(self)
    }
}

#[derive(Debug, Default)]
struct ErfInv;

impl Unary for ErfInv {
    const NAME: &'static str = "erf_inv";
    const FORM: ir::Unary = ir::Unary::ErfInv;
    const STABLEHLO: &'static str = "%0 = chlo.erf_inv {x} : {t} -> {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-0.75, 0.0, 0.25, 0.5];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::erf_inv, Real::erf_inv)
    }

    fn partial(_x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * (y * y).exp() / std::f64::consts::FRAC_2_SQRT_PI)
    }
}

pub(crate) const ENTRY: Entry = entry::<ErfInv>();
