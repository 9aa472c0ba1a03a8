//! Kernels of the pointwise forms: which scalar function an instruction is, for each element type.
use super::{Function, Kernel, Operand, elements, kernel_of, result};
use crate::isa::Isa;
use bouton_array::{
    DType, Element, bf16, f16,
    math::Real,
    scalar::{Arithmetic, Bits, Shifts},
    with_dtype,
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
            const BINARY: bool = false;
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
            const BINARY: bool = true;
            #[inline(always)]
            fn call($x: T, $y: T) -> $Y { $value }
        }
    )*};
}

/// Mathematics on any float: halves compute in `f32` and round once.
trait Float: Arithmetic {
    type Wide: Real;
    fn widen(self) -> Self::Wide;
    fn narrow(x: Self::Wide) -> Self;
}
macro_rules! floats {
    ($($T:ident $Wide:ident $widen:expr, $narrow:expr;)*) => {$(
        impl Float for $T {
            type Wide = $Wide;
            #[inline(always)]
            fn widen(self) -> $Wide { $widen(self) }
            #[inline(always)]
            fn narrow(x: $Wide) -> $T { $narrow(x) }
        }
    )*};
}
floats! {
    f32 f32 |x| x, |x| x;
    f64 f64 |x| x, |x| x;
    bf16 f32 bf16::to_f32, bf16::from_f32;
    f16 f32 f16::to_f32, f16::from_f32;
}

unary_functions! {
    Abs: Arithmetic, |x| Arithmetic::abs(x);
    Negate: Arithmetic, |x| Arithmetic::negate(x);
    Sign: Arithmetic, |x| Arithmetic::sign(x);
    Not: Bits, |x| Bits::not(x);
    Exp: Float, |x| T::narrow(x.widen().exp());
    ExpM1: Float, |x| T::narrow(x.widen().exp_m1());
    Log: Float, |x| T::narrow(x.widen().ln());
    Log1p: Float, |x| T::narrow(x.widen().ln_1p());
    Sqrt: Float, |x| T::narrow(x.widen().sqrt());
    Rsqrt: Float, |x| T::narrow(x.widen().rsqrt());
    Cbrt: Float, |x| T::narrow(x.widen().cbrt());
    Sin: Float, |x| T::narrow(x.widen().sin());
    Cos: Float, |x| T::narrow(x.widen().cos());
    Tan: Float, |x| T::narrow(x.widen().tan());
    Tanh: Float, |x| T::narrow(x.widen().tanh());
    Logistic: Float, |x| T::narrow(x.widen().logistic());
    Erf: Float, |x| T::narrow(x.widen().erf());
    ErfInv: Float, |x| T::narrow(x.widen().erf_inv());
    Floor: Float, |x| T::narrow(x.widen().floor());
    Ceil: Float, |x| T::narrow(x.widen().ceil());
    Round: Float, |x| T::narrow(x.widen().round_ties_even());
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
    Atan2: Float -> T, |x, y| T::narrow(x.widen().atan2(y.widen()));
    And: Bits -> T, |x, y| Bits::and(x, y);
    Or: Bits -> T, |x, y| Bits::or(x, y);
    Xor: Bits -> T, |x, y| Bits::xor(x, y);
    ShiftLeft: Shifts -> T, |x, y| Shifts::shift_left(x, y);
    ShiftRightLogical: Shifts -> T, |x, y| Shifts::shift_right_logical(x, y);
    ShiftRightArithmetic: Shifts -> T, |x, y| Shifts::shift_right_arithmetic(x, y);
    Equal: Element -> bool, |x, y| x == y;
    NotEqual: Element -> bool, |x, y| x != y;
    Less: Element -> bool, |x, y| x < y;
    LessEqual: Element -> bool, |x, y| x <= y;
    Greater: Element -> bool, |x, y| x > y;
    GreaterEqual: Element -> bool, |x, y| x >= y;
}

