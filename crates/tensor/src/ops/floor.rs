//! Largest whole number that is not above each element.
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
    /// Largest whole number that is not above each element. Integers stay as they are.
    ///
    /// # Gradient
    /// Zero everywhere.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.2, -1.2].floor()), "f32[2] [1.0, -2.0]");
    /// ```
    #[track_caller]
    pub fn floor(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if !d.is_float() => self.clone(),
            _ => unary::<Floor>(self),
        }
    }
}

#[derive(Debug, Default)]
struct Floor;

impl Unary for Floor {
    const NAME: &'static str = "floor";
    const FORM: ir::Unary = ir::Unary::Floor;
    const STABLEHLO: &'static str = "floor";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.25, 0.25, 0.75, 3.25];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::floor, Real::floor)
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Floor>();
