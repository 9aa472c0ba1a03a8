//! Each element with the other sign.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map,
        unary::{Unary, entry, unary},
        with_numbers,
    },
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// Each element with the other sign; integers wrap. Also the operator `-`.
    #[track_caller]
    pub fn negate(&self) -> Tensor {
        unary::<Negate>(self)
    }
}

#[derive(Debug, Default)]
struct Negate;

impl Unary for Negate {
    const NAME: &'static str = "negate";
    const FORM: ir::Unary = ir::Unary::Negate;
    const STABLEHLO: &'static str = "negate";
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 0.5, 3.0];

    fn eval(x: &Array) -> Array {
        with_numbers!(x.dtype(), T => map::<T>(x, Arithmetic::negate))
    }

    fn partial(_x: &Tensor, _y: &Tensor, d: &Tensor) -> Option<Tensor> {
        Some(d.negate())
    }
}

pub(crate) const ENTRY: Entry = entry::<Negate>();
