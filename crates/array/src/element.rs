//! Rust types that an array may hold.
use crate::DType;
use half::{bf16, f16};
use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is the element of an [`Array`](crate::Array).
///
/// Implemented for `bool`, `u8`..`u64`, `i8`..`i64`, [`f16`], [`bf16`], `f32` and `f64`, and closed: an
/// array's bytes are read as these types.
pub trait Element:
    sealed::Sealed + Copy + Debug + Default + PartialEq + PartialOrd + Send + Sync + 'static
{
    /// The element type that describes it.
    const DTYPE: DType;
    /// The nearest `f64`; exact but for large 64-bit integers.
    fn to_f64(self) -> f64;
    /// Converts as [`Element::cast`] does from `f64`.
    fn from_f64(x: f64) -> Self;
    /// The value as an integer, if the type is an integer or `bool`.
    fn to_i128(self) -> Option<i128>;
    /// Keeps the low bits of an integer; a float rounds to nearest.
    fn from_i128(x: i128) -> Self;

    /// Converts as the op `convert` does: float to integer truncates and saturates, NaN gives 0;
    /// integer to narrower integer keeps the low bits; anything to `bool` is "not zero".
    fn cast<T: Element>(self) -> T {
        match self.to_i128() {
            Some(i) => T::from_i128(i),
            None => T::from_f64(self.to_f64()),
        }
    }
}

macro_rules! integers {
    ($($T:ident $D:ident),*) => {$(
        impl sealed::Sealed for $T {}
        impl Element for $T {
            const DTYPE: DType = DType::$D;
            fn to_f64(self) -> f64 { self as f64 }
            fn from_f64(x: f64) -> $T { x as $T }
            fn to_i128(self) -> Option<i128> { Some(self as i128) }
            fn from_i128(x: i128) -> $T { x as $T }
        }
    )*};
}
integers!(u8 U8, u16 U16, u32 U32, u64 U64, i8 I8, i16 I16, i32 I32, i64 I64);

macro_rules! floats {
    ($($T:ident $D:ident $to:expr, $from:expr, $int:expr);* $(;)?) => {$(
        impl sealed::Sealed for $T {}
        impl Element for $T {
            const DTYPE: DType = DType::$D;
            fn to_f64(self) -> f64 { $to(self) }
            fn from_f64(x: f64) -> $T { $from(x) }
            fn to_i128(self) -> Option<i128> { None }
            fn from_i128(x: i128) -> $T { $int(x) }
        }
    )*};
}
floats! {
    f32 F32 f64::from, |x| x as f32, |x| x as f32;
    f64 F64 |x| x, |x| x, |x| x as f64;
    f16 F16 f16::to_f64, |x: f64| f16::from_f32(x as f32), |x| f16::from_f32(x as f32);
    bf16 BF16 bf16::to_f64, |x: f64| bf16::from_f32(x as f32), |x| bf16::from_f32(x as f32);
}

impl sealed::Sealed for bool {}
impl Element for bool {
    const DTYPE: DType = DType::Bool;
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }
    fn from_f64(x: f64) -> bool {
        x != 0.0
    }
    fn to_i128(self) -> Option<i128> {
        Some(i128::from(self))
    }
    fn from_i128(x: i128) -> bool {
        x != 0
    }
}

/// Runs a block with `$T` standing for the Rust type of a [`DType`]: `with_dtype!(t, T => f::<T>())`.
#[macro_export]
macro_rules! with_dtype {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::with_dtype!(@ $dtype, $T => $body,
            Bool bool, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64,
            F16 $crate::f16, BF16 $crate::bf16, F32 f32, F64 f64)
    };
    (@ $dtype:expr, $T:ident => $body:expr, $($D:ident $R:ty),*) => {
        match $dtype {
            $($crate::DType::$D => { type $T = $R; $body })*
            #[allow(unreachable_patterns)] // the enum is open to other crates
            _ => unreachable!("every element type has a Rust type"),
        }
    };
}
