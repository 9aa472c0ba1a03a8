//! What the functions of `f32`, and most of `f64`, are written in: numbers, the words of their bits, and truths.
//!
//! A definition that is generic over [`Single`] or [`Double`] computes with a number itself, or with what stands for one: a
//! compiler's value, which turns the definition into instructions. So there is one definition for both, and the same
//! bits. There are no branches: a choice is between two numbers that are both made.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// A number, or what stands for one: `P` is `f32` or `f64`.
pub trait Number<P>:
    Copy
    + Add<Output = Self>
    + Add<P, Output = Self>
    + Sub<Output = Self>
    + Sub<P, Output = Self>
    + Mul<Output = Self>
    + Mul<P, Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Its bits.
    type Bits: Copy;
    /// Whether something holds.
    type Truth: Copy
        + BitAnd<Output = Self::Truth>
        + BitOr<Output = Self::Truth>
        + Not<Output = Self::Truth>;

    /// The number `x`, of the same kind as `self`.
    fn number(self, x: P) -> Self;
    /// `self * factor + term`, rounded once: a fused multiply-add.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The square root, correctly rounded; a NaN of any sign below 0.
    fn root(self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// `self`, negated where the sign of `sign` is set.
    fn negate_by(self, sign: Self) -> Self;
    /// `self` where it is below `limit`, else `limit`: also for a NaN.
    fn at_most(self, limit: P) -> Self;
    /// `self` where it is above `limit`, else `limit`: also for a NaN.
    fn at_least(self, limit: P) -> Self;
    /// `self < other`.
    fn below(self, other: Self) -> Self::Truth;
    /// `self == other`.
    fn equals(self, other: Self) -> Self::Truth;
    /// Whether it is a NaN.
    fn is_nan(self) -> Self::Truth;
    /// `yes` where `condition` holds, else `no`.
    fn choose(condition: Self::Truth, yes: Self, no: Self) -> Self;
    /// The one NaN that all functions answer with where `nan` holds, else `self`.
    fn nan_if(self, nan: Self::Truth) -> Self;
    /// The bits of this number.
    fn bits(self) -> Self::Bits;
    /// The number of these bits.
    fn from_bits(bits: Self::Bits) -> Self;
}

/// The bits of a number, or what stands for them: `W` is `u32` or `u64`. Sums and differences wrap.
pub trait Word<W>: Copy + BitAnd<W, Output = Self> + BitOr<W, Output = Self> {
    /// What says whether something holds of these bits.
    type Truth;

    /// `self + x`.
    fn plus(self, x: W) -> Self;
    /// `self - other`.
    fn minus(self, other: Self) -> Self;
    /// Shifted left by `n` bits.
    fn left(self, n: u8) -> Self;
    /// Shifted right by `n` bits; zeros come in.
    fn right(self, n: u8) -> Self;
    /// `self == x`.
    fn is(self, x: W) -> Self::Truth;
}

/// An `f32`, or what stands for one.
pub trait Single: Number<f32, Bits = Self::Word> {
    /// Its bits.
    type Word: Word<u32, Truth = Self::Truth>;
    /// What an `f64` is for it.
    type Wide: Double<Single = Self>;

    /// `negative` where the sign of `self` is set, be it a zero or a NaN, else `positive`.
    fn by_sign(self, negative: Self, positive: Self) -> Self;
    /// The same number as an `f64`.
    fn wide(self) -> Self::Wide;
    /// Shifted right by `n` bits; copies of the highest bit come in.
    fn right_signed(word: Self::Word, n: u8) -> Self::Word;
    /// Whether `word > x`.
    fn above(word: Self::Word, x: u32) -> Self::Truth;
    /// The number that `word` is as an integer with a sign.
    fn from_integer(word: Self::Word) -> Self;
}

/// An `f64`, or what stands for one.
pub trait Double: Number<f64, Bits = Self::Word> {
    /// Its bits.
    type Word: Word<u64, Truth = Self::Truth>;
    /// What an `f32` is for it.
    type Single;

