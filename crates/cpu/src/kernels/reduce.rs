//! Folding the elements of a tile: along a row into lanes, or row onto row.
//!
//! The order is a function of the shape alone. Along a row, element `i` goes to lane `i % 32` and the lanes are then
//! folded in halves; row onto row, each column is folded in order.
use crate::isa::{Isa, kernel};
use bouton_array::{
    DType, Element, bf16, f16,
    scalar::{Arithmetic, Bits},
};
use bouton_ir::Reduction;
use std::marker::PhantomData;

/// Lanes that a row is folded into.
pub(crate) const LANES: usize = 32;

/// How to fold elements of one type in an accumulator of another.
pub(crate) struct Fold {
    /// Bytes of an element.
    pub element: usize,
    /// Bytes of an accumulator.
    pub accumulator: usize,
    /// Sets `n` accumulators to the neutral element.
    ///
    /// Safety: valid for `n` accumulators.
    pub clear: unsafe fn(n: usize, accumulators: *mut u8),
    /// Folds `n` elements into `LANES` accumulators, the first into the first.
    ///
    /// Safety: valid for `n` elements and `LANES` accumulators.
    pub along: unsafe fn(isa: Isa, n: usize, accumulators: *mut u8, x: *const u8),
    /// Folds each of `n` elements into its own accumulator.
    ///
    /// Safety: valid for `n` elements and `n` accumulators.
    pub onto: unsafe fn(isa: Isa, n: usize, accumulators: *mut u8, x: *const u8),
    /// Folds `LANES` accumulators into the first.
    ///
    /// Safety: valid for `LANES` accumulators.
    pub lanes: unsafe fn(accumulators: *mut u8),
    /// Folds each of `n` accumulators into its own other one.
    ///
    /// Safety: both valid for `n` accumulators, and apart.
    pub merge: unsafe fn(isa: Isa, n: usize, into: *mut u8, from: *const u8),
    /// Converts `n` accumulators to results of the element type.
    ///
    /// Safety: valid for `n` accumulators and `n` results.
    pub finish: unsafe fn(n: usize, y: *mut u8, accumulators: *const u8),
}

/// A way to fold elements `X` in accumulators `A` to results `Y`.
trait Folding {
    type X: Element;
    type A: Element;
    type Y: Element;
    const NEUTRAL: fn() -> Self::A;
    fn widen(x: Self::X) -> Self::A;
    fn fold(a: Self::A, x: Self::A) -> Self::A;
    fn narrow(a: Self::A) -> Self::Y;
}

unsafe fn clear<F: Folding>(n: usize, accumulators: *mut u8) {
    // SAFETY: the caller's conditions.
    unsafe { (0..n).for_each(|i| accumulators.cast::<F::A>().add(i).write(F::NEUTRAL())) }
}

kernel! {
    fn along_slice[F: Folding](accumulators: &mut [F::A; LANES], x: &[F::X]) {
        let mut lanes = *accumulators;
        let (rows, rest) = x.as_chunks::<LANES>();
        for row in rows {
            for i in 0..LANES {
                lanes[i] = F::fold(lanes[i], F::widen(row[i]));
            }
        }
        for (lane, x) in lanes.iter_mut().zip(rest) {
            *lane = F::fold(*lane, F::widen(*x));
        }
        *accumulators = lanes;
    }
}

kernel! {
    fn onto_slice[F: Folding](accumulators: &mut [F::A], x: &[F::X]) {
        for (a, x) in accumulators.iter_mut().zip(x) {
            *a = F::fold(*a, F::widen(*x));
        }
    }
}

kernel! {
    fn merge_slice[F: Folding](into: &mut [F::A], from: &[F::A]) {
        for (a, x) in into.iter_mut().zip(from) {
            *a = F::fold(*a, *x);
        }
    }
}

unsafe fn along<F: Folding>(isa: Isa, n: usize, accumulators: *mut u8, x: *const u8) {
    // SAFETY: the caller's conditions; accumulators and elements are apart.
    let (accumulators, x) = unsafe {
        (
            &mut *accumulators.cast::<[F::A; LANES]>(),
            std::slice::from_raw_parts(x.cast(), n),
        )
    };
    along_slice::<F>(isa, accumulators, x);
}

unsafe fn onto<F: Folding>(isa: Isa, n: usize, accumulators: *mut u8, x: *const u8) {
    // SAFETY: the caller's conditions; accumulators and elements are apart.
    let (accumulators, x) = unsafe {
        (
            std::slice::from_raw_parts_mut(accumulators.cast(), n),
            std::slice::from_raw_parts(x.cast(), n),
        )
    };
    onto_slice::<F>(isa, accumulators, x);
}

unsafe fn merge<F: Folding>(isa: Isa, n: usize, into: *mut u8, from: *const u8) {
    // SAFETY: the caller's conditions.
    let (into, from) = unsafe {
        (
            std::slice::from_raw_parts_mut(into.cast(), n),
            std::slice::from_raw_parts(from.cast(), n),
        )
    };
    merge_slice::<F>(isa, into, from);
}

