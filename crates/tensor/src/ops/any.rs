//! Whether some element along axes is true.
use crate::{
    Array, Axes, DType, Entry, Fault, Tensor,
    families::{
        element_types::ElementTypes,
        reduction::{Fold, Reduction, entry, reduce},
    },
};
use bouton_ir as ir;

impl Tensor {
    /// Whether some element is true; a number is true if it is not zero. Of nothing it is false.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2], [0, 4]].any()), "bool true");
    /// ```
    #[track_caller]
    pub fn any(&self) -> Tensor {
        reduce::<Any>(&self.convert(DType::Bool), None)
    }

    /// Whether some element is true along the given axes, which go away, or stay with size 1: `x.any_axes(keep(-1))`.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2], [0, 4]].any_axes(1)), "bool[2] [true, true]");
    /// ```
    #[track_caller]
    pub fn any_axes(&self, axes: impl Into<Axes>) -> Tensor {
        reduce::<Any>(&self.convert(DType::Bool), Some(axes.into()))
    }
}

#[derive(Debug, Default)]
struct Any;

impl Reduction for Any {
    const NAME: &'static str = "any";
    const FORM: ir::Reduction = ir::Reduction::Or;
    const TYPES: ElementTypes = ElementTypes::Bool;
    const STABLEHLO: &'static str = "or";
    const REFUSES_NOTHING: Option<&'static str> = None;

    fn start(_: DType) -> String {
        "false".into()
    }

    fn eval(x: &Array, fold: &Fold) -> Array {
        fold.run(x, false, |a: bool, x: bool| a | x)
    }

    fn vjp(_: &Tensor, _: &Tensor, _: &Tensor) -> Result<Option<Tensor>, Fault> {
        Ok(None)
    }

    fn jvp(_: &Tensor, _: &Tensor, _: &Tensor, _: &[usize]) -> Result<Option<Tensor>, Fault> {
        Ok(None)
    }
}

pub(crate) const ENTRY: Entry = entry::<Any>();
