//! Quotient of two tensors, element by element; integers are taken as `f32`.
use crate::{
    Array, Entry, Fault, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry, float_binary},
        element_types::ElementTypes,
        with_numbers, zip,
    },
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

#[track_caller]
pub(crate) fn divide(a: Operand, b: Operand) -> Tensor {
    float_binary::<Divide>(a, b)
}

impl Tensor {
    /// Quotient of two tensors, element by element; integers are taken as `f32`. Also the operator `/`.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    #[track_caller]
    pub fn divide(&self, other: impl Into<Operand>) -> Tensor {
        divide(self.into(), other.into())
    }

    /// Integer quotient, truncated toward zero; by zero it is -1, or the largest value of an unsigned type.
    ///
    /// # Errors
    /// Both must be integers.
    #[track_caller]
    pub fn quotient(&self, other: impl Into<Operand>) -> Tensor {
        let y = binary::<Divide>(self.into(), other.into());
        match y.dtype() {
            Ok(d) if !d.is_integer() => {
                let fault = Fault::dtype(format!("both must be integers; the common type is {d}"));
                Tensor::fault("quotient", fault.help("divide floats with /"), &[self])
            }
            _ => y,
        }
    }
}

#[derive(Debug, Default)]
struct Divide;

impl Binary for Divide {
    const NAME: &'static str = "divide";
    const FORM: ir::Binary = ir::Binary::Divide;
    const STABLEHLO: &'static str = "divide";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (7.0, 3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::divide))
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(if i == 0 {
            d / &x[1]
        } else {
            (d * y / &x[1]).negate()
        })
    }
}

pub(crate) const ENTRY: Entry = entry::<Divide>();
