//! Bits of each element moved up.
use crate::{
    Array, Entry, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry},
        element_types::ElementTypes,
        with_integers, zip,
    },
};
use bouton_array::scalar::Integer;
use bouton_ir as ir;

#[track_caller]
pub(crate) fn shift_left(a: Operand, b: Operand) -> Tensor {
    binary::<ShiftLeft>(a, b)
}

impl Tensor {
    /// Bits of each element moved up by the other; by the width or more, or by a negative number, it is 0. Also the
    /// operator `<<`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Errors
    /// Only integers shift: "the element type must be an integer, not bool".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 3].shift_left(4)), "i32[2] [16, 48]");
    /// ```
    #[track_caller]
    pub fn shift_left(&self, other: impl Into<Operand>) -> Tensor {
        shift_left(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct ShiftLeft;

impl Binary for ShiftLeft {
    const NAME: &'static str = "shift_left";
    const FORM: ir::Binary = ir::Binary::ShiftLeft;
    const STABLEHLO: &'static str = "shift_left";
    const TYPES: ElementTypes = ElementTypes::Integers;
    const POINTS: &'static [(f64, f64)] = &[(6.0, 3.0), (0.0, 1.0), (-4.0, 5.0), (1.0, 70.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_integers!(a.dtype(), T => zip::<T>(a, b, Integer::shift_left))
    }

    fn partial(_i: usize, _x: &[Tensor], _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<ShiftLeft>();
