//! Bits that both elements have.
use crate::{
    Array, Entry, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry},
        element_types::ElementTypes,
        with_bits, zip,
    },
};
use bouton_array::scalar::Bits;
use bouton_ir as ir;

#[track_caller]
pub(crate) fn and(a: Operand, b: Operand) -> Tensor {
    binary::<And>(a, b)
}

impl Tensor {
    /// Bits that both elements have. Of `bool`, its logic. Also the operator `&`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Errors
    /// Floats have no bits: "the element type must be an integer or bool, not f32".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![6, 5].and(3)), "i32[2] [2, 1]");
    /// ```
    #[track_caller]
    pub fn and(&self, other: impl Into<Operand>) -> Tensor {
        and(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct And;

impl Binary for And {
    const NAME: &'static str = "and";
    const FORM: ir::Binary = ir::Binary::And;
    const STABLEHLO: &'static str = "and";
    const TYPES: ElementTypes = ElementTypes::Bits;
    const POINTS: &'static [(f64, f64)] = &[(6.0, 3.0), (0.0, 1.0), (-4.0, 5.0), (1.0, 1.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_bits!(a.dtype(), T => zip::<T>(a, b, Bits::and))
    }

    fn partial(_i: usize, _x: &[Tensor], _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<And>();
