//! Kernels of the pointwise forms: which scalar function an instruction is, for each element type.
//!
//! There are none for halves: an instruction on halves is one on `f32` between conversions. What looks at the bits of
//! integers alone is done on unsigned ones.
use super::{Function, Kernel, binary_of, unary_of};
use crate::isa::Isa;
use bouton_array::{
    DType, Element,
    math::Real,
    scalar::{Arithmetic, Bits, Integer},
};
use bouton_ir::{Binary, Compare, Unary};
use std::marker::PhantomData;

/// Names functions of one element, each a type: `Name: Bound, |x| value`.
macro_rules! unary_functions {
    ($($Name:ident: $Bound:ident, |$x:ident| $value:expr;)*) => {$(
        struct $Name<T>(PhantomData<T>);
        impl<T: $Bound + Element> Function for $Name<T> {
            type X = T;
            type Y = T;
            #[inline(always)]
            fn call($x: T, _: T) -> T { $value }
        }
    )*};
}

/// Names functions of two elements.
macro_rules! binary_functions {
    ($($Name:ident: $Bound:ident -> $Y:ty, |$x:ident, $y:ident| $value:expr;)*) => {$(
        struct $Name<T>(PhantomData<T>);
        impl<T: $Bound + Element> Function for $Name<T> {
            type X = T;
            type Y = $Y;
            #[inline(always)]
            fn call($x: T, $y: T) -> $Y { $value }
        }
    )*};
}

/// Mathematics on floats.
trait Float: Real + Arithmetic {}
impl Float for f32 {}
impl Float for f64 {}

unary_functions! {
    Abs: Arithmetic, |x| Arithmetic::abs(x);
    Negate: Arithmetic, |x| Arithmetic::negate(x);
    Sign: Arithmetic, |x| Arithmetic::sign(x);
    Not: Bits, |x| Bits::not(x);
    PopulationCount: Integer, |x| Integer::population_count(x);
    CountLeadingZeros: Integer, |x| Integer::count_leading_zeros(x);
    Exp: Float, |x| x.exp();
    ExpM1: Float, |x| x.exp_m1();
    Exp2: Float, |x| x.exp2();
    Log: Float, |x| x.ln();
    Log1p: Float, |x| x.ln_1p();
    Log2: Float, |x| x.log2();
    Log10: Float, |x| x.log10();
    Sqrt: Float, |x| x.sqrt();
    Rsqrt: Float, |x| x.rsqrt();
    Cbrt: Float, |x| x.cbrt();
    Sin: Float, |x| x.sin();
    Cos: Float, |x| x.cos();
    Tan: Float, |x| x.tan();
    Asin: Float, |x| x.asin();
    Acos: Float, |x| x.acos();
    Atan: Float, |x| x.atan();
    Sinh: Float, |x| x.sinh();
    Cosh: Float, |x| x.cosh();
    Tanh: Float, |x| x.tanh();
    Asinh: Float, |x| x.asinh();
    Acosh: Float, |x| x.acosh();
    Atanh: Float, |x| x.atanh();
    Logistic: Float, |x| x.logistic();
    Erf: Float, |x| x.erf();
    Erfc: Float, |x| x.erfc();
    ErfInv: Float, |x| x.erf_inv();
    Lgamma: Float, |x| x.lgamma();
    Digamma: Float, |x| x.digamma();
    Floor: Float, |x| x.floor();
    Ceil: Float, |x| x.ceil();
    Round: Float, |x| x.round_ties_even();
    Trunc: Float, |x| x.trunc();
}

