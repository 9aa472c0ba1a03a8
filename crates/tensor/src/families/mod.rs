//! Families of operations: the rules that members share, derived from the one statement each member makes.

pub(crate) mod arg_reduction;
pub(crate) mod binary;
pub(crate) mod contraction;
pub(crate) mod element_types;
pub(crate) mod operands;
pub(crate) mod picking;
pub(crate) mod placing;
pub(crate) mod reduction;
pub(crate) mod samples;
pub(crate) mod unary;

use crate::{Array, Element, Fault, Tensor, Type};

/// What a rule for derivatives gives: `None` where nothing flows.
pub(crate) type Flows = Result<Vec<Option<Tensor>>, Fault>;

/// What a batching rule gives: each result with the place of its extra axis.
pub(crate) type Batched = Result<Vec<(Tensor, Option<usize>)>, Fault>;

/// `f` of every element.
pub(crate) fn map<T: Element, U: Element>(x: &Array, f: impl Fn(T) -> U) -> Array {
    let mut y = Array::scratch(&x.ty().with_dtype(U::DTYPE));
    for (y, x) in y.slice_mut::<U>().iter_mut().zip(x.slice::<T>()) {
        *y = f(*x);
    }
    y
}

/// `f` of every pair of elements.
pub(crate) fn zip<T: Element, U: Element>(a: &Array, b: &Array, f: impl Fn(T, T) -> U) -> Array {
    let mut y = Array::scratch(&a.ty().with_dtype(U::DTYPE));
    for ((y, a), b) in y
        .slice_mut::<U>()
        .iter_mut()
        .zip(a.slice::<T>())
        .zip(b.slice::<T>())
    {
        *y = f(*a, *b);
    }
    y
}

/// `map_floats!(x, v => f(v))`: halves compute in `f32` and round once.
macro_rules! map_floats {
    ($x:expr, $v:ident => $f:expr) => {
        match $x.dtype() {
            $crate::DType::F64 => $crate::families::map($x, |$v: f64| $f),
            $crate::DType::F32 => $crate::families::map($x, |$v: f32| $f),
            $crate::DType::BF16 => $crate::families::map($x, |h: $crate::bf16| {
                let $v = h.to_f32();
                $crate::bf16::from_f32($f)
            }),
            $crate::DType::F16 => $crate::families::map($x, |h: $crate::f16| {
                let $v = h.to_f32();
                $crate::f16::from_f32($f)
            }),
            other => unreachable!("the type rule refuses {other}"),
        }
    };
}
pub(crate) use map_floats;

/// Runs a block with `$T` standing for the Rust type of a numeric [`DType`](crate::DType): all but `bool`.
macro_rules! with_numbers {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::families::with_numbers!(@ $dtype, $T => $body, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32,
            I64 i64, F16 $crate::f16, BF16 $crate::bf16, F32 f32, F64 f64)
    };
    (@ $dtype:expr, $T:ident => $body:expr, $($D:ident $R:ty),*) => {
        match $dtype {
            $($crate::DType::$D => { type $T = $R; $body })*
            other => unreachable!("the type rule refuses {other}"),
        }
    };
}
pub(crate) use with_numbers;

/// Runs a block with `$T` standing for the Rust type of an integer [`DType`](crate::DType).
macro_rules! with_integers {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::families::with_numbers!(@ $dtype, $T => $body, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64)
    };
}
pub(crate) use with_integers;

/// Runs a block with `$T` standing for the Rust type of an integer [`DType`](crate::DType) or `bool`.
macro_rules! with_bits {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::families::with_numbers!(@ $dtype, $T => $body, Bool bool, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64)
    };
}
pub(crate) use with_bits;

/// The batching rule of everything pointwise: all inputs get the extra axis in front.
#[track_caller]
pub(crate) fn align(x: &[Tensor], axes: &[Option<usize>]) -> Result<Vec<Tensor>, Fault> {
    let size = batch_size(x, axes)?;
    let front = |(x, axis): (&Tensor, &Option<usize>)| match axis {
        Some(axis) => x.move_axis(*axis, 0),
        None => x.repeat_front(size),
    };
    Ok(x.iter().zip(axes).map(front).collect())
}

/// The size of the extra axis.
pub(crate) fn batch_size(x: &[Tensor], axes: &[Option<usize>]) -> Result<usize, Fault> {
    let mut sizes = x
        .iter()
        .zip(axes)
        .filter_map(|(x, axis)| Some(x.shape().ok()?[(*axis)?]));
    sizes
        .next_back()
        .ok_or_else(|| Fault::shape("nothing to batch"))
}

/// All inputs must have one type.
pub(crate) fn same_types(x: &[&Type]) -> Result<(), Fault> {
    for (i, t) in x.iter().enumerate().skip(1) {
        if t.dtype != x[0].dtype {
            return Err(Fault::dtype(format!(
                "inputs must have the same element type; input {i} is {}, input 0 is {}",
                t.dtype, x[0].dtype
            )));
        }
        if t.shape != x[0].shape {
            return Err(Fault::shape(format!(
                "inputs must have the same shape; input {i} differs"
            )));
        }
    }
    Ok(())
}
