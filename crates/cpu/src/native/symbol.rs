//! Values of a body as numbers: the definitions of `math::f32`, called with them, become steps.
use super::{
    Elements,
    asm::Shift,
    vector::{Body, One, Step, Two, V, Width, predicate},
};
use bouton_array::math::algebra::{Double, Number, Single, Word};
use std::{
    cell::RefCell,
    ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub},
};

/// A value that stands for a number, for its bits or for a truth: in one vector if it is an `f32`; in two, the lower
/// and the upper four of eight, if it is an `f64`.
#[derive(Clone, Copy)]
pub(crate) struct Symbol<'a, const VECTORS: usize> {
    body: &'a RefCell<Body>,
    v: [V; VECTORS],
}

/// What stands for an `f32`.
pub(crate) type Symbol32<'a> = Symbol<'a, 1>;
/// What stands for an `f64`.
pub(crate) type Symbol64<'a> = Symbol<'a, 2>;

/// Appends the steps of a function of two numbers, or of one: of `f32`, or of `f64`.
pub(crate) fn define(
    body: &mut Body,
    x: [Elements; 2],
    single: impl FnOnce([Symbol32; 2]) -> Option<Symbol32>,
    double: impl FnOnce([Symbol64; 2]) -> Option<Symbol64>,
) -> Option<Elements> {
    match x {
        [Elements::Narrow(x), Elements::Narrow(y)] => {
            let [y] = symbols(body, [[x], [y]], single)?;
            Some(Elements::Narrow(y))
        }
        [Elements::Wide(x), Elements::Wide(y)] => {
            Some(Elements::Wide(symbols(body, [x, y], double)?))
        }
        _ => None,
    }
}

/// Appends the steps of a function of two numbers, which are the vectors `x`.
fn symbols<const N: usize>(
    body: &mut Body,
    x: [[V; N]; 2],
    f: impl FnOnce([Symbol<N>; 2]) -> Option<Symbol<N>>,
) -> Option<[V; N]> {
    let cell = RefCell::new(std::mem::take(body));
    let y = f(x.map(|v| Symbol { body: &cell, v }));
    let y = y.map(|y| y.v);
    *body = cell.into_inner();
    y
}

impl<'a, const N: usize> Symbol<'a, N> {
    fn step(self, step: impl Fn(usize) -> Step) -> Self {
        let v = std::array::from_fn(|i| self.body.borrow_mut().step(step(i)));
        Symbol { v, ..self }
    }

    fn constant(self, bits: u64) -> Self {
        self.step(|_| Step::Constant(bits))
    }

    fn one(self, f: One) -> Self {
        self.step(|i| Step::One(f, self.v[i]))
    }

    fn two(self, f: Two, other: Self) -> Self {
        self.step(|i| Step::Two(f, self.v[i], other.v[i]))
    }

    fn compare(self, width: Width, predicate: u8, other: Self) -> Self {
        self.step(|i| Step::Compare(width, predicate, self.v[i], other.v[i]))
    }

    fn shift(self, width: Width, shift: Shift, by: u8) -> Self {
        self.step(|i| Step::Shift(width, shift, by, self.v[i]))
    }

    fn not(self) -> Self {
        self.two(Two::Xor, self.constant(u64::MAX))
    }
}

/// Bits as they are repeated in a vector.
trait Repeated {
    fn repeated(self) -> u64;
}

impl Repeated for u32 {
    fn repeated(self) -> u64 {
        u64::from(self) << 32 | u64::from(self)
    }
}

impl Repeated for u64 {
    fn repeated(self) -> u64 {
        self
    }
}

/// An operator between two symbols, and between a symbol and a number or a word.
macro_rules! operators {
    ($vectors:literal: $($Trait:ident $method:ident $two:ident $P:ident $bits:expr;)*) => {$(
        impl<'a> $Trait for Symbol<'a, $vectors> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.two(Two::$two, other)
            }
        }
        impl<'a> $Trait<$P> for Symbol<'a, $vectors> {
            type Output = Self;
            fn $method(self, x: $P) -> Self {
                let bits: fn($P) -> u64 = $bits;
                self.two(Two::$two, self.constant(bits(x)))
            }
        }
    )*};
}

operators! { 1:
    Add add Add f32 |x| x.to_bits().repeated();
    Sub sub Subtract f32 |x| x.to_bits().repeated();
    Mul mul Multiply f32 |x| x.to_bits().repeated();
    Div div Divide f32 |x| x.to_bits().repeated();
    BitAnd bitand And u32 |x| x.repeated();
    BitOr bitor Or u32 |x| x.repeated();
}
operators! { 2:
    Add add AddF64 f64 |x| x.to_bits();
    Sub sub SubtractF64 f64 |x| x.to_bits();
    Mul mul MultiplyF64 f64 |x| x.to_bits();
    Div div DivideF64 f64 |x| x.to_bits();
    BitAnd bitand And u64 |x| x;
    BitOr bitor Or u64 |x| x;
}

