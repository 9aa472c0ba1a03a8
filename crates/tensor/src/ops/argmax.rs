//! Index of the largest element.
use crate::{
    Axes, DType, Entry, Tensor,
    families::{
        arg_reduction::{ArgReduction, arg_reduce, arg_reduce_axis, entry},
        with_integers,
    },
};

impl Tensor {
    /// Index of the largest of all elements in row-major order, as `i32`; the first of equals, the first NaN if there
    /// is one. Nothing flows through it in a gradient.
    ///
    /// # Errors
    /// An empty tensor: "axis 0 is empty and argmax of nothing has no value".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[3, 5], [2, 2]].argmax()), "i32 1");
    /// ```
    #[track_caller]
    pub fn argmax(&self) -> Tensor {
        arg_reduce::<Argmax>(self)
    }

    /// Index of the largest element along one axis, which goes away, or stays with size 1: `x.argmax_axis(keep(-1))`.
    /// See [`Tensor::argmax`].
    ///
    /// # Errors
    /// An axis that does not exist or is empty; more than one.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[3, 5], [2, 2]].argmax_axis(1)), "i32[2] [1, 0]");
    /// ```
    #[track_caller]
    pub fn argmax_axis(&self, axis: impl Into<Axes>) -> Tensor {
        arg_reduce_axis::<Argmax>(self, &axis.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Argmax;

impl ArgReduction for Argmax {
    const NAME: &'static str = "argmax";
    const REFUSES_NOTHING: &'static str = "axis 1 is empty and argmax of nothing has no value";
    const STABLEHLO: &'static str = "GT";

    fn prefers<T: PartialOrd>(a: T, b: T) -> bool {
        a > b
    }

    fn start(dtype: DType) -> String {
        match dtype {
            DType::F64 => "0xFFF0000000000000".into(),
            DType::F32 => "0xFF800000".into(),
            DType::BF16 => "0xFF80".into(),
            DType::F16 => "0xFC00".into(),
            other => with_integers!(other, T => T::MIN.to_string()),
        }
    }
}

pub(crate) const ENTRY: Entry = entry::<Argmax>();
