//! What each arithmetic function means on one element, for every element type.
//!
//! The one definition of scalar arithmetic: the compiled loops and the reference evaluation both call it,
//! so they differ in structure only. Integers wrap; halves compute in `f32` and round once.
use crate::{Array, DType, Element, with_dtype};
use half::{bf16, f16};

/// A plain number beside a tensor: its type is weak, see [`DType::promote_number`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // the names say it
pub enum Number {
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl Number {
    /// The type it has on its own: `bool`, `i32` (`i64` where it does not fit) or `f32`.
    pub fn dtype(self) -> DType {
        match self {
            Number::Bool(_) => DType::Bool,
            Number::Int(i) if i32::try_from(i).is_ok() => DType::I32,
            Number::Int(_) => DType::I64,
            Number::Float(_) => DType::F32,
        }
    }

    /// As a scalar array of `dtype`, converted as the op `convert` does.
    pub fn to_array(self, dtype: DType) -> Array {
        with_dtype!(dtype, T => Array::scalar::<T>(self.cast()))
    }

    /// As an element, converted as the op `convert` does.
    pub fn cast<T: Element>(self) -> T {
        match self {
            Number::Bool(b) => T::from_i128(i128::from(b)),
            Number::Int(i) => T::from_i128(i128::from(i)),
            Number::Float(x) => T::from_f64(x),
        }
    }
}

impl From<f64> for Number {
    fn from(x: f64) -> Number {
        Number::Float(x)
    }
}

impl From<f32> for Number {
    fn from(x: f32) -> Number {
        Number::Float(f64::from(x))
    }
}

impl From<bool> for Number {
    fn from(x: bool) -> Number {
        Number::Bool(x)
    }
}

macro_rules! number_from_integers {
    ($($T:ty),*) => {$(
        impl From<$T> for Number {
            fn from(x: $T) -> Number { Number::Int(i64::from(x)) }
        }
    )*};
}
number_from_integers!(i64, i32, i16, i8, u32, u16, u8);

/// Arithmetic on numbers: every element type but `bool`.
#[allow(missing_docs)] // the functions are named after the ops, which document them
pub trait Arithmetic: Element {
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    fn remainder(self, other: Self) -> Self;
    fn minimum(self, other: Self) -> Self;
    fn maximum(self, other: Self) -> Self;
    fn negate(self) -> Self;
    fn abs(self) -> Self;
    fn sign(self) -> Self;
    fn power(self, exponent: Self) -> Self;
}

/// Bit by bit: integers, and `bool` as one bit.
#[allow(missing_docs)] // the functions are named after the ops, which document them
pub trait Bits: Element {
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn not(self) -> Self;
}

/// Integer; a distance outside the width gives 0, or the sign for the arithmetic shift.
#[allow(missing_docs)] // the functions are named after the ops, which document them
pub trait Integer: Bits {
    fn shift_left(self, by: Self) -> Self;
    fn shift_right_logical(self, by: Self) -> Self;
    fn shift_right_arithmetic(self, by: Self) -> Self;
    fn population_count(self) -> Self;
    fn count_leading_zeros(self) -> Self;
    fn gcd(self, other: Self) -> Self;
}

macro_rules! integers {
    ($($T:ident $U:ident $S:ident $divide:expr, $remainder:expr, $abs:expr, $sign:expr);* $(;)?) => {$(
        impl Arithmetic for $T {
            #[inline(always)] fn add(self, y: $T) -> $T { self.wrapping_add(y) }
            #[inline(always)] fn subtract(self, y: $T) -> $T { self.wrapping_sub(y) }
            #[inline(always)] fn multiply(self, y: $T) -> $T { self.wrapping_mul(y) }
            #[inline(always)] fn divide(self, y: $T) -> $T { $divide(self, y) }
            #[inline(always)] fn remainder(self, y: $T) -> $T { $remainder(self, y) }
            #[inline(always)] fn minimum(self, y: $T) -> $T { if self < y { self } else { y } }
            #[inline(always)] fn maximum(self, y: $T) -> $T { if self > y { self } else { y } }
            #[inline(always)] fn negate(self) -> $T { (0 as $T).wrapping_sub(self) }
            #[inline(always)] fn abs(self) -> $T { $abs(self) }
            #[inline(always)] fn sign(self) -> $T { $sign(self) }
            fn power(self, exponent: $T) -> $T {
                #[allow(unused_comparisons)] // also made for unsigned types
                if exponent < 0 {
                    // Only the units have an integer reciprocal.
                    return match self {
                        1 => 1,
                        x if x == (0 as $T).wrapping_sub(1) => if exponent & 1 == 0 { 1 } else { x },
                        _ => 0,
                    };
                }
                let (mut base, mut exponent, mut result) = (self, exponent, 1 as $T);
                while exponent > 0 {
                    if exponent & 1 == 1 { result = result.wrapping_mul(base); }
                    base = base.wrapping_mul(base);
                    exponent >>= 1;
                }
                result
            }
        }
        impl Bits for $T {
            #[inline(always)] fn and(self, y: $T) -> $T { self & y }
            #[inline(always)] fn or(self, y: $T) -> $T { self | y }
            #[inline(always)] fn xor(self, y: $T) -> $T { self ^ y }
            #[inline(always)] fn not(self) -> $T { !self }
        }
        impl Integer for $T {
            #[inline(always)] fn shift_left(self, by: $T) -> $T {
                if (by as $U) < $T::BITS as $U { self.wrapping_shl(by as u32) } else { 0 }
            }
            #[inline(always)] fn shift_right_logical(self, by: $T) -> $T {
                if (by as $U) < $T::BITS as $U { (self as $U).wrapping_shr(by as u32) as $T } else { 0 }
            }
            #[inline(always)] fn shift_right_arithmetic(self, by: $T) -> $T {
                let by = if (by as $U) < $T::BITS as $U { by as u32 } else { $T::BITS - 1 };
                // The sign of an unsigned number is its top bit, as in StableHLO.
                (self as $S).wrapping_shr(by) as $T
            }
            #[inline(always)] fn population_count(self) -> $T { self.count_ones() as $T }
            #[inline(always)] fn count_leading_zeros(self) -> $T { self.leading_zeros() as $T }
            fn gcd(self, other: $T) -> $T {
                let (mut x, mut y) = (Arithmetic::abs(self) as $U, Arithmetic::abs(other) as $U);
                while y != 0 {
                    (x, y) = (y, x % y);
                }
                x as $T
            }
        }
    )*};
}

