//! Each element raised to a power.
use crate::{
    Array, Entry, Number, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry},
        element_types::ElementTypes,
        with_numbers, zip,
    },
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// Each element raised to a power. The numbers 2, 1, 0.5 and -1 are a product, nothing, a square root and a
    /// quotient.
    ///
    /// Integers wrap; of integers, a negative exponent gives `1 / x` cut to a whole number.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Gradient
    /// By the element, zero where both are 0; by the exponent, zero where the element is 0 and NaN below.
    ///
    /// # Errors
    /// `bool` has no powers: "the element type must be a number, not bool".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3.0, -2.0].pow(3)), "f32[2] [27.0, -8.0]");
    /// ```
    #[track_caller]
    pub fn pow(&self, exponent: impl Into<Operand>) -> Tensor {
        let exponent = exponent.into();
        match simple(self, &exponent) {
            Some(y) => y,
            None => binary::<Power>(self.into(), exponent),
        }
    }
}

/// The powers that have a simpler operation.
#[track_caller]
fn simple(x: &Tensor, exponent: &Operand) -> Option<Tensor> {
    let Operand::Number(number) = exponent else {
        return None;
    };
    let x = x.convert(x.dtype().ok()?.promote_number(*number));
    let exponent = match *number {
        Number::Int(i) => i as f64,
        Number::Float(f) => f,
        Number::Bool(_) => return None,
    };
    let is_float = x.dtype().is_ok_and(|d| d.is_float());
    match exponent {
        2.0 => Some(&x * &x),
        1.0 => Some(x),
        0.5 if is_float => Some(x.sqrt()),
        -1.0 if is_float => Some(1.0 / x),
        _ => None,
    }
}

#[derive(Debug, Default)]
struct Power;

impl Binary for Power {
    const NAME: &'static str = "power";
    const FORM: ir::Binary = ir::Binary::Power;
    const STABLEHLO: &'static str = "power";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [(f64, f64)] = &[(2.0, 3.0), (0.5, -1.5), (1.5, 0.0), (3.0, 2.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_numbers!(a.dtype(), T => zip::<T>(a, b, Arithmetic::power))
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let (base, exponent) = (&x[0], &x[1]);
        if i == 0 {
            // Where both are 0, the product would be 0 times infinity.
            let origin = base.eq(0).and(exponent.eq(0));
            let base = origin.select(1.0, base);
            return Some(d * exponent * binary::<Power>((&base).into(), (exponent - 1.0).into()));
        }
        Some(d * base.eq(0).select(1.0, base).log() * y)
    }
}

pub(crate) const ENTRY: Entry = entry::<Power>();

#[cfg(test)]
mod tests {
    use crate::{grad, tensor};

    #[test]
    fn simple_powers_are_what_they_stand_for() {
        let x = tensor![4.0, 0.25];
        for (exponent, values) in [
            (2.0, "[16.0, 0.0625]"),
            (1.0, "[4.0, 0.25]"),
            (0.5, "[2.0, 0.5]"),
            (-1.0, "[0.25, 4.0]"),
            (-0.5, "[0.5, 2.0]"),
        ] {
            assert_eq!(format!("{:?}", x.pow(exponent)), format!("f32[2] {values}"));
        }
        assert_eq!(format!("{:?}", tensor![3, -2].pow(2)), "i32[2] [9, 4]");
        assert_eq!(format!("{:?}", tensor![4, 9].pow(0.5)), "f32[2] [2.0, 3.0]");
        assert_eq!(
            format!("{:?}", tensor![1, 2, -1].pow(-1)),
            "i32[3] [1, 0, -1]"
        );
    }

    #[test]
    fn gradients_at_zero_are_finite_where_they_exist() {
        let zero = tensor![0.0, 0.0];
        let exponents = tensor![3.0, 0.0];
        assert_eq!(
            format!("{:?}", grad(&zero, |x| x.pow(&exponents).sum())),
            "f32[2] [0.0, 0.0]"
        );
        assert_eq!(
            format!("{:?}", grad(&tensor![2.0, 0.0], |y| zero.pow(&y).sum())),
            "f32[2] [0.0, 0.0]"
        );
    }
}
