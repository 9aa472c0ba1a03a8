//! Smallest whole number that is not below each element.
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
    /// Smallest whole number that is not below each element. Integers stay as they are.
    ///
    /// # Gradient
    /// Zero everywhere.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.2, -1.2].ceil()), "f32[2] [2.0, -1.0]");
    /// ```
    #[track_caller]
    pub fn ceil(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if !d.is_float() => self.clone(),
            _ => unary::<Ceil>(self),
        }
    }
}

#[derive(Debug, Default)]
struct Ceil;

impl Unary for Ceil {
    const NAME: &'static str = "ceil";
    const FORM: ir::Unary = ir::Unary::Ceil;
    const STABLEHLO: &'static str = "ceil";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.25, 0.25, 0.75, 3.25];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::ceil, Real::ceil)
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Ceil>();