unsafe fn lanes<F: Folding>(accumulators: *mut u8) {
    // SAFETY: the caller's conditions.
    let lanes = unsafe { &mut *accumulators.cast::<[F::A; LANES]>() };
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = F::fold(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
}

unsafe fn finish<F: Folding>(n: usize, y: *mut u8, accumulators: *const u8) {
    // SAFETY: the caller's conditions.
    unsafe {
        (0..n).for_each(|i| {
            y.cast::<F::Y>()
                .add(i)
                .write(F::narrow(accumulators.cast::<F::A>().add(i).read()))
        })
    }
}

fn kernels<F: Folding>() -> Fold {
    Fold {
        element: size_of::<F::X>(),
        accumulator: size_of::<F::A>(),
        clear: clear::<F>,
        along: along::<F>,
        onto: onto::<F>,
        lanes: lanes::<F>,
        merge: merge::<F>,
        finish: finish::<F>,
    }
}

macro_rules! foldings {
    ($($Name:ident: $Bound:ident, $neutral:expr, |$a:ident, $x:ident| $fold:expr;)*) => {$(
        struct $Name<X, A, Y>(PhantomData<(X, A, Y)>);
        impl<X: Element, A: $Bound + Extremes, Y: Element> Folding for $Name<X, A, Y> {
            type X = X;
            type A = A;
            type Y = Y;
            const NEUTRAL: fn() -> A = $neutral;
            #[inline(always)]
            fn widen(x: X) -> A { x.cast() }
            #[inline(always)]
            fn fold($a: A, $x: A) -> A { $fold }
            #[inline(always)]
            fn narrow(a: A) -> Y { a.cast() }
        }
    )*};
}

/// The neutral elements of minimum and maximum.
trait Extremes: Element {
    const LOWEST: Self;
    const HIGHEST: Self;
}
macro_rules! extremes {
    ($($T:ident $low:expr, $high:expr;)*) => {$(
        impl Extremes for $T { const LOWEST: $T = $low; const HIGHEST: $T = $high; }
    )*};
}
extremes! {
    u8 u8::MIN, u8::MAX; u16 u16::MIN, u16::MAX; u32 u32::MIN, u32::MAX; u64 u64::MIN, u64::MAX;
    i8 i8::MIN, i8::MAX; i16 i16::MIN, i16::MAX; i32 i32::MIN, i32::MAX; i64 i64::MIN, i64::MAX;
    f32 f32::NEG_INFINITY, f32::INFINITY; f64 f64::NEG_INFINITY, f64::INFINITY; bool false, true;
}

foldings! {
    Sum: Arithmetic, || A::from_i128(0), |a, x| Arithmetic::add(a, x);
    Product: Arithmetic, || A::from_i128(1), |a, x| Arithmetic::multiply(a, x);
    Min: Arithmetic, || A::HIGHEST, |a, x| Arithmetic::minimum(a, x);
    Max: Arithmetic, || A::LOWEST, |a, x| Arithmetic::maximum(a, x);
    And: Bits, || Bits::not(A::from_i128(0)), |a, x| Bits::and(a, x);
    Or: Bits, || A::from_i128(0), |a, x| Bits::or(a, x);
}

/// The fold of elements of type `from` to a result of type `to`: the same, or `f32` for a half whose folding goes on.
/// Halves are folded in `f32`. Nothing for a type it makes no sense for.
pub(crate) fn fold_kernels(reduction: Reduction, from: DType, to: DType) -> Option<Fold> {
    macro_rules! numbers {
        ($F:ident) => {
            match (from, to) {
                (DType::U8, _) => kernels::<$F<u8, u8, u8>>(),
                (DType::U16, _) => kernels::<$F<u16, u16, u16>>(),
                (DType::U32, _) => kernels::<$F<u32, u32, u32>>(),
                (DType::U64, _) => kernels::<$F<u64, u64, u64>>(),
                (DType::I8, _) => kernels::<$F<i8, i8, i8>>(),
                (DType::I16, _) => kernels::<$F<i16, i16, i16>>(),
                (DType::I32, _) => kernels::<$F<i32, i32, i32>>(),
                (DType::I64, _) => kernels::<$F<i64, i64, i64>>(),
                (DType::BF16, DType::F32) => kernels::<$F<bf16, f32, f32>>(),
                (DType::BF16, _) => kernels::<$F<bf16, f32, bf16>>(),
                (DType::F16, DType::F32) => kernels::<$F<f16, f32, f32>>(),
                (DType::F16, _) => kernels::<$F<f16, f32, f16>>(),
                (DType::F32, DType::BF16) => kernels::<$F<f32, f32, bf16>>(),
                (DType::F32, DType::F16) => kernels::<$F<f32, f32, f16>>(),
                (DType::F32, _) => kernels::<$F<f32, f32, f32>>(),
                (DType::F64, _) => kernels::<$F<f64, f64, f64>>(),
                _ => return None,
            }
        };
    }
    macro_rules! bits {
        ($F:ident) => {
            match from {
                DType::Bool => kernels::<$F<bool, bool, bool>>(),
                DType::U8 => kernels::<$F<u8, u8, u8>>(),
                DType::U16 => kernels::<$F<u16, u16, u16>>(),
                DType::U32 => kernels::<$F<u32, u32, u32>>(),
                DType::U64 => kernels::<$F<u64, u64, u64>>(),
                DType::I8 => kernels::<$F<i8, i8, i8>>(),
                DType::I16 => kernels::<$F<i16, i16, i16>>(),
                DType::I32 => kernels::<$F<i32, i32, i32>>(),
                DType::I64 => kernels::<$F<i64, i64, i64>>(),
                _ => return None,
            }
        };
    }
    Some(match reduction {
        Reduction::Sum => numbers!(Sum),
        Reduction::Product => numbers!(Product),
        Reduction::Min => numbers!(Min),
        Reduction::Max => numbers!(Max),
        Reduction::And => bits!(And),
        Reduction::Or => bits!(Or),
    })
}
