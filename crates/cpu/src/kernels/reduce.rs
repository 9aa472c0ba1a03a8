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
    /// Folds each of `rows` rows of `n` elements, one after the other, into `n` accumulators.
    ///
    /// Safety: valid for `rows * n` elements and `n` accumulators.
    pub onto: unsafe fn(isa: Isa, rows: usize, n: usize, accumulators: *mut u8, x: *const u8),
    /// Folds `LANES` accumulators into the first.
    ///
    /// Safety: valid for `LANES` accumulators.
    pub lanes: unsafe fn(isa: Isa, accumulators: *mut u8),
    /// Folds each of `rows` rows of `n` elements into one accumulator.
    ///
    /// Safety: valid for `rows` accumulators and `rows * n` elements.
    pub rows: unsafe fn(isa: Isa, rows: usize, n: usize, accumulators: *mut u8, x: *const u8),
    /// Converts accumulators to results.
    ///
    /// Safety: as for a kernel.
    pub finish: Kernel,
}

impl Fold {
    /// The bits of the neutral element.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn neutral(&self) -> u64 {
        let mut bits = 0u64;
        // SAFETY: there is room for one accumulator, whose element has at most 64 bits; `u64` is aligned to it.
        unsafe { (self.clear)(1, (&raw mut bits).cast()) }
        bits
    }
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
fn fold_lanes<F: Folding, const L: usize>(lanes: &mut [F::X; L]) {
    let mut half = L / 2;
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

kernel! {
    fn lanes_slice[F: Folding](accumulators: &mut [F::X; LANES]) {
        let mut lanes = *accumulators;
        fold_lanes::<F, LANES>(&mut lanes);
        accumulators[0] = lanes[0];
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
    fold_lanes::<F, L>(&mut lanes);
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
                fold_lanes::<F, LANES>(&mut lanes);
                *a = lanes[0];
            }),
        }
    }
}

kernel! {
    fn onto_slice[F: Folding](accumulators: &mut [F::X], x: &[F::X]) {
        let n = accumulators.len().max(1);
        let whole = n / LANES * LANES;
        // Some columns at a time, which stay in registers.
        for at in (0..whole).step_by(LANES) {
            let mut columns = [F::NEUTRAL(); LANES];
            columns.copy_from_slice(&accumulators[at..at + LANES]);
            for row in x.chunks_exact(n) {
                for (a, &x) in columns.iter_mut().zip(&row[at..at + LANES]) {
                    *a = F::fold(*a, x);
                }
            }
            accumulators[at..at + LANES].copy_from_slice(&columns);
        }
        for row in x.chunks_exact(n) {
            for (a, &x) in accumulators[whole..].iter_mut().zip(&row[whole..]) {
                *a = F::fold(*a, x);
            }
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

unsafe fn onto<F: Folding>(isa: Isa, rows: usize, n: usize, accumulators: *mut u8, x: *const u8) {
    // SAFETY: the caller's conditions; accumulators and elements are apart.
    let (accumulators, x) = unsafe {
        (
            std::slice::from_raw_parts_mut(accumulators.cast(), n),
            std::slice::from_raw_parts(x.cast(), rows * n),
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

unsafe fn lanes<F: Folding>(isa: Isa, accumulators: *mut u8) {
    // SAFETY: the caller's conditions.
    lanes_slice::<F>(isa, unsafe { &mut *accumulators.cast() });
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

/// The fold of elements of type `from` to a result of type `to`: the same, or a half for `f32`. Nothing for a type it
/// makes no sense for.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::isa;

    /// Rows of every length have the bits of all 32 lanes, whichever way they are folded.
    #[track_caller]
    fn check(reduction: Reduction, x: &[f32]) {
        let fold = fold_kernels(reduction, DType::F32, DType::F32, isa()).unwrap();
        for n in 0..=x.len() / 2 {
            let (mut rows, mut lanes) = ([0f32; 2], [0f32; LANES]);
            let row = |i: usize| x[i * n..][..n].as_ptr().cast();
            // SAFETY: there are two rows of `n` elements, two accumulators, and `LANES` of them.
            unsafe {
                (fold.rows)(isa(), 2, n, rows.as_mut_ptr().cast(), row(0));
                for (i, short) in rows.iter().enumerate() {
                    let start = lanes.as_mut_ptr().cast();
                    (fold.clear)(LANES, start);
                    (fold.along)(isa(), n, start, row(i));
                    (fold.lanes)(isa(), start);
                    let same = short.to_bits() == lanes[0].to_bits();
                    assert!(
                        same || short.is_nan() && lanes[0].is_nan(),
                        "{reduction:?}, {n}: {short} {}",
                        lanes[0]
                    );
                }
            }
        }
    }

    #[test]
    fn short_rows_have_the_bits_of_all_lanes() {
        let plain: Vec<f32> = (0..100)
            .map(|i| ((i * i) as f32).sin() * 1e3f32.powi(i % 5 - 2))
            .collect();
        let mut edges = plain.clone();
        for (i, edge) in [-0.0, 0.0, f32::INFINITY, f32::MIN_POSITIVE / 2.0, -0.0]
            .into_iter()
            .enumerate()
        {
            edges[3 * i] = edge;
        }
        let mut nan = edges.clone();
        nan[7] = f32::NAN;
        for x in [plain, edges, nan, vec![-0.0; 80]] {
            for reduction in [
                Reduction::Sum,
                Reduction::Product,
                Reduction::Min,
                Reduction::Max,
            ] {
                check(reduction, &x);
            }
        }
    }
}
