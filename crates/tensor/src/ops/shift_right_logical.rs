//! Bits of each element moved down, zeros after them.
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
pub(crate) fn shift_right_logical(a: Operand, b: Operand) -> Tensor {
    binary::<ShiftRightLogical>(a, b)
}

impl Tensor {
    /// Bits of each element moved down by the other, zeros after them; by the width or more, or by a negative number, it
    /// is 0.
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
    /// assert_eq!(format!("{:?}", tensor![-1, 48].shift_right_logical(4)), "i32[2] [268435455, 3]");
    /// ```
    #[track_caller]
    pub fn shift_right_logical(&self, other: impl Into<Operand>) -> Tensor {
        shift_right_logical(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct ShiftRightLogical;

impl Binary for ShiftRightLogical {
    const NAME: &'static str = "shift_right_logical";
    const FORM: ir::Binary = ir::Binary::ShiftRightLogical;
    const STABLEHLO: &'static str = "shift_right_logical";
    const TYPES: ElementTypes = ElementTypes::Integers;
    const POINTS: &'static [(f64, f64)] = &[(6.0, 3.0), (0.0, 1.0), (-4.0, 5.0), (1.0, 70.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_integers!(a.dtype(), T => zip::<T>(a, b, Integer::shift_right_logical))
    }

    fn partial(_i: usize, _x: &[Tensor], _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<ShiftRightLogical>();
