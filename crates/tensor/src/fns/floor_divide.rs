//! Quotients rounded down, and what they leave.
use crate::{Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// The quotient rounded towards minus infinity; integers stay integers. An integer by 0 is what [`Tensor::quotient`]
    /// says.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Gradient
    /// Zero everywhere.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![7, -7].floor_divide(2)), "i32[2] [3, -4]");
    /// assert_eq!(format!("{:?}", tensor![1.0].floor_divide(0.1)), "f32[1] [9.0]");
    /// ```
    ///
    /// NumPy's `floor_divide`: for floats it goes with [`Tensor::modulo`], so that 1.0 by 0.1 (a little above a tenth) is 9.
    #[track_caller]
    pub fn floor_divide(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || {
            let [x, y] = promote("floor_divide", [self.into(), other]).map(|t| t.stop_gradient());
            let (rest, turned) = rest_of(&x, &y);
            match x.dtype() {
                Ok(d) if d.is_float() => {
                    let whole = (&x - rest) / &y;
                    let whole = (whole - turned.convert(d)).round();
                    // A zero has the sign of the quotient.
                    let zero = whole.zeros_like().copysign(&x / &y);
                    whole.eq(0.0).select(zero, whole)
                }
                Ok(d) => x.quotient(&y) - turned.convert(d),
                Err(_) => x,
            }
        })
    }

    /// What [`Tensor::floor_divide`] leaves: the remainder with the sign of the divisor, zeros too. An integer modulo 0 is
    /// itself. [`Tensor::remainder`] has the sign of the dividend.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![7, -7].modulo(3)), "i32[2] [1, 2]");
    /// assert_eq!(format!("{:?}", tensor![7.5, -7.5].modulo(-3)), "f32[2] [-1.5, -1.5]");
    /// ```
    ///
    /// NumPy's `mod`, which is Python's `%`.
    #[track_caller]
    pub fn modulo(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || {
            let [x, y] = promote("modulo", [self.into(), other]);
            let (rest, turned) = rest_of(&x, &y);
            let zero = rest.zeros_like();
            let rest = &rest + turned.select(&y, &zero);
            match x.dtype() {
                Ok(d) if d.is_float() => rest.eq(0.0).select(zero.copysign(&y), rest),
                _ => rest,
            }
        })
    }
}

/// The remainder with the sign of the dividend, and whether the divisor has the other sign.
fn rest_of(x: &Tensor, y: &Tensor) -> (Tensor, Tensor) {
    let rest = x.remainder(y);
    let turned = rest.ne(0).and(rest.lt(0).ne(y.lt(0))).and(y.ne(0));
    (rest, turned)
}
