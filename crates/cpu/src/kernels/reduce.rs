//! Folding the elements of a tile: along a row into lanes, or row onto row. Halves are folded in `f32`.
//!
//! The order is a function of the shape alone. Along a row, element `i` goes to lane `i % 32` and the lanes are then
//! folded in halves; row onto row, each column is folded in order.
use super::{Kernel, convert, pointwise::as_bits};
use crate::isa::{Isa, kernel};
use bouton_array::{
    DType, Element,
    scalar::{Arithmetic, Bits},
};
use bouton_ir::Reduction;
use std::marker::PhantomData;

/// Lanes that a row is folded into.
pub(crate) const LANES: usize = 32;

/// How to fold elements of one type. Accumulators have the same type.
pub(crate) struct Fold {
    /// Bytes of an element.
    pub size: usize,
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
    /// Folds each of `rows` rows of `n` elements into one accumulator.
    ///
    /// Safety: valid for `rows` accumulators and `rows * n` elements.
    pub rows: unsafe fn(isa: Isa, rows: usize, n: usize, accumulators: *mut u8, x: *const u8),
    /// Converts accumulators to results.
    ///
    /// Safety: as for a kernel.
    pub finish: Kernel,
}

/// A way to fold elements.
trait Folding {
    type X: Element;
    const NEUTRAL: fn() -> Self::X;
    fn fold(a: Self::X, x: Self::X) -> Self::X;
}

unsafe fn clear<F: Folding>(n: usize, accumulators: *mut u8) {
    // SAFETY: the caller's conditions.
    unsafe { std::slice::from_raw_parts_mut(accumulators.cast(), n).fill(F::NEUTRAL()) }
}

#[inline(always)]
fn fold_along<F: Folding>(lanes: &mut [F::X; LANES], x: &[F::X]) {
    let (rows, rest) = x.as_chunks::<LANES>();
    for row in rows {
        for i in 0..LANES {
            lanes[i] = F::fold(lanes[i], row[i]);
        }
    }
    for i in 0..rest.len().min(LANES) {
        lanes[i] = F::fold(lanes[i], rest[i]);
    }
}

