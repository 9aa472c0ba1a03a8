//! Angle of the point whose ordinate is the one element and whose abscissa the other.
use crate::{
    Array, DType, Entry, Operand, Tensor,
    families::{
        binary::{Binary, entry, float_binary},
        element_types::ElementTypes,
        zip,
    },
};
use bouton_array::math::Real;
use bouton_ir as ir;

#[track_caller]
pub(crate) fn atan2(a: Operand, b: Operand) -> Tensor {
    float_binary::<Atan2>(a, b)
}

impl Tensor {
    /// Angle of the point with this ordinate and abscissa `other`, from -pi to pi; integers are taken as `f32`.
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
    /// assert_eq!(format!("{:?}", tensor![1.0, 0.0].atan2(tensor![-1.0, 1.0])), "f32[2] [2.3561945, 0.0]");
    /// ```
    #[track_caller]
    pub fn atan2(&self, other: impl Into<Operand>) -> Tensor {
        atan2(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Atan2;

impl Binary for Atan2 {
    const NAME: &'static str = "atan2";
    const FORM: ir::Binary = ir::Binary::Atan2;
    const STABLEHLO: &'static str = "atan2";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (-7.0, -3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        match a.dtype() {
            DType::F64 => zip::<f64>(a, b, Real::atan2),
            dtype => zip::<f32>(&a.cast(DType::F32), &b.cast(DType::F32), Real::atan2).cast(dtype),
        }
    }

    fn partial(i: usize, x: &[Tensor], _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        let square = &x[0] * &x[0] + &x[1] * &x[1];
        Some(if i == 0 {
            d * &x[1] / square
        } else {
            -(d * &x[0] / square)
        })
    }
}

pub(crate) const ENTRY: Entry = entry::<Atan2>();