/// What both widths have: numbers of type `$P` with the bits `$W`.
macro_rules! number {
    ($vectors:literal, $P:ident, $W:ident, $width:expr, $root:ident, $least:ident, $most:ident, $plus:ident,
        $minus:ident, $is:ident) => {
        impl<'a> Neg for Symbol<'a, $vectors> {
            type Output = Self;
            fn neg(self) -> Self {
                self.two(Two::Xor, self.number(-0.0))
            }
        }

        impl<'a> Not for Symbol<'a, $vectors> {
            type Output = Self;
            fn not(self) -> Self {
                Symbol::not(self)
            }
        }

        impl<'a> Number<$P> for Symbol<'a, $vectors> {
            type Bits = Self;
            type Truth = Self;

            fn number(self, x: $P) -> Self {
                self.constant(x.to_bits().repeated())
            }
            fn mul_add(self, factor: Self, term: Self) -> Self {
                self.step(|i| Step::MulAdd($width, self.v[i], factor.v[i], term.v[i]))
            }
            fn root(self) -> Self {
                self.one(One::$root)
            }
            fn abs(self) -> Self {
                self & !(-0.0 as $P).to_bits()
            }
            fn copysign(self, sign: Self) -> Self {
                self.abs() | (sign & (-0.0 as $P).to_bits())
            }
            fn negate_by(self, sign: Self) -> Self {
                self.two(Two::Xor, sign & (-0.0 as $P).to_bits())
            }
            fn at_most(self, limit: $P) -> Self {
                self.two(Two::$least, self.number(limit))
            }
            fn at_least(self, limit: $P) -> Self {
                self.two(Two::$most, self.number(limit))
            }
            fn below(self, other: Self) -> Self {
                self.compare($width, predicate::LESS, other)
            }
            fn equals(self, other: Self) -> Self {
                self.compare($width, predicate::EQUAL, other)
            }
            fn is_nan(self) -> Self {
                self.compare($width, predicate::UNORDERED, self)
            }
            fn choose(condition: Self, yes: Self, no: Self) -> Self {
                condition.step(|i| Step::Blend(condition.v[i], yes.v[i], no.v[i]))
            }
            fn nan_if(self, nan: Self) -> Self {
                Self::choose(nan, self.number($P::NAN), self)
            }
            fn bits(self) -> Self {
                self
            }
            fn from_bits(bits: Self) -> Self {
                bits
            }
        }

        impl<'a> Word<$W> for Symbol<'a, $vectors> {
            type Truth = Self;

            fn plus(self, x: $W) -> Self {
                self.two(Two::$plus, self.constant(x.repeated()))
            }
            fn minus(self, other: Self) -> Self {
                self.two(Two::$minus, other)
            }
            fn left(self, n: u8) -> Self {
                self.shift($width, Shift::Left, n)
            }
            fn right(self, n: u8) -> Self {
                self.shift($width, Shift::RightLogical, n)
            }
            fn is(self, x: $W) -> Self {
                self.two(Two::$is, self.constant(x.repeated()))
            }
        }
    };
}

#[rustfmt::skip]
number!(1, f32, u32, Width::Bits32, Sqrt, Minimum, Maximum, AddI32, SubtractI32, EqualI32);
#[rustfmt::skip]
number!(2, f64, u64, Width::Bits64, SqrtF64, MinimumF64, MaximumF64, AddI64, SubtractI64, EqualI64);

impl<'a> Single for Symbol32<'a> {
    type Word = Self;
    type Wide = Symbol64<'a>;

    fn by_sign(self, negative: Self, positive: Self) -> Self {
        // A blend looks at no other bit.
        Self::choose(self, negative, positive)
    }
    fn wide(self) -> Symbol64<'a> {
        let upper = self.one(One::UpperHalf);
        let ([low], [high]) = (self.one(One::Widen).v, upper.one(One::Widen).v);
        Symbol {
            body: self.body,
            v: [low, high],
        }
    }
    fn right_signed(word: Self, n: u8) -> Self {
        word.shift(Width::Bits32, Shift::RightArithmetic, n)
    }
    fn above(word: Self, x: u32) -> Self {
        // The comparison has signs: both sides are moved.
        let x = word.constant((x ^ 1 << 31).repeated());
        let word = word.two(Two::Xor, word.number(-0.0));
        word.two(Two::GreaterI32, x)
    }
    fn from_integer(word: Self) -> Self {
        word.one(One::I32ToF32)
    }
}

impl<'a> Double for Symbol64<'a> {
    type Word = Self;
    type Single = Symbol32<'a>;

    fn narrow(self) -> Symbol32<'a> {
        let narrow = self.one(One::Narrow);
        let [low, high] = narrow.v.map(|v| Symbol {
            body: self.body,
            v: [v],
        });
        low.two(Two::Join, high)
    }
    fn low_half_times(word: Self, x: u32) -> Self {
        word.two(Two::MultiplyLowHalves, word.constant(x.into()))
    }
    fn above(word: Self, x: u64) -> Self {
        // The comparison has signs: both sides are moved.
        let x = word.constant(x ^ 1 << 63);
        let word = word.two(Two::Xor, word.number(-0.0));
        word.two(Two::GreaterI64, x)
    }
}