// Division by zero and the one overflow have the results that XLA gives them.
macro_rules! signed {
    ($($T:ident $U:ident),*) => { integers! {$(
        $T $U $T
        |x: $T, y: $T| if y == 0 { -1 } else { x.wrapping_div(y) },
        |x: $T, y: $T| if y == 0 { x } else { x.wrapping_rem(y) },
        |x: $T| x.wrapping_abs(),
        |x: $T| x.signum();
    )*} };
}
macro_rules! unsigned {
    ($($T:ident $S:ident),*) => { integers! {$(
        $T $T $S
        |x: $T, y: $T| if y == 0 { $T::MAX } else { x / y },
        |x: $T, y: $T| if y == 0 { x } else { x % y },
        |x: $T| x,
        |x: $T| $T::from(x != 0);
    )*} };
}
signed!(i8 u8, i16 u16, i32 u32, i64 u64);
unsigned!(u8 i8, u16 i16, u32 i32, u64 i64);

impl Bits for bool {
    #[inline(always)]
    fn and(self, y: bool) -> bool {
        self & y
    }
    #[inline(always)]
    fn or(self, y: bool) -> bool {
        self | y
    }
    #[inline(always)]
    fn xor(self, y: bool) -> bool {
        self ^ y
    }
    #[inline(always)]
    fn not(self) -> bool {
        !self
    }
}

