//! Sign of each element: -1, 0 or 1.
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
    /// Sign of each element: -1, 0 or 1, in the type of the element; a signed zero and NaN stay.
    ///
    /// # Gradient
    /// Zero everywhere.
    ///
    /// # Errors
    /// `bool` has no sign: "the element type must be signed, not bool".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-1.5, 0.0, 2.0].sign()), "f32[3] [-1.0, 0.0, 1.0]");
    /// ```
    #[track_caller]
    pub fn sign(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if d.is_unsigned_integer() => self.ne(0).convert(d),
            _ => unary::<Sign>(self),
        }
    }
}

#[derive(Debug, Default)]
struct Sign;

impl Unary for Sign {
    const NAME: &'static str = "sign";
    const FORM: ir::Unary = ir::Unary::Sign;
    const STABLEHLO: &'static str = "sign";
    const TYPES: ElementTypes = ElementTypes::Signed;
    const POINTS: &'static [f64] = &[-2.0, 0.25, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        with_numbers!(x.dtype(), T => map::<T>(x, Arithmetic::sign))
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Sign>();
