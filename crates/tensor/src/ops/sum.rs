//! Elements added up along axes.
use crate::{
    Array, Axes, DType, Entry, Fault, Tensor,
    families::{
        element_types::ElementTypes,
        reduction::{Fold, Reduction, entry, reduce},
    },
};
use bouton_ir as ir;

impl Tensor {
    /// The sum of all elements. `bool` and integers of less than 32 bits are widened to 32.
    ///
    /// Floats are added in a fixed order that depends on the shape alone; halves are added in `f32` and rounded once.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].sum()), "f32 10.0");
    /// ```
    #[track_caller]
    pub fn sum(&self) -> Tensor {
        reduce::<Sum>(&self.aggregate(), None)
    }

    /// Sums along the given axes, which go away, or stay with size 1: `x.sum_axes(keep(-1))`.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    #[track_caller]
    pub fn sum_axes(&self, axes: impl Into<Axes>) -> Tensor {
        reduce::<Sum>(&self.aggregate(), Some(axes.into()))
    }

    /// Converted to the type that sums and products have.
    #[track_caller]
    pub(crate) fn aggregate(&self) -> Tensor {
        match self.dtype() {
            Ok(d) => self.convert(d.to_aggregate()),
            Err(_) => self.clone(),
        }
    }
}

#[derive(Debug, Default)]
struct Sum;

impl Reduction for Sum {
    const NAME: &'static str = "sum";
    const FORM: ir::Reduction = ir::Reduction::Sum;
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const STABLEHLO: &'static str = "add";

    const REFUSES_NOTHING: Option<&'static str> = None;

    fn start(dtype: DType) -> String {
        if dtype.is_float() {
            "0.0".into()
        } else {
            "0".into()
        }
    }

    fn eval(x: &Array, fold: &Fold) -> Array {
        match x.dtype() {
            DType::F64 => fold.run(x, 0.0, |s: f64, x: f64| s + x),
            // Wide enough that the order of additions does not show.
            dtype if dtype.is_float() => fold
                .run(&x.cast(DType::F32), 0.0, |s: f64, x: f32| s + f64::from(x))
                .cast(dtype),
            // Modulo 2^64, and so modulo any smaller power.
            dtype => fold
                .run(&x.cast(DType::I64), 0, i64::wrapping_add)
                .cast(dtype),
        }
    }

    fn vjp(x: &Tensor, _: &Tensor, d: &Tensor) -> Result<Option<Tensor>, Fault> {
        Ok(Some(d.broadcast_like(x)))
    }

    fn jvp(_: &Tensor, _: &Tensor, d: &Tensor, axes: &[usize]) -> Result<Option<Tensor>, Fault> {
        Ok(Some(reduce::<Sum>(d, Some(axes.into()))))
    }
}

pub(crate) const ENTRY: Entry = entry::<Sum>();
