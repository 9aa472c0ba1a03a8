//! Lengths of the sides of right triangles.
use crate::{Operand, Tensor, blame, families::binary::promote, here};

impl Tensor {
    /// The length `sqrt(x^2 + y^2)` of the hypotenuse over sides x and y, without overflow on the way. Integers are taken
    /// as `f32`. Infinite where a side is, also beside a NaN.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; a number takes the tensor's.
    ///
    /// # Gradient
    /// Zero where both sides are.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3.0, 0.0].hypot(tensor![4.0, -2.0])), "f32[2] [5.0, 2.0]");
    /// ```
    ///
    /// NumPy's `hypot`.
    #[track_caller]
    pub fn hypot(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into();
        blame(here(), || {
            let [x, y] = promote("hypot", [self.into(), other]).map(|t| t.to_float().abs());
            let (long, short) = (x.maximum(&y), x.minimum(&y));
            // No quotient of zeros or of infinities, also in derivatives.
            let usual = long.gt(0.0).and(long.lt(f64::INFINITY));
            let one = long.ones_like();
            let ratio = usual.select(&short, one.zeros_like()) / usual.select(&long, &one);
            let length = &long * (&ratio * &ratio + 1.0).sqrt();
            let infinite = x.eq(f64::INFINITY).or(y.eq(f64::INFINITY));
            infinite.select(long.full_like(f64::INFINITY), length)
        })
    }
}
