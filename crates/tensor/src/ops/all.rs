//! Whether all elements along axes are true.
use crate::{
    Array, Axes, DType, Entry, Fault, Tensor,
    families::{
        element_types::ElementTypes,
        reduction::{Fold, Reduction, entry, reduce},
    },
};
use bouton_ir as ir;

impl Tensor {
    /// Whether all elements are true; a number is true if it is not zero. Of nothing it is true.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2], [0, 4]].all()), "bool false");
    /// ```
    #[track_caller]
    pub fn all(&self) -> Tensor {
        reduce::<All>(&self.convert(DType::Bool), None)
    }

    /// Whether all elements are true along the given axes, which go away, or stay with size 1: `x.all_axes(keep(-1))`.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2], [0, 4]].all_axes(1)), "bool[2] [true, false]");
    /// ```
    #[track_caller]
    pub fn all_axes(&self, axes: impl Into<Axes>) -> Tensor {
        reduce::<All>(&self.convert(DType::Bool), Some(axes.into()))
    }
}

#[derive(Debug, Default)]
struct All;

impl Reduction for All {
    const NAME: &'static str = "all";
    const FORM: ir::Reduction = ir::Reduction::And;
    const TYPES: ElementTypes = ElementTypes::Bool;
    const STABLEHLO: &'static str = "and";
    const REFUSES_NOTHING: Option<&'static str> = None;

    fn start(_: DType) -> String {
        "true".into()
    }

    fn eval(x: &Array, fold: &Fold) -> Array {
        fold.run(x, true, |a: bool, x: bool| a & x)
    }

    fn vjp(_: &Tensor, _: &Tensor, _: &Tensor) -> Result<Option<Tensor>, Fault> {
        Ok(None)
    }

    fn jvp(_: &Tensor, _: &Tensor, _: &Tensor, _: &[usize]) -> Result<Option<Tensor>, Fault> {
        Ok(None)
    }
}

pub(crate) const ENTRY: Entry = entry::<All>();
