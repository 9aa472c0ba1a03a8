//! Remainder with the sign of the dividend, as in C; an integer modulo 0 is the dividend.
use crate::{
    Array, Entry, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry},
        element_types::ElementTypes,
        with_numbers, zip,
    },
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

#[track_caller]
pub(crate) fn remainder(a: Operand, b: Operand) -> Tensor {
    binary::<Remainder>(a, b)
}

impl Tensor {
    /// Remainder with the sign of the dividend, as in C; an integer modulo 0 is the dividend. Also the operator `%`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    #[track_caller]
    pub fn remainder(&self, other: impl Into<Operand>) -> Tensor {
        remainder(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Remainder;

impl Binary for Remainder {
    const NAME: &'static str = "remainder";
    const FORM: ir::Binary = ir::Binary::Remainder;
    const STABLEHLO: &'static str = "remainder";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.2, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::remainder))
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let _ = y;
        // x - trunc(x / y) y: the quotient is constant almost everywhere.
        Some(if i == 0 {
            d.clone()
        } else {
            (&x[0] - y).divide(&x[1]).negate() * d
        })
    }
}

pub(crate) const ENTRY: Entry = entry::<Remainder>();
