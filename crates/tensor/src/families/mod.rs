//! Families of operations: the rules that members share, derived from the one statement each member makes.

pub(crate) mod arg_reduction;
pub(crate) mod binary;
pub(crate) mod contraction;
pub(crate) mod cumulative;
pub(crate) mod drawing;
pub(crate) mod element_types;
pub(crate) mod equations;
pub(crate) mod lanes;
pub(crate) mod matrices;
pub(crate) mod operands;
pub(crate) mod ordering;
pub(crate) mod picking;
pub(crate) mod placing;
pub(crate) mod reduction;
pub(crate) mod samples;
pub(crate) mod sliding;
pub(crate) mod unary;
pub(crate) mod walk;
pub(crate) mod window_extreme;
pub(crate) mod window_sums;
pub(crate) mod windows;
pub(crate) mod winograd;

use crate::{Array, DType, Element, Fault, Tensor, Type};

/// What a rule for derivatives gives: `None` where nothing flows.
pub(crate) type Flows = Result<Vec<Option<Tensor>>, Fault>;

/// What a batching rule gives: each result with the place of its extra axis.
pub(crate) type Batched = Result<Vec<(Tensor, Option<usize>)>, Fault>;

/// `f` of every element. The loop is compiled once for each type: its speed does not matter, its copies would.
#[inline(never)]
pub(crate) fn map<T: Element>(x: &Array, f: fn(T) -> T) -> Array {
    let mut y = x.clone();
    for y in y.slice_mut::<T>() {
        *y = f(*y);
    }
    y
}

/// `f` of every pair of elements; likewise.
#[inline(never)]
pub(crate) fn zip<T: Element>(a: &Array, b: &Array, f: fn(T, T) -> T) -> Array {
    let mut y = a.clone();
    for (y, b) in y.slice_mut::<T>().iter_mut().zip(b.slice::<T>()) {
        *y = f(*y, *b);
    }
    y
}

/// `f` of every element of a float type; halves compute in `f32` and round once.
pub(crate) fn map_floats(x: &Array, wide: fn(f64) -> f64, narrow: fn(f32) -> f32) -> Array {
    match x.dtype() {
        DType::F64 => map(x, wide),
        dtype => map(&x.cast(DType::F32), narrow).cast(dtype),
    }
}

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
        Some(axis) => x.bring(*axis, 0),
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
