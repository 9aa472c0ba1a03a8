//! Greatest common divisor of two elements.
use crate::{
    Array, Entry, Operand, Tensor,
    families::{
        binary::{Binary, binary, entry},
        element_types::ElementTypes,
        with_integers, zip,
    },
};
use bouton_array::scalar::Integer;
use bouton_ir as ir;

impl Tensor {
    /// Greatest common divisor of the magnitudes; of 0 and 0 it is 0.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Integers, promoted to a common type; a number takes the tensor's.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![12, -8, 0].gcd(18)), "i32[3] [6, 2, 18]");
    /// ```
    #[track_caller]
    pub fn gcd(&self, other: impl Into<Operand>) -> Tensor {
        binary::<Gcd>(self.into(), other.into())
    }
}

#[derive(Debug, Default)]
struct Gcd;

impl Binary for Gcd {
    const NAME: &'static str = "gcd";
    const FORM: ir::Binary = ir::Binary::Gcd;
    /// Euclid's algorithm for all elements at once, until the last is done.
    const STABLEHLO: &'static str = "%z = stablehlo.constant dense<0> : {t}\n\
        %f = stablehlo.constant dense<false> : tensor<i1>\n\
        %l:2 = stablehlo.while(%a = {x}, %b = {y}) : {t}, {t} cond {\n\
        %n = stablehlo.compare NE, %b, %z : ({t}, {t}) -> {b}\n\
        %r = stablehlo.reduce(%n init: %f) applies stablehlo.or across dimensions = {axes} : ({b}, tensor<i1>) -> tensor<i1>\n\
        stablehlo.return %r : tensor<i1> } do {\n\
        %m = stablehlo.remainder %a, %b : {t}\n\
        %e = stablehlo.compare EQ, %b, %z : ({t}, {t}) -> {b}\n\
        %p = stablehlo.select %e, %a, %b : {b}, {t}\n\
        %q = stablehlo.select %e, %z, %m : {b}, {t}\n\
        stablehlo.return %p, %q : {t}, {t} }\n\
        %s = stablehlo.compare LT, %l#0, %z : ({t}, {t}) -> {b}\n\
        %m = stablehlo.negate %l#0 : {t}\n\
        %0 = stablehlo.select %s, %m, %l#0 : {b}, {t}";
    const TYPES: ElementTypes = ElementTypes::Integers;
    const POINTS: &'static [(f64, f64)] = &[(12.0, 18.0), (0.0, 7.0), (35.0, 49.0), (0.0, 0.0)];

    fn eval(a: &Array, b: &Array) -> Array {
        with_integers!(a.dtype(), T => zip::<T>(a, b, Integer::gcd))
    }

    fn partial(_: usize, _: &[Tensor], _: &Tensor, _: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Gcd>();