    /// The nearest `f32`.
    fn narrow(self) -> Self::Single;
    /// `x` times the low half of `word`.
    fn low_half_times(word: Self::Word, x: u32) -> Self::Word;
    /// Whether `word > x`.
    fn above(word: Self::Word, x: u64) -> Self::Truth;
}

macro_rules! plain {
    ($P:ident, $W:ident) => {
        impl Number<$P> for $P {
            type Bits = $W;
            type Truth = bool;

            #[inline(always)]
            fn number(self, x: $P) -> $P {
                x
            }
            #[inline(always)]
            fn mul_add(self, factor: $P, term: $P) -> $P {
                $P::mul_add(self, factor, term)
            }
            #[inline(always)]
            fn root(self) -> $P {
                self.sqrt()
            }
            #[inline(always)]
            fn abs(self) -> $P {
                $P::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: $P) -> $P {
                $P::copysign(self, sign)
            }
            #[inline(always)]
            fn negate_by(self, sign: $P) -> $P {
                let sign = sign.to_bits() & (-0.0 as $P).to_bits();
                $P::from_bits(self.to_bits() ^ sign)
            }
            #[inline(always)]
            fn at_most(self, limit: $P) -> $P {
                if self < limit { self } else { limit }
            }
            #[inline(always)]
            fn at_least(self, limit: $P) -> $P {
                if self > limit { self } else { limit }
            }
            #[inline(always)]
            fn below(self, other: $P) -> bool {
                self < other
            }
            #[inline(always)]
            fn equals(self, other: $P) -> bool {
                self == other
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $P::is_nan(self)
            }
            #[inline(always)]
            fn choose(condition: bool, yes: $P, no: $P) -> $P {
                if condition { yes } else { no }
            }
            #[inline(always)]
            fn nan_if(self, nan: bool) -> $P {
                // On bits: of two NaNs the compiler thinks that one is as good as the other.
                $P::from_bits(if nan {
                    $P::NAN.to_bits()
                } else {
                    self.to_bits()
                })
            }
            #[inline(always)]
            fn bits(self) -> $W {
                self.to_bits()
            }
            #[inline(always)]
            fn from_bits(bits: $W) -> $P {
                $P::from_bits(bits)
            }
        }

        impl Word<$W> for $W {
            type Truth = bool;

            #[inline(always)]
            fn plus(self, x: $W) -> $W {
                self.wrapping_add(x)
            }
            #[inline(always)]
            fn minus(self, other: $W) -> $W {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn left(self, n: u8) -> $W {
                self << n
            }
            #[inline(always)]
            fn right(self, n: u8) -> $W {
                self >> n
            }
            #[inline(always)]
            fn is(self, x: $W) -> bool {
                self == x
            }
        }
    };
}

plain!(f32, u32);
plain!(f64, u64);

impl Single for f32 {
    type Word = u32;
    type Wide = f64;

    #[inline(always)]
    fn by_sign(self, negative: f32, positive: f32) -> f32 {
        if self.is_sign_negative() {
            negative
        } else {
            positive
        }
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        self as f64
    }
    #[inline(always)]
    fn right_signed(word: u32, n: u8) -> u32 {
        (word as i32 >> n) as u32
    }
    #[inline(always)]
    fn above(word: u32, x: u32) -> bool {
        word > x
    }
    #[inline(always)]
    fn from_integer(word: u32) -> f32 {
        word as i32 as f32
    }
}

impl Double for f64 {
    type Word = u64;
    type Single = f32;

    #[inline(always)]
    fn narrow(self) -> f32 {
        self as f32
    }
    #[inline(always)]
    fn low_half_times(word: u64, x: u32) -> u64 {
        (word & 0xffff_ffff) * x as u64
    }
    #[inline(always)]
    fn above(word: u64, x: u64) -> bool {
        word > x
    }
}

/// c[0] + c[1] x + c[2] x^2 + .. by Horner's rule: the fewest operations, and the fewest values at a time.
#[inline(always)]
pub(super) fn polynomial<P: Copy, T: Number<P>, const N: usize>(x: T, c: [P; N]) -> T {
    let mut sum = x.number(c[N - 1]);
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, x.number(c[i]));
    }
    sum
}
