//! Difference of two tensors, element by element.
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
pub(crate) fn subtract(a: Operand, b: Operand) -> Tensor {
    binary::<Subtract>(a, b)
}

impl Tensor {
    /// Difference of two tensors, element by element. Also the operator `-`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    #[track_caller]
    pub fn subtract(&self, other: impl Into<Operand>) -> Tensor {
        subtract(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Subtract;

impl Binary for Subtract {
    const NAME: &'static str = "subtract";
    const FORM: ir::Binary = ir::Binary::Subtract;
    const STABLEHLO: &'static str = "subtract";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::subtract))
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let _ = (x, y);
        Some(if i == 0 { d.clone() } else { d.negate() })
    }
}

pub(crate) const ENTRY: Entry = entry::<Subtract>();