binary_functions! {
    Add: Arithmetic -> T, |x, y| Arithmetic::add(x, y);
    Subtract: Arithmetic -> T, |x, y| Arithmetic::subtract(x, y);
    Multiply: Arithmetic -> T, |x, y| Arithmetic::multiply(x, y);
    Divide: Arithmetic -> T, |x, y| Arithmetic::divide(x, y);
    Remainder: Arithmetic -> T, |x, y| Arithmetic::remainder(x, y);
    Power: Arithmetic -> T, |x, y| Arithmetic::power(x, y);
    Minimum: Arithmetic -> T, |x, y| Arithmetic::minimum(x, y);
    Maximum: Arithmetic -> T, |x, y| Arithmetic::maximum(x, y);
    Atan2: Float -> T, |x, y| x.atan2(y);
    Copysign: Float -> T, |x, y| x.copysign(y);
    Gcd: Integer -> T, |x, y| Integer::gcd(x, y);
    And: Bits -> T, |x, y| Bits::and(x, y);
    Or: Bits -> T, |x, y| Bits::or(x, y);
    Xor: Bits -> T, |x, y| Bits::xor(x, y);
    ShiftLeft: Integer -> T, |x, y| Integer::shift_left(x, y);
    ShiftRightLogical: Integer -> T, |x, y| Integer::shift_right_logical(x, y);
    ShiftRightArithmetic: Integer -> T, |x, y| Integer::shift_right_arithmetic(x, y);
    Equal: Element -> bool, |x, y| x == y;
    NotEqual: Element -> bool, |x, y| x != y;
    Less: Element -> bool, |x, y| x < y;
    LessEqual: Element -> bool, |x, y| x <= y;
    Greater: Element -> bool, |x, y| x > y;
    GreaterEqual: Element -> bool, |x, y| x >= y;
}

/// Elements as bits of their size: all that a selection needs to know of them.
pub(super) trait Word: Element {
    /// The bits of `a` where `condition` is 1, of `b` where it is 0; without a branch, so that loops are vectors.
    fn choose(condition: u8, a: Self, b: Self) -> Self;
}
macro_rules! words {
    ($($T:ident),*) => {$(
        impl Word for $T {
            #[inline(always)]
            fn choose(condition: u8, a: $T, b: $T) -> $T {
                let mask = $T::from(condition).wrapping_neg();
                (a & mask) | (b & !mask)
            }
        }
    )*};
}
words!(u8, u16, u32, u64);

/// The unsigned integer of the same size, for an integer; `bool` is a byte.
pub(super) fn as_bits(dtype: DType) -> DType {
    match dtype {
        DType::I8 | DType::Bool => DType::U8,
        DType::I16 => DType::U16,
        DType::I32 => DType::U32,
        DType::I64 => DType::U64,
        other => other,
    }
}

/// `$of::<$F<T>>(..)` for a type of the class; nothing for other types.
macro_rules! of_class {
    ($dtype:expr, floats, $($call:tt)*) => { of_class!(@ $dtype, [F32 f32, F64 f64], $($call)*) };
    ($dtype:expr, bits, $($call:tt)*) => {
        of_class!(@ as_bits($dtype), [U8 u8, U16 u16, U32 u32, U64 u64], $($call)*)
    };
    ($dtype:expr, integers, $($call:tt)*) => {
        of_class!(@ $dtype, [U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64], $($call)*)
    };
    ($dtype:expr, rings, $($call:tt)*) => {
        of_class!(@ as_bits($dtype), [U8 u8, U16 u16, U32 u32, U64 u64, F32 f32, F64 f64], $($call)*)
    };
    ($dtype:expr, numbers, $($call:tt)*) => {
        of_class!(@ $dtype, [U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64, F32 f32, F64 f64],
            $($call)*)
    };
    (@ $dtype:expr, [$($D:ident $T:ident),*], $of:ident $F:ident $args:tt) => {
        match $dtype {
            $(DType::$D => Some($of::<$F<$T>> $args),)*
            _ => None,
        }
    };
}

