//! Magnitude of the one element with the sign of the other.
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

impl Tensor {
    /// Magnitude of each element with the sign of `other`, also of its zeros and NaNs; integers are taken as `f32`.
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
    /// assert_eq!(format!("{:?}", tensor![1.0, -2.0].copysign(tensor![-0.0, 3.0])), "f32[2] [-1.0, 2.0]");
    /// ```
    #[track_caller]
    pub fn copysign(&self, other: impl Into<Operand>) -> Tensor {
        float_binary::<Copysign>(self.into(), other.into())
    }

    /// Whether the sign of each element is set: also that of `-0.0`, and of a NaN.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, -2.0, -0.0].signbit()), "bool[3] [false, true, true]");
    /// ```
    #[track_caller]
    pub fn signbit(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if d.is_float() => self.ones_like().copysign(self).lt(0.0),
            _ => self.lt(0),
        }
    }
}

#[derive(Debug, Default)]
struct Copysign;

impl Binary for Copysign {
    const NAME: &'static str = "copysign";
    const FORM: ir::Binary = ir::Binary::Copysign;
    const STABLEHLO: &'static str = "%z = stablehlo.constant dense<0.0> : {t}\n\
        %o = stablehlo.constant dense<1.0> : {t}\n\
        %i = stablehlo.compare EQ, {y}, %z, FLOAT : ({t}, {t}) -> {b}\n\
        %r = stablehlo.divide %o, {y} : {t}\n\
        %s = stablehlo.select %i, %r, {y} : {b}, {t}\n\
        %n = stablehlo.compare LT, %s, %z, FLOAT : ({t}, {t}) -> {b}\n\
        %a = stablehlo.abs {x} : {t}\n\
        %m = stablehlo.negate %a : {t}\n\
        %0 = stablehlo.select %n, %m, %a : {b}, {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [(f64, f64)] = &[(1.0, 2.0), (-3.0, 0.5), (0.25, -4.0), (-7.0, -3.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        match a.dtype() {
            DType::F64 => zip::<f64>(a, b, Real::copysign),
            dtype => {
                zip::<f32>(&a.cast(DType::F32), &b.cast(DType::F32), Real::copysign).cast(dtype)
            }
        }
    }

    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor> {
        // Positive where the sign stays.
        (i == 0).then(|| d * x[0].sign() * y.sign())
    }
}

pub(crate) const ENTRY: Entry = entry::<Copysign>();
