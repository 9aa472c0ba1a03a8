//! Every bit of each element turned over.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map,
        unary::{Unary, entry, unary},
        with_bits,
    },
};
use bouton_array::scalar::Bits;
use bouton_ir as ir;

impl Tensor {
    /// Every bit of each element turned over; of `bool`, true for false. Also the operator `!`.
    ///
    /// # Errors
    /// Floats have no bits to turn: "the element type must be an integer or bool, not f32".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![true, false].not()), "bool[2] [false, true]");
    /// ```
    #[track_caller]
    pub fn not(&self) -> Tensor {
        unary::<Not>(self)
    }
}

#[derive(Debug, Default)]
struct Not;

impl Unary for Not {
    const NAME: &'static str = "not";
    const FORM: ir::Unary = ir::Unary::Not;
    const STABLEHLO: &'static str = "not";
    const TYPES: ElementTypes = ElementTypes::Bits;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 1.0, 3.0];

    fn eval(x: &Array) -> Array {
        with_bits!(x.dtype(), T => map::<T>(x, Bits::not))
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Not>();
