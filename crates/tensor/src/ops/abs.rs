//! Magnitude of each element.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map,
        unary::{Unary, entry, unary},
        with_numbers,
    },
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// Magnitude of each element; the least integer of a type stays, since its magnitude has no place.
    ///
    /// # Errors
    /// `bool` has no magnitude: "the element type must be signed, not bool".
    ///
    /// # Gradient
    /// Zero at 0.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.5, 2.0].abs()), "f32[2] [1.5, 2.0]");
    /// ```
    #[track_caller]
    pub fn abs(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if d.is_unsigned_integer() => self.clone(),
            _ => unary::<Abs>(self),
        }
    }
}

#[derive(Debug, Default)]
struct Abs;

impl Unary for Abs {
    const NAME: &'static str = "abs";
    const FORM: ir::Unary = ir::Unary::Abs;
    const STABLEHLO: &'static str = "abs";
    const TYPES: ElementTypes = ElementTypes::Signed;
    const POINTS: &'static [f64] = &[-2.0, 0.25, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        with_numbers!(x.dtype(), T => map::<T>(x, Arithmetic::abs))
    }

    fn partial(x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d * x.sign())
    }
}

pub(crate) const ENTRY: Entry = entry::<Abs>();
