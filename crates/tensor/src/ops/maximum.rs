//! Larger of two elements.
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
pub(crate) fn maximum(a: Operand, b: Operand) -> Tensor {
    binary::<Maximum>(a, b)
}

impl Tensor {
    /// Larger of two elements. NaN if either is NaN.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Gradient
    /// Half to each side where both are equal.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 5.0].maximum(3.0)), "f32[2] [3.0, 5.0]");
    /// ```
    #[track_caller]
    pub fn maximum(&self, other: impl Into<Operand>) -> Tensor {
        maximum(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Maximum;

impl Binary for Maximum {
    const NAME: &'static str = "maximum";
    const FORM: ir::Binary = ir::Binary::Maximum;
    const STABLEHLO: &'static str = "maximum";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::maximum))
    }

    fn partial(i: usize, x: &[Tensor], _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let (mine, other) = (&x[i], &x[1 - i]);
        let rest = mine.eq(other).select(0.5 * d, d.zeros_like());
        Some(mine.gt(other).select(d, rest))
    }
}

pub(crate) const ENTRY: Entry = entry::<Maximum>();
