//! Number of bits that are set in each element.
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
    /// Number of bits that are set in each element.
    ///
    /// # Errors
    /// Floats and `bool` are refused: "the element type must be an integer, not bool".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0, 1, 255, -1].population_count()), "i32[4] [0, 1, 8, 32]");
    /// ```
    #[track_caller]
    pub fn population_count(&self) -> Tensor {
        unary::<PopulationCount>(self)
    }
}

#[derive(Debug, Default)]
struct PopulationCount;

impl Unary for PopulationCount {
    const NAME: &'static str = "population_count";
    const FORM: ir::Unary = ir::Unary::PopulationCount;
    const STABLEHLO: &'static str = "popcnt";
    const TYPES: ElementTypes = ElementTypes::Integers;
    const POINTS: &'static [f64] = &[-2.0, 0.0, 1.0, 7.0];

    fn eval(x: &Array) -> Array {
        with_integers!(x.dtype(), T => map::<T>(x, Integer::population_count))
    }

    fn partial(_x: &Tensor, _y: &Tensor, _d: &Tensor) -> Option<Tensor> {
        None
    }
}

pub(crate) const ENTRY: Entry = entry::<PopulationCount>();
