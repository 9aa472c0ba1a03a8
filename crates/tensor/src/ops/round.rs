//! Nearest whole number to each element; halfway between two, the even one.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map_floats,
        unary::{Unary, entry, unary},
    },
};
use bouton_array::math::Real;
use bouton_ir as ir;

impl Tensor {
    /// Nearest whole number to each element; halfway between two, the even one. Integers stay as they are.
    ///
    /// # Gradient
    /// Zero everywhere.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.5, 1.5, -2.7].round()), "f32[3] [0.0, 2.0, -3.0]");
    /// ```
    #[track_caller]
    pub fn round(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if !d.is_float() => self.clone(),
            _ => unary::<Round>(self),
        }
    }
}

#[derive(Debug, Default)]
struct Round;

impl Unary for Round {
    const NAME: &'static str = "round";
    const FORM: ir::Unary = ir::Unary::Round;
    const STABLEHLO: &'static str = "round_nearest_even";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.25, 0.25, 0.75, 3.25];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::round_ties_even, Real::round_ties_even)
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Round>();