/// Elements as bits of their size: all that a selection needs to know of them.
trait Word: Element {
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

/// The element where the condition is 1, else the other; operands of one element stand for all.
#[inline(always)]
fn choose<T: Word>(y: &mut [T], condition: &[u8], a: &[T], b: &[T]) {
    let n = y.len();
    let (Some(&c0), Some(&a0), Some(&b0)) = (condition.first(), a.first(), b.first()) else {
        return;
    };
    let y = y.iter_mut();
    match (condition.len() == n, a.len() == n, b.len() == n) {
        (true, true, true) => y
            .zip(condition.iter().zip(a.iter().zip(b)))
            .for_each(|(y, (&c, (&a, &b)))| *y = T::choose(c, a, b)),
        (true, true, false) => y
            .zip(condition.iter().zip(a))
            .for_each(|(y, (&c, &a))| *y = T::choose(c, a, b0)),
        (true, false, true) => y
            .zip(condition.iter().zip(b))
            .for_each(|(y, (&c, &b))| *y = T::choose(c, a0, b)),
        (true, false, false) => y
            .zip(condition)
            .for_each(|(y, &c)| *y = T::choose(c, a0, b0)),
        (false, a_many, b_many) => {
            let (x, many, x0) = if c0 != 0 {
                (a, a_many, a0)
            } else {
                (b, b_many, b0)
            };
            if many {
                y.zip(x).for_each(|(y, &x)| *y = x)
            } else {
                y.for_each(|y| *y = x0)
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn select_avx2<T: Word>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    // SAFETY: the conditions of `Kernel`; `bool` is stored as a byte, and elements as words of their size.
    unsafe {
        choose::<T>(
            result(y, n),
            elements(x[0], n),
            elements(x[1], n),
            elements(x[2], n),
        )
    }
}

unsafe fn select_portable<T: Word>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    // SAFETY: as in `select_avx2`.
    unsafe {
        choose::<T>(
            result(y, n),
            elements(x[0], n),
            elements(x[1], n),
            elements(x[2], n),
        )
    }
}

fn select_of<T: Word>(isa: Isa) -> Kernel {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => select_avx2::<T>,
        Isa::Portable => select_portable::<T>,
    }
}

/// The kernel of `$F` for a type of the class; nothing for other types.
macro_rules! of_class {
    (floats $F:ident, $dtype:expr, $isa:expr) => { of_class!(@ $F, $dtype, $isa, F16 f16, BF16 bf16, F32 f32, F64 f64) };
    (integers $F:ident, $dtype:expr, $isa:expr) => {
        of_class!(@ $F, $dtype, $isa, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64)
    };
    (bits $F:ident, $dtype:expr, $isa:expr) => {
        of_class!(@ $F, $dtype, $isa, Bool bool, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64)
    };
    (numbers $F:ident, $dtype:expr, $isa:expr) => {
        of_class!(@ $F, $dtype, $isa, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64,
            F16 f16, BF16 bf16, F32 f32, F64 f64)
    };
    (@ $F:ident, $dtype:expr, $isa:expr, $($D:ident $T:ident),*) => {
        match $dtype {
            $(DType::$D => Some(kernel_of::<$F<$T>>($isa)),)*
            _ => None,
        }
    };
}

/// The kernel of a function of one element; nothing for a type it makes no sense for.
pub(crate) fn unary(f: Unary, dtype: DType, isa: Isa) -> Option<Kernel> {
    match f {
        Unary::Abs => of_class!(numbers Abs, dtype, isa),
        Unary::Negate => of_class!(numbers Negate, dtype, isa),
        Unary::Sign => of_class!(numbers Sign, dtype, isa),
        Unary::Not => of_class!(bits Not, dtype, isa),
        Unary::Exp => of_class!(floats Exp, dtype, isa),
        Unary::ExpM1 => of_class!(floats ExpM1, dtype, isa),
        Unary::Log => of_class!(floats Log, dtype, isa),
        Unary::Log1p => of_class!(floats Log1p, dtype, isa),
        Unary::Sqrt => of_class!(floats Sqrt, dtype, isa),
        Unary::Rsqrt => of_class!(floats Rsqrt, dtype, isa),
        Unary::Cbrt => of_class!(floats Cbrt, dtype, isa),
        Unary::Sin => of_class!(floats Sin, dtype, isa),
        Unary::Cos => of_class!(floats Cos, dtype, isa),
        Unary::Tan => of_class!(floats Tan, dtype, isa),
        Unary::Tanh => of_class!(floats Tanh, dtype, isa),
        Unary::Logistic => of_class!(floats Logistic, dtype, isa),
        Unary::Erf => of_class!(floats Erf, dtype, isa),
        Unary::ErfInv => of_class!(floats ErfInv, dtype, isa),
        Unary::Floor => of_class!(floats Floor, dtype, isa),
        Unary::Ceil => of_class!(floats Ceil, dtype, isa),
        Unary::Round => of_class!(floats Round, dtype, isa),
    }
}

/// The kernel of a function of two elements; nothing for a type it makes no sense for.
pub(crate) fn binary(f: Binary, dtype: DType, isa: Isa) -> Option<Kernel> {
    match f {
        Binary::Add => of_class!(numbers Add, dtype, isa),
        Binary::Subtract => of_class!(numbers Subtract, dtype, isa),
        Binary::Multiply => of_class!(numbers Multiply, dtype, isa),
        Binary::Divide => of_class!(numbers Divide, dtype, isa),
        Binary::Remainder => of_class!(numbers Remainder, dtype, isa),
        Binary::Power => of_class!(numbers Power, dtype, isa),
        Binary::Minimum => of_class!(numbers Minimum, dtype, isa),
        Binary::Maximum => of_class!(numbers Maximum, dtype, isa),
        Binary::Atan2 => of_class!(floats Atan2, dtype, isa),
        Binary::And => of_class!(bits And, dtype, isa),
        Binary::Or => of_class!(bits Or, dtype, isa),
        Binary::Xor => of_class!(bits Xor, dtype, isa),
        Binary::ShiftLeft => of_class!(integers ShiftLeft, dtype, isa),
        Binary::ShiftRightLogical => of_class!(integers ShiftRightLogical, dtype, isa),
        Binary::ShiftRightArithmetic => of_class!(integers ShiftRightArithmetic, dtype, isa),
    }
}

/// The kernel of a comparison.
pub(crate) fn compare(f: Compare, dtype: DType, isa: Isa) -> Kernel {
    with_dtype!(dtype, T => match f {
        Compare::Equal => kernel_of::<Equal<T>>(isa),
        Compare::NotEqual => kernel_of::<NotEqual<T>>(isa),
        Compare::Less => kernel_of::<Less<T>>(isa),
        Compare::LessEqual => kernel_of::<LessEqual<T>>(isa),
        Compare::Greater => kernel_of::<Greater<T>>(isa),
        Compare::GreaterEqual => kernel_of::<GreaterEqual<T>>(isa),
    })
}

/// The kernel of `select` between elements of this type.
pub(crate) fn select(dtype: DType, isa: Isa) -> Kernel {
    match dtype.size() {
        1 => select_of::<u8>(isa),
        2 => select_of::<u16>(isa),
        4 => select_of::<u32>(isa),
        _ => select_of::<u64>(isa),
    }
}
