//! Host values in, host values out, and what a tensor looks like when it is printed.
use crate::{Array, Element, Error, Fault, Literal, Number, Result, Shape, Tensor, place::here};
use bouton_array::Heatmap;
use std::fmt;

impl Tensor {
    /// Nested arrays, slices and vectors of numbers; what [`tensor!`](crate::tensor!) calls.
    ///
    /// # Errors
    /// Rows of different lengths.
    #[track_caller]
    pub fn new(values: impl Literal) -> Tensor {
        match values.into_array() {
            Ok(array) => Tensor::from_array(array),
            Err(e) => Tensor::fault("tensor", e.into(), &[]),
        }
    }

    /// A vector as a tensor of this shape, without copying.
    ///
    /// # Errors
    /// The number of values must be the product of `shape`.
    #[track_caller]
    pub fn from_vec<T: Element>(shape: impl Into<Shape>, values: Vec<T>) -> Tensor {
        match Array::from_vec(shape, values) {
            Ok(array) => Tensor::from_array(array),
            Err(e) => Tensor::fault("from_vec", e.into(), &[]),
        }
    }

    /// One number, of the type it has on its own.
    #[track_caller]
    pub fn scalar<T: Element>(value: T) -> Tensor {
        Tensor::from_array(Array::scalar(value))
    }

    /// One plain number as a tensor of `dtype`; an input of the program that uses it, never part of its key.
    #[track_caller]
    pub(crate) fn number(value: Number, dtype: crate::DType) -> Tensor {
        Tensor::from_array(value.to_array(dtype))
    }

    /// The values in row-major order; without a copy if this is the last handle of a tensor made by
    /// [`Tensor::from_vec`].
    ///
    /// # Errors
    /// The element type must be `T`; and as [`Tensor::eval`].
    #[track_caller]
    pub fn into_vec<T: Element>(self) -> Result<Vec<T>> {
        let at = here();
        let array = self.into_array()?;
        array
            .into_vec()
            .map_err(|e| Error::new("into_vec", e.into(), at))
    }

    /// A copy of the values in row-major order.
    ///
    /// # Errors
    /// The element type must be `T`; and as [`Tensor::eval`].
    #[track_caller]
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        let at = here();
        let array = self.to_array()?;
        array
            .as_slice()
            .map(<[T]>::to_vec)
            .map_err(|e| Error::new("to_vec", e.into(), at))
    }

    /// The value of a tensor of one element as `f64` (exact but for large 64-bit integers).
    ///
    /// # Errors
    /// More or fewer than one element; and as [`Tensor::eval`].
    #[track_caller]
    pub fn item(&self) -> Result<f64> {
        let at = here();
        let array = self.to_array()?;
        if array.size() == 1 {
            return Ok(array.get_f64(0));
        }
        let fault = Fault::shape(format!("expected one element, found {}", array.size()))
            .inputs([array.ty()])
            .help("take one element with x.at(i), or all with x.to_vec()");
        Err(Error::new("item", fault, at))
    }

    /// The last two axes as a picture in the terminal.
    ///
    /// # Errors
    /// As [`Tensor::eval`].
    #[track_caller]
    pub fn heatmap(&self) -> Result<Heatmap> {
        self.to_array().map(Heatmap::new)
    }
}

impl<T: Element> From<Vec<T>> for Tensor {
    /// One axis, without copying.
    #[track_caller]
    fn from(values: Vec<T>) -> Tensor {
        Tensor::from_vec([values.len()], values)
    }
}

impl<T: Element> From<&[T]> for Tensor {
    /// One axis; copies.
    #[track_caller]
    fn from(values: &[T]) -> Tensor {
        Tensor::from(values.to_vec())
    }
}

/// A tensor of literal numbers: `tensor![1.0, 2.0]`, `tensor![[1, 2], [3, 4]]`. One number is
/// [`Tensor::scalar`](crate::Tensor::scalar).
///
/// Floats are `f32` and integers `i32` unless they say otherwise (`1.0f64`).
#[macro_export]
macro_rules! tensor {
    ($($x:expr),* $(,)?) => { $crate::Tensor::new($crate::literals::weak([$($x),*])) };
}

/// What `tensor!` expands to.
#[doc(hidden)]
pub mod literals {
    use bouton_array::Literal;

    /// Without a type of their own, literals take the first that fits: see the impls.
    pub fn weak<T: Weak>(x: T) -> T::As {
        x.weak()
    }

    /// Literals as `tensor!` reads them: `f64` becomes `f32`, since that is what an unmarked literal is.
    pub trait Weak {
        type As: Literal;
        fn weak(self) -> Self::As;
    }
    macro_rules! same {
        ($($T:ty),*) => {$( impl Weak for $T { type As = $T; fn weak(self) -> $T { self } } )*};
    }
    same!(
        bool,
        u8,
        u16,
        u32,
        u64,
        i8,
        i16,
        i32,
        i64,
        f32,
        bouton_array::f16,
        bouton_array::bf16
    );
    impl Weak for f64 {
        type As = f32;
        fn weak(self) -> f32 {
            self as f32
        }
    }
    impl<T: Weak, const N: usize> Weak for [T; N] {
        type As = [T::As; N];
        fn weak(self) -> [T::As; N] {
            self.map(T::weak)
        }
    }
}

impl fmt::Debug for Tensor {
    /// Type and values, abbreviated; the error, if it carries one; the type alone while tracing.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.0 {
            Err(e) => write!(f, "error: {e}"),
            Ok(n) if n.hollow => write!(
                f,
                "{} <no value while tracing; made at {}:{}>",
                n.ty,
                n.origin.at.file(),
                n.origin.at.line()
            ),
            Ok(_) => match self.to_array() {
                Ok(array) => fmt::Debug::fmt(&array, f),
                Err(e) => write!(f, "error: {e}"),
            },
        }
    }
}

impl fmt::Display for Tensor {
    /// As `Debug`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
