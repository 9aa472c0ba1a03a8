//! Largest element along axes.
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
    /// Largest of all elements; NaN if one of them is.
    ///
    /// # Gradient
    /// Shared equally among equal elements.
    ///
    /// # Errors
    /// An empty tensor: "axis 0 is empty and max of nothing has no value".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].max()), "f32 4.0");
    /// ```
    #[track_caller]
    pub fn max(&self) -> Tensor {
        reduce::<Max>(self, None)
    }

    /// Largest element along the given axes, which go away, or stay with size 1: `x.max_axes(keep(-1))`.
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
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].max_axes(1)), "f32[2] [2.0, 4.0]");
    /// ```
    #[track_caller]
    pub fn max_axes(&self, axes: impl Into<Axes>) -> Tensor {
        reduce::<Max>(self, Some(axes.into()))
    }
}

#[derive(Debug, Default)]
struct Max;

impl Reduction for Max {
    const NAME: &'static str = "max";
    const FORM: ir::Reduction = ir::Reduction::Max;
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const STABLEHLO: &'static str = "maximum";
    const REFUSES_NOTHING: Option<&'static str> =
        Some("axis 1 is empty and max of nothing has no value");

    fn start(dtype: DType) -> String {
        match dtype {
            DType::F64 => "0xFFF0000000000000".into(),
            DType::F32 => "0xFF800000".into(),
            DType::BF16 => "0xFF80".into(),
            DType::F16 => "0xFC00".into(),
            other => with_integers!(other, T => T::MIN.to_string()),
        }
    }

    fn eval(x: &Array, fold: &Fold) -> Array {
        match x.dtype() {
            DType::F64 => fold.run::<f64, _>(x, f64::NEG_INFINITY, Arithmetic::maximum),
            DType::U64 => fold.run::<u64, _>(x, u64::MIN, Arithmetic::maximum),
            dtype if dtype.is_float() => fold
                .run::<f32, _>(&x.cast(DType::F32), f32::NEG_INFINITY, Arithmetic::maximum)
                .cast(dtype),
            dtype => fold
                .run::<i64, _>(&x.cast(DType::I64), i64::MIN, Arithmetic::maximum)
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

pub(crate) const ENTRY: Entry = entry::<Max>();
