//! Sum of two tensors, element by element.
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
pub(crate) fn add(a: Operand, b: Operand) -> Tensor {
    binary::<Add>(a, b)
}

impl Tensor {
    /// Sum of two tensors, element by element. Also the operator `+`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    #[track_caller]
    pub fn add(&self, other: impl Into<Operand>) -> Tensor {
        add(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Add;

impl Binary for Add {
    const NAME: &'static str = "add";
    const FORM: ir::Binary = ir::Binary::Add;
    const STABLEHLO: &'static str = "add";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::add))
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let _ = (i, x, y);
        Some(d.clone())
    }
}

pub(crate) const ENTRY: Entry = entry::<Add>();
