//! Product of two tensors, element by element.
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
pub(crate) fn multiply(a: Operand, b: Operand) -> Tensor {
    binary::<Multiply>(a, b)
}

impl Tensor {
    /// Product of two tensors, element by element. Also the operator `*`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    #[track_caller]
    pub fn multiply(&self, other: impl Into<Operand>) -> Tensor {
        multiply(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Multiply;

impl Binary for Multiply {
    const NAME: &'static str = "multiply";
    const FORM: ir::Binary = ir::Binary::Multiply;
    const STABLEHLO: &'static str = "multiply";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::multiply))
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let _ = y;
        Some(d * &x[1 - i])
    }
}

pub(crate) const ENTRY: Entry = entry::<Multiply>();
