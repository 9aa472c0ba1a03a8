//! Rust types that an array may hold.
use crate::DType;
use half::{bf16, f16};
use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is the element of an [`Array`](crate::Array).
///
/// Implemented for `bool`, `u8`..`u64`, `i8`..`i64`, [`struct@f16`], [`struct@bf16`], `f32` and `f64`, and closed: an
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
    /// Converts as [`Element::cast`] does from `f32`.
    fn from_f32(x: f32) -> Self;
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
            #[inline(always)]
            fn from_f64(x: f64) -> $T { x as $T }
            #[inline(always)]
            fn from_f32(x: f32) -> $T { x as $T }
            fn to_i128(self) -> Option<i128> { Some(self as i128) }
            fn from_i128(x: i128) -> $T { x as $T }
        }
    )*};
}
integers!(u8 U8, u16 U16, u32 U32, u64 U64, i8 I8, i16 I16, i32 I32, i64 I64);

macro_rules! floats {
    ($($T:ident $D:ident $to:expr, $from_f64:expr, $from_f32:expr, $cast:ident: $through:expr);* $(;)?) => {$(
        impl sealed::Sealed for $T {}
        impl Element for $T {
            const DTYPE: DType = DType::$D;
            #[inline(always)]
            fn to_f64(self) -> f64 { $to(self) }
            #[inline(always)]
            fn from_f64(x: f64) -> $T { $from_f64(x) }
            #[inline(always)]
            fn from_f32(x: f32) -> $T { $from_f32(x) }
            fn to_i128(self) -> Option<i128> { None }
            #[inline(always)]
            fn from_i128(x: i128) -> $T { integer_to(x) }
            #[inline(always)]
            fn cast<T: Element>(self) -> T { T::$cast($through(self)) }
        }
    )*};
}
floats! {
    f32 F32 f64::from, |x| x as f32, |x| x, from_f32: |x| x;
    f64 F64 |x| x, |x| x, f64::from, from_f64: |x| x;
    f16 F16 f16::to_f64, |x| f16::from_f32(to_odd(x)), f16::from_f32, from_f32: f16::to_f32;
    bf16 BF16 bf16::to_f64, |x| bf16::from_f32(to_odd(x)), bf16::from_f32, from_f32: bf16::to_f32;
}

/// An integer as a float: exact in `f64` up to 2^53, then rounded to the type.
#[inline(always)]
fn integer_to<T: Element>(x: i128) -> T {
    match T::DTYPE {
        DType::F32 => T::from_f32(x as f32),
        _ => T::from_f64(x as f64),
    }
}

/// `x` as an `f32` that is odd wherever it is not exact, so that rounding on to a narrower type rounds once.
/// Boldo and Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd, 2008.
#[inline(always)]
fn to_odd(x: f64) -> f32 {
    let y = x as f32;
    if f64::from(y) == x || !y.is_finite() {
        return y; // NaN is not finite
    }
    let toward_zero = if f64::from(y).abs() > x.abs() {
        y.to_bits() - 1
    } else {
        y.to_bits()
    };
    f32::from_bits(toward_zero | 1)
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
    fn from_f32(x: f32) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_numbers_round_to_halves_once() {
        // Just above the middle between two halves: by way of the nearest f32 it would be the middle itself.
        let middle = 1.0 + 2f64.powi(-8);
        assert_eq!(
            (middle + 1e-12).cast::<bf16>().to_f64(),
            1.0 + 2f64.powi(-7)
        );
        assert_eq!((middle - 1e-12).cast::<bf16>().to_f64(), 1.0);
        assert_eq!(middle.cast::<bf16>().to_f64(), 1.0);
        assert_eq!(
            (1.0 + 2f64.powi(-11) + 1e-13).cast::<f16>().to_f64(),
            1.0 + 2f64.powi(-10)
        );
        for x in [
            f64::INFINITY,
            -1e300,
            f64::NAN,
            0.0,
            -0.0,
            1e-310,
            3.5,
            65504.0,
            -65520.0,
        ] {
            let (a, b) = (x.cast::<f16>(), f16::from_f64(x));
            assert!(
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
                "{x}"
            );
        }
        assert_eq!((16_777_217i32 << 3).cast::<f32>(), 134_217_736.0);
        assert_eq!((-1i32).cast::<u8>(), 255);
    }
}