macro_rules! real_arithmetic {
    ($($T:ident),*) => {$(
        impl Arithmetic for $T {
            #[inline(always)] fn add(self, y: $T) -> $T { self + y }
            #[inline(always)] fn subtract(self, y: $T) -> $T { self - y }
            #[inline(always)] fn multiply(self, y: $T) -> $T { self * y }
            #[inline(always)] fn divide(self, y: $T) -> $T { self / y }
            #[inline(always)] fn remainder(self, y: $T) -> $T { crate::math::Real::rem(self, y) }
            // Of two zeros, minimum is the negative one and maximum the positive one, in either order.
            #[inline(always)] fn minimum(self, y: $T) -> $T {
                let least = if self < y || self.is_nan() { self } else { y };
                if self == y { $T::from_bits(self.to_bits() | y.to_bits()) } else { least }
            }
            #[inline(always)] fn maximum(self, y: $T) -> $T {
                let most = if self > y || self.is_nan() { self } else { y };
                if self == y { $T::from_bits(self.to_bits() & y.to_bits()) } else { most }
            }
            #[inline(always)] fn negate(self) -> $T { -self }
            #[inline(always)] fn abs(self) -> $T { $T::abs(self) }
            #[inline(always)] fn sign(self) -> $T { if self > 0.0 { 1.0 } else if self < 0.0 { -1.0 } else { self } }
            #[inline(always)] fn power(self, y: $T) -> $T { crate::math::Real::pow(self, y) }
        }
    )*};
}
real_arithmetic!(f32, f64);

macro_rules! half_arithmetic {
    ($($T:ident),*) => {$(
        impl Arithmetic for $T {
            #[inline(always)] fn add(self, y: $T) -> $T { $T::from_f32(self.to_f32() + y.to_f32()) }
            #[inline(always)] fn subtract(self, y: $T) -> $T { $T::from_f32(self.to_f32() - y.to_f32()) }
            #[inline(always)] fn multiply(self, y: $T) -> $T { $T::from_f32(self.to_f32() * y.to_f32()) }
            #[inline(always)] fn divide(self, y: $T) -> $T { $T::from_f32(self.to_f32() / y.to_f32()) }
            #[inline(always)] fn remainder(self, y: $T) -> $T { $T::from_f32(self.to_f32().remainder(y.to_f32())) }
            #[inline(always)] fn minimum(self, y: $T) -> $T { $T::from_f32(Arithmetic::minimum(self.to_f32(), y.to_f32())) }
            #[inline(always)] fn maximum(self, y: $T) -> $T { $T::from_f32(Arithmetic::maximum(self.to_f32(), y.to_f32())) }
            #[inline(always)] fn negate(self) -> $T { -self }
            #[inline(always)] fn abs(self) -> $T { $T::from_f32(Arithmetic::abs(self.to_f32())) }
            #[inline(always)] fn sign(self) -> $T { $T::from_f32(self.to_f32().sign()) }
            #[inline(always)] fn power(self, y: $T) -> $T { $T::from_f32(self.to_f32().power(y.to_f32())) }
        }
    )*};
}
half_arithmetic!(f16, bf16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_edges() {
        assert_eq!(
            (7i32.divide(0), 7i32.remainder(0), 7u8.divide(0)),
            (-1, 7, 255)
        );
        assert_eq!(
            (
                i32::MIN.divide(-1),
                i32::MIN.remainder(-1),
                Arithmetic::abs(i32::MIN)
            ),
            (i32::MIN, 0, i32::MIN)
        );
        assert_eq!(
            (
                3i32.power(4),
                2u8.power(9),
                (-1i32).power(-3),
                2i32.power(-1)
            ),
            (81, 0, -1, 0)
        );
        assert_eq!(
            (
                1u8.shift_left(8),
                0x80u8.shift_right_arithmetic(9),
                1i32.shift_left(-1)
            ),
            (0, 0xff, 0)
        );
    }

    #[test]
    fn not_a_number_goes_through_minimum_and_maximum() {
        for (x, y) in [(f32::NAN, 1.0), (1.0, f32::NAN)] {
            assert!(Arithmetic::minimum(x, y).is_nan() && Arithmetic::maximum(x, y).is_nan());
        }
        for (x, y) in [(0.0f32, -0.0f32), (-0.0, 0.0)] {
            assert!(
                Arithmetic::minimum(x, y).is_sign_negative()
                    && Arithmetic::maximum(x, y).is_sign_positive()
            );
        }
    }
}
