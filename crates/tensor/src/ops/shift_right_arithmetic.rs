//! Bits of each element moved down, the top bit after them.
use crate::{
    Array, Entry, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry, promote},
        element_types::ElementTypes,
        with_integers, zip,
    },
};
use bouton_array::scalar::Integer;
use bouton_ir as ir;

#[track_caller]
pub(crate) fn shift_right_arithmetic(a: Operand, b: Operand) -> Tensor {
    binary::<ShiftRightArithmetic>(a, b)
}

/// Arithmetic where the common type is signed, logical where it is not.
#[track_caller]
pub(crate) fn shift_right(a: Operand, b: Operand) -> Tensor {
    let [a, b] = promote("shift_right", [a, b]);
    match a.dtype() {
        Ok(d) if d.is_unsigned_integer() => {
            super::shift_right_logical::shift_right_logical(a.into(), b.into())
        }
        _ => shift_right_arithmetic(a.into(), b.into()),
    }
}

impl Tensor {
    /// Bits of each element moved down by the other, the top bit after them; by the width or more, or by a negative
    /// number, every bit is the top one.
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
    /// assert_eq!(format!("{:?}", tensor![-16, 48].shift_right_arithmetic(4)), "i32[2] [-1, 3]");
    /// ```
    #[track_caller]
    pub fn shift_right_arithmetic(&self, other: impl Into<Operand>) -> Tensor {
        shift_right_arithmetic(self.into(), other.into())
    }

    /// Bits of each element moved down: as a quotient by a power of 2, rounded down. Signed integers keep their sign,
    /// unsigned ones get zeros. Also the operator `>>`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Errors
    /// Only integers shift: "the element type must be an integer, not bool".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![-16, 48].shift_right(4)), "i32[2] [-1, 3]");
    /// assert_eq!(format!("{:?}", tensor![240u8].shift_right(4)), "u8[1] [15]");
    /// ```
    #[track_caller]
    pub fn shift_right(&self, other: impl Into<Operand>) -> Tensor {
        shift_right(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct ShiftRightArithmetic;

impl Binary for ShiftRightArithmetic {
    const NAME: &'static str = "shift_right_arithmetic";
    const FORM: ir::Binary = ir::Binary::ShiftRightArithmetic;
    const STABLEHLO: &'static str = "shift_right_arithmetic";
    const TYPES: ElementTypes = ElementTypes::Integers;
    const POINTS: &'static [(f64, f64)] = &[(6.0, 3.0), (0.0, 1.0), (-4.0, 5.0), (1.0, 70.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_integers!(a.dtype(), T => zip::<T>(a, b, Integer::shift_right_arithmetic))
    }

    fn partial(_i: usize, _x: &[Tensor], _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<ShiftRightArithmetic>();