/// The kernel of a function of one element; nothing for a type it makes no sense for.
pub(crate) fn unary(f: Unary, dtype: DType, isa: Isa) -> Option<Kernel> {
    macro_rules! of {
        ($class:ident $F:ident) => { of_class!(dtype, $class, unary_of $F (isa)) };
    }
    match (f, dtype) {
        (Unary::Not, DType::Bool) => Some(unary_of::<Not<bool>>(isa)),
        (
            Unary::Abs
            | Unary::Negate
            | Unary::Sign
            | Unary::PopulationCount
            | Unary::CountLeadingZeros,
            DType::Bool,
        ) => None,
        (Unary::Abs, _) => of!(numbers Abs),
        (Unary::Negate, _) => of!(rings Negate),
        (Unary::Sign, _) => of!(numbers Sign),
        (Unary::Not, _) => of!(bits Not),
        (Unary::PopulationCount, _) => of!(bits PopulationCount),
        (Unary::CountLeadingZeros, _) => of!(bits CountLeadingZeros),
        (Unary::Exp, _) => of!(floats Exp),
        (Unary::ExpM1, _) => of!(floats ExpM1),
        (Unary::Exp2, _) => of!(floats Exp2),
        (Unary::Log, _) => of!(floats Log),
        (Unary::Log1p, _) => of!(floats Log1p),
        (Unary::Log2, _) => of!(floats Log2),
        (Unary::Log10, _) => of!(floats Log10),
        (Unary::Sqrt, _) => of!(floats Sqrt),
        (Unary::Rsqrt, _) => of!(floats Rsqrt),
        (Unary::Cbrt, _) => of!(floats Cbrt),
        (Unary::Sin, _) => of!(floats Sin),
        (Unary::Cos, _) => of!(floats Cos),
        (Unary::Tan, _) => of!(floats Tan),
        (Unary::Asin, _) => of!(floats Asin),
        (Unary::Acos, _) => of!(floats Acos),
        (Unary::Atan, _) => of!(floats Atan),
        (Unary::Sinh, _) => of!(floats Sinh),
        (Unary::Cosh, _) => of!(floats Cosh),
        (Unary::Tanh, _) => of!(floats Tanh),
        (Unary::Asinh, _) => of!(floats Asinh),
        (Unary::Acosh, _) => of!(floats Acosh),
        (Unary::Atanh, _) => of!(floats Atanh),
        (Unary::Logistic, _) => of!(floats Logistic),
        (Unary::Erf, _) => of!(floats Erf),
        (Unary::Erfc, _) => of!(floats Erfc),
        (Unary::ErfInv, _) => of!(floats ErfInv),
        (Unary::Lgamma, _) => of!(floats Lgamma),
        (Unary::Digamma, _) => of!(floats Digamma),
        (Unary::Floor, _) => of!(floats Floor),
        (Unary::Ceil, _) => of!(floats Ceil),
        (Unary::Round, _) => of!(floats Round),
        (Unary::Trunc, _) => of!(floats Trunc),
    }
}

/// The kernel of a function of two elements; where `scalar`, one second element stands for all. Nothing for a type it
/// makes no sense for.
pub(crate) fn binary(f: Binary, dtype: DType, isa: Isa, scalar: bool) -> Option<Kernel> {
    macro_rules! of {
        ($class:ident $F:ident) => { of_class!(dtype, $class, binary_of $F (isa, scalar)) };
    }
    let of_bits = matches!(f, Binary::And | Binary::Or | Binary::Xor);
    if dtype == DType::Bool && !of_bits {
        return None;
    }
    match f {
        Binary::Add => of!(rings Add),
        Binary::Subtract => of!(rings Subtract),
        Binary::Multiply => of!(rings Multiply),
        Binary::Divide => of!(numbers Divide),
        Binary::Remainder => of!(numbers Remainder),
        Binary::Power => of!(numbers Power),
        Binary::Minimum => of!(numbers Minimum),
        Binary::Maximum => of!(numbers Maximum),
        Binary::Atan2 => of!(floats Atan2),
        Binary::Copysign => of!(floats Copysign),
        Binary::Gcd => of!(integers Gcd),
        Binary::And => of!(bits And),
        Binary::Or => of!(bits Or),
        Binary::Xor => of!(bits Xor),
        Binary::ShiftLeft => of!(bits ShiftLeft),
        Binary::ShiftRightLogical => of!(bits ShiftRightLogical),
        Binary::ShiftRightArithmetic => of!(bits ShiftRightArithmetic),
    }
}

/// The kernel of a comparison; where `scalar`, one second element stands for all. None for halves.
pub(crate) fn compare(f: Compare, dtype: DType, isa: Isa, scalar: bool) -> Option<Kernel> {
    let dtype = match dtype {
        DType::Bool => DType::U8,
        other => other,
    };
    macro_rules! of {
        ($class:ident $F:ident) => { of_class!(dtype, $class, binary_of $F (isa, scalar)) };
    }
    match f {
        Compare::Equal => of!(rings Equal),
        Compare::NotEqual => of!(rings NotEqual),
        Compare::Less => of!(numbers Less),
        Compare::LessEqual => of!(numbers LessEqual),
        Compare::Greater => of!(numbers Greater),
        Compare::GreaterEqual => of!(numbers GreaterEqual),
    }
}
