//! Smaller of two elements.
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
pub(crate) fn minimum(a: Operand, b: Operand) -> Tensor {
    binary::<Minimum>(a, b)
}

impl Tensor {
    /// Smaller of two elements. NaN if either is NaN.
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
    /// assert_eq!(format!("{:?}", tensor![1.0, 5.0].minimum(3.0)), "f32[2] [1.0, 3.0]");
    /// ```
    #[track_caller]
    pub fn minimum(&self, other: impl Into<Operand>) -> Tensor {
        minimum(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Minimum;

impl Binary for Minimum {
    const NAME: &'static str = "minimum";
    const FORM: ir::Binary = ir::Binary::Minimum;
    const STABLEHLO: &'static str = "minimum";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::minimum))
    }

    fn partial(i: usize, x: &[Tensor], _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let (mine, other) = (&x[i], &x[1 - i]);
        let rest = mine.eq(other).select(0.5 * d, d.zeros_like());
        Some(mine.lt(other).select(d, rest))
    }
}

pub(crate) const ENTRY: Entry = entry::<Minimum>();
