//! Smallest element along axes.
use crate::{
    Array, Axes, DType, Entry, Fault, Tensor,
    families::{
        element_types::ElementTypes,
        reduction::{Fold, Reduction, entry, reduce, share_among},
        with_integers,
    },
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// Smallest of all elements; NaN if one of them is.
    ///
    /// # Gradient
    /// Shared equally among equal elements.
    ///
    /// # Errors
    /// An empty tensor: "axis 0 is empty and min of nothing has no value".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].min()), "f32 1.0");
    /// ```
    #[track_caller]
    pub fn min(&self) -> Tensor {
        reduce::<Min>(self, None)
    }

    /// Smallest element along the given axes, which go away, or stay with size 1: `x.min_axes(keep(-1))`.
    ///
    /// # Gradient
    /// Shared equally among equal elements.
    ///
    /// # Errors
    /// An axis that does not exist, is named twice or is empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].min_axes(1)), "f32[2] [1.0, 3.0]");
    /// ```
    #[track_caller]
    pub fn min_axes(&self, axes: impl Into<Axes>) -> Tensor {
        reduce::<Min>(self, Some(axes.into()))
    }
}

#[derive(Debug, Default)]
struct Min;

impl Reduction for Min {
    const NAME: &'static str = "min";
    const FORM: ir::Reduction = ir::Reduction::Min;
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const STABLEHLO: &'static str = "minimum";
    const REFUSES_NOTHING: Option<&'static str> =
        Some("axis 1 is empty and min of nothing has no value");

    fn start(dtype: DType) -> String {
        match dtype {
            DType::F64 => "0x7FF0000000000000".into(),
            DType::F32 => "0x7F800000".into(),
            DType::BF16 => "0x7F80".into(),
            DType::F16 => "0x7C00".into(),
            other => with_integers!(other, T => T::MAX.to_string()),
        }
    }

    fn eval(x: &Array, fold: &Fold) -> Array {
        match x.dtype() {
            DType::F64 => fold.run::<f64, _>(x, f64::INFINITY, Arithmetic::minimum),
            DType::U64 => fold.run::<u64, _>(x, u64::MAX, Arithmetic::minimum),
            dtype if dtype.is_float() => fold
                .run::<f32, _>(&x.cast(DType::F32), f32::INFINITY, Arithmetic::minimum)
                .cast(dtype),
            dtype => fold
                .run::<i64, _>(&x.cast(DType::I64), i64::MAX, Arithmetic::minimum)
                .cast(dtype),
        }
    }

    fn vjp(x: &Tensor, y: &Tensor, d: &Tensor) -> Result<Option<Tensor>, Fault> {
        let (equal, count) = share_among(x, y);
        Ok(Some(d / count * equal))
    }

    fn jvp(x: &Tensor, y: &Tensor, d: &Tensor, axes: &[usize]) -> Result<Option<Tensor>, Fault> {
        let (equal, count) = share_among(x, y);
        Ok(Some((d * equal / count).sum_axes(axes)))
    }
}

pub(crate) const ENTRY: Entry = entry::<Min>();
