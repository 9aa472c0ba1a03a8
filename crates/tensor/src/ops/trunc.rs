//! Each element without its fraction.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map_floats,
        unary::{Unary, entry, unary},
    },
};
use bouton_array::math::Real;
use bouton_ir as ir;

impl Tensor {
    /// Each element without its fraction. Integers stay as they are.
    ///
    /// # Gradient
    /// Zero everywhere.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.2, -1.2].trunc()), "f32[2] [1.0, -1.0]");
    /// ```
    #[track_caller]
    pub fn trunc(&self) -> Tensor {
        match self.dtype() {
            Ok(d) if !d.is_float() => self.clone(),
            _ => unary::<Trunc>(self),
        }
    }
}

#[derive(Debug, Default)]
struct Trunc;

impl Unary for Trunc {
    const NAME: &'static str = "trunc";
    const FORM: ir::Unary = ir::Unary::Trunc;
    const STABLEHLO: &'static str = "%f = stablehlo.floor {x} : {t}\n\
        %c = stablehlo.ceil {x} : {t}\n\
        %z = stablehlo.constant dense<0.0> : {t}\n\
        %n = stablehlo.compare LT, {x}, %z, FLOAT : ({t}, {t}) -> {b}\n\
        %0 = stablehlo.select %n, %c, %f : {b}, {t}";
    const TYPES: ElementTypes = ElementTypes::Floats;
    const POINTS: &'static [f64] = &[-2.25, 0.25, 0.75, 3.25];

    fn eval(x: &Array) -> Array {
        map_floats(x, Real::trunc, Real::trunc)
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<Trunc>();
