//! Index of the smallest element.
use crate::{
    Axes, DType, Entry, Tensor,
    families::{
        arg_reduction::{ArgReduction, arg_reduce, arg_reduce_axis, entry},
        with_integers,
    },
};

impl Tensor {
    /// Index of the smallest of all elements in row-major order, as `i32`; the first of equals, the first NaN if there
    /// is one. Nothing flows through it in a gradient.
    ///
    /// # Errors
    /// An empty tensor: "axis 0 is empty and argmin of nothing has no value".
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[3, 5], [2, 2]].argmin()), "i32 2");
    /// ```
    #[track_caller]
    pub fn argmin(&self) -> Tensor {
        arg_reduce::<Argmin>(self)
    }

    /// Index of the smallest element along one axis, which goes away, or stays with size 1: `x.argmin_axis(keep(-1))`.
    /// See [`Tensor::argmin`].
    ///
    /// # Errors
    /// An axis that does not exist or is empty; more than one.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[3, 5], [2, 2]].argmin_axis(1)), "i32[2] [0, 0]");
    /// ```
    #[track_caller]
    pub fn argmin_axis(&self, axis: impl Into<Axes>) -> Tensor {
        arg_reduce_axis::<Argmin>(self, &axis.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Argmin;

impl ArgReduction for Argmin {
    const NAME: &'static str = "argmin";
    const REFUSES_NOTHING: &'static str = "axis 1 is empty and argmin of nothing has no value";
    const STABLEHLO: &'static str = "LT";

    fn prefers<T: PartialOrd>(a: T, b: T) -> bool {
        a < b
    }

    fn start(dtype: DType) -> String {
        match dtype {
            DType::F64 => "0x7FF0000000000000".into(),
            DType::F32 => "0x7F800000".into(),
            DType::BF16 => "0x7F80".into(),
            DType::F16 => "0x7C00".into(),
            other => with_integers!(other, T => T::MAX.to_string()),
        }
    }
}

pub(crate) const ENTRY: Entry = entry::<Argmin>();