#[inline(always)]
fn fold_lanes<F: Folding>(lanes: &mut [F::X; LANES]) {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = F::fold(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
}

kernel! {
    fn along_slice[F: Folding](accumulators: &mut [F::X; LANES], x: &[F::X]) {
        let mut lanes = *accumulators;
        fold_along::<F>(&mut lanes, x);
        *accumulators = lanes;
    }
}

/// Folds a row of at most `L` elements. Lanes that no element comes to stay neutral, and change nothing when they are
/// folded into others: fewer of them have the same bits.
#[inline(always)]
fn fold_short<F: Folding, const L: usize>(x: &[F::X]) -> F::X {
    let mut lanes = [F::NEUTRAL(); L];
    let n = x.len().min(L);
    lanes[..n].copy_from_slice(&x[..n]);
    for lane in &mut lanes {
        *lane = F::fold(F::NEUTRAL(), *lane);
    }
    let mut half = L / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = F::fold(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

kernel! {
    fn rows_slice[F: Folding](n: usize, accumulators: &mut [F::X], x: &[F::X]) {
        let rows = accumulators.iter_mut().enumerate().map(|(i, a)| (a, &x[i * n..][..n]));
        match n {
            0..=8 => rows.for_each(|(a, x)| *a = fold_short::<F, 8>(x)),
            9..=16 => rows.for_each(|(a, x)| *a = fold_short::<F, 16>(x)),
            _ => rows.for_each(|(a, x)| {
                let mut lanes = [F::NEUTRAL(); LANES];
                fold_along::<F>(&mut lanes, x);
                fold_lanes::<F>(&mut lanes);
                *a = lanes[0];
            }),
        }
    }
}

kernel! {
    fn onto_slice[F: Folding](accumulators: &mut [F::X], x: &[F::X]) {
        let n = accumulators.len().min(x.len());
        let (accumulators, x) = (&mut accumulators[..n], &x[..n]);
        for i in 0..n {
            accumulators[i] = F::fold(accumulators[i], x[i]);
        }
    }
}

unsafe fn along<F: Folding>(isa: Isa, n: usize, accumulators: *mut u8, x: *const u8) {
    // SAFETY: the caller's conditions; accumulators and elements are apart.
    let (accumulators, x) = unsafe {
        (
            &mut *accumulators.cast::<[F::X; LANES]>(),
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

unsafe fn rows<F: Folding>(isa: Isa, rows: usize, n: usize, accumulators: *mut u8, x: *const u8) {
    // SAFETY: the caller's conditions; accumulators and elements are apart.
    let (accumulators, x) = unsafe {
        (
            std::slice::from_raw_parts_mut(accumulators.cast(), rows),
            std::slice::from_raw_parts(x.cast(), rows * n),
        )
    };
    rows_slice::<F>(isa, n, accumulators, x);
}

unsafe fn lanes<F: Folding>(accumulators: *mut u8) {
    // SAFETY: the caller's conditions.
    fold_lanes::<F>(unsafe { &mut *accumulators.cast() });
}

fn kernels<F: Folding>(finish: Kernel) -> Fold {
    Fold {
        size: size_of::<F::X>(),
        clear: clear::<F>,
        along: along::<F>,
        onto: onto::<F>,
        lanes: lanes::<F>,
        rows: rows::<F>,
        finish,
    }
}

macro_rules! foldings {
    ($($Name:ident: $Bound:ident, $neutral:expr, |$a:ident, $x:ident| $fold:expr;)*) => {$(
        struct $Name<T>(PhantomData<T>);
        impl<T: $Bound + Extremes> Folding for $Name<T> {
            type X = T;
            const NEUTRAL: fn() -> T = $neutral;
            #[inline(always)]
            fn fold($a: T, $x: T) -> T { $fold }
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
    Sum: Arithmetic, || T::from_i128(0), |a, x| Arithmetic::add(a, x);
    Product: Arithmetic, || T::from_i128(1), |a, x| Arithmetic::multiply(a, x);
    Min: Arithmetic, || T::HIGHEST, |a, x| Arithmetic::minimum(a, x);
    Max: Arithmetic, || T::LOWEST, |a, x| Arithmetic::maximum(a, x);
    And: Bits, || Bits::not(T::from_i128(0)), |a, x| Bits::and(a, x);
    Or: Bits, || T::from_i128(0), |a, x| Bits::or(a, x);
}

/// The fold of elements of type `from` to a result of type `to`: the same, or a half for `f32`. Nothing for a type it makes no sense for.
pub(crate) fn fold_kernels(reduction: Reduction, from: DType, to: DType, isa: Isa) -> Option<Fold> {
    let finish = convert(from, to, isa)?;
    macro_rules! of {
        ($F:ident, $dtype:expr, $($D:ident $T:ident)*) => {
            match $dtype {
                $(DType::$D => Some(kernels::<$F<$T>>(finish)),)*
                _ => None,
            }
        };
    }
    macro_rules! of_class {
        (rings $F:ident) => { of!($F, as_bits(from), U8 u8 U16 u16 U32 u32 U64 u64 F32 f32 F64 f64) };
        (bits $F:ident) => { of!($F, as_bits(from), U8 u8 U16 u16 U32 u32 U64 u64) };
        (numbers $F:ident) => {
            of!($F, from, U8 u8 U16 u16 U32 u32 U64 u64 I8 i8 I16 i16 I32 i32 I64 i64 F32 f32 F64 f64)
        };
    }
    match (reduction, from) {
        (Reduction::And, DType::Bool) => Some(kernels::<And<bool>>(finish)),
        (Reduction::Or, DType::Bool) => Some(kernels::<Or<bool>>(finish)),
        (_, DType::Bool) => None,
        (Reduction::Sum, _) => of_class!(rings Sum),
        (Reduction::Product, _) => of_class!(rings Product),
        (Reduction::Min, _) => of_class!(numbers Min),
        (Reduction::Max, _) => of_class!(numbers Max),
        (Reduction::And, _) => of_class!(bits And),
        (Reduction::Or, _) => of_class!(bits Or),
    }
}
