//! Number of bits above the highest one that is set in each element.
use crate::{
    Array, Entry, Tensor,
    families::{
        element_types::ElementTypes,
        map,
        unary::{Unary, entry, unary},
        with_integers,
    },
};
use bouton_array::scalar::Integer;
use bouton_ir as ir;

impl Tensor {
    /// Number of bits above the highest one that is set in each element.
    ///
    /// # Errors
    /// Floats and `bool` are refused: "the element type must be an integer, not bool".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0, 1, 255, -1].count_leading_zeros()), "i32[4] [32, 31, 24, 0]");
    /// ```
    #[track_caller]
    pub fn count_leading_zeros(&self) -> Tensor {
        unary::<CountLeadingZeros>(self)
    }
}

#[derive(Debug, Default)]
struct CountLeadingZeros;

impl Unary for CountLeadingZeros {
    const NAME: &'static str = "count_leading_zeros";
    const FORM: ir::Unary = ir::Unary::CountLeadingZeros;
    const STABLEHLO: &'static str = "count_leading_zeros";
    const TYPES: ElementTypes = ElementTypes::Integers;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 1.0, 7.0];

    fn eval(x: &Array) -> Array {
        with_integers!(x.dtype(), T => map::<T>(x, Integer::count_leading_zeros))
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<CountLeadingZeros>();
