//! The packers: copies of blocks of A and B in the order, and in the type, the micro-kernel reads.

use super::convert::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
use super::tile::next_rows;
use super::vector::{Pair, Vector};

/// A block of an operand and where its packed copy goes.
pub(super) struct Pack {
    pub from: *const u8,
    /// Strides of the source, in elements: along the long side (rows of A, columns of B) and along
    /// the inner dimension.
    pub side: usize,
    pub step: usize,
    /// Extents of the block: rows of A or columns of B, and steps of the inner dimension; an element
    /// of the packed copy may hold several, and zeros where they end.
    pub len: usize,
    pub depth: usize,
    /// B: its rows follow each other without gaps.
    pub dense: bool,
    /// B: the width of the panel. A: the most rows of a tile.
    pub width: usize,
    pub to: *mut u8,
}

/// # Safety
/// `from` is valid for the extents, `to` for the packed block, nothing aliases `to`, and the
/// machine has the instruction set that the function was made for.
pub(super) type PackFn = unsafe fn(&Pack);

/// A type of the inputs, and how it widens to an element of packed copies.
pub(super) trait Input<E>: Copy + 'static {
    /// Widening changes nothing.
    const SAME: bool = false;
    /// Steps of the inner dimension that an element holds.
    const STEPS: usize = 1;
    /// An element that holds this number alone, or first.
    fn widen(self) -> E;
    /// The element that holds this number first, and then those of the steps that follow, each so far from the last, as
    /// many as are `left`.
    ///
    /// # Safety
    /// So many numbers may be read from here on, this one among them.
    #[inline(always)]
    unsafe fn element(from: *const Self, _step: usize, _left: usize) -> E {
        // SAFETY: the caller vouches for the first number.
        unsafe { *from }.widen()
    }
    /// Widens numbers that lie side by side along the inner dimension, for `len` whole elements.
    ///
    /// # Safety
    /// Both pointers are valid for so much.
    #[inline(always)]
    unsafe fn along(from: *const Self, to: *mut E, len: usize) {
        // SAFETY: the contract is the same.
        unsafe { each(from, to, len, Self::widen) }
    }
}
impl Input<f32> for half::bf16 {
    #[inline(always)]
    fn widen(self) -> f32 {
        bf16_to_f32(self.to_bits())
    }
}
impl Input<f32> for half::f16 {
    #[inline(always)]
    fn widen(self) -> f32 {
        f16_to_f32(self.to_bits())
    }
}
impl Input<f64> for half::bf16 {
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(bf16_to_f32(self.to_bits()))
    }
}
impl Input<f64> for half::f16 {
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(f16_to_f32(self.to_bits()))
    }
}

macro_rules! widens {
    ($($from:ty => $to:ty),*) => {$(
        impl Input<$to> for $from {
            const SAME: bool = size_of::<$from>() == size_of::<$to>();
            #[inline(always)]
            fn widen(self) -> $to {
                <$to>::from(self)
            }
        }
    )*};
}
widens!(f32 => f32, f64 => f64, f32 => f64);
widens!(i32 => i32, u16 => i32);
widens!(i64 => i64, u32 => i64, i32 => i64, u16 => i64, i16 => i64, u8 => i64, i8 => i64);

macro_rules! pairs {
    ($($from:ty),*) => {$(
        impl Input<Pair> for $from {
            const STEPS: usize = 2;
            #[inline(always)]
            fn widen(self) -> Pair {
                Pair([i16::from(self), 0])
            }
            #[inline(always)]
            unsafe fn element(from: *const Self, step: usize, left: usize) -> Pair {
                // SAFETY: the caller vouches for two numbers, where so many are left.
                unsafe {
                    let second = if left > 1 { i16::from(*from.add(step)) } else { 0 };
                    Pair([i16::from(*from), second])
                }
            }
            #[inline(always)]
            unsafe fn along(from: *const Self, to: *mut Pair, len: usize) {
                // SAFETY: a pair is two numbers side by side; the caller vouches for both sides.
                unsafe { each(from, to.cast(), 2 * len, i16::from) }
            }
        }
    )*};
}
pairs!(i8, u8, i16);

/// Packs a panel of B as `[depth, width]`, with some numbers in the columns it lacks.
///
/// # Safety
/// As [`PackFn`].
#[inline(always)]
pub(super) unsafe fn right<V: Vector, S: Input<V::Elem>>(p: &Pack) {
    let (from, to) = (p.from.cast::<S>(), p.to.cast::<V::Elem>());
    let (depth, step) = (p.depth.div_ceil(S::STEPS), p.step * S::STEPS);
    // SAFETY: every offset below is inside of the block of the source or of the packed panel,
    // which the caller vouches for.
    unsafe {
        // Rows that may be read in their whole width. Where the rows of B have no gaps, that is
        // all but the last: what follows a row is the next, and nobody looks at those columns.
        let whole = match p.width - p.len {
            0 => p.depth,
            more if p.side == 1 && p.dense => p.depth.saturating_sub(more.div_ceil(p.step)),
            _ => 0,
        };
        let whole = whole / S::STEPS;
        if p.len < p.width {
            for i in whole..depth {
                for j in (0..p.width).step_by(V::LANES) {
                    V::zero().store(to.add(i * p.width + j));
                }
            }
        }
        if p.side == 1 {
            for i in 0..whole {
                let (from, to) = (from.add(i * step), to.add(i * p.width));
                if S::SAME {
                    for j in (0..p.width).step_by(V::LANES) {
                        V::load(from.cast::<V::Elem>().add(j)).store(to.add(j));
                    }
                } else {
                    across(from, p.step, S::STEPS, to, p.width);
                }
            }
            for i in whole..depth {
                let left = p.depth - i * S::STEPS;
                across(from.add(i * step), p.step, left, to.add(i * p.width), p.len);
            }
        } else if p.step == 1 {
            let lanes = V::LANES;
            let wide = p.len / lanes * lanes;
            let deep = p.depth / S::STEPS / lanes * lanes;
            let mut block = [V::Elem::default(); 64];
            for j in (0..wide).step_by(lanes) {
                for i in (0..deep).step_by(lanes) {
                    let from = from.add(j * p.side + i * S::STEPS);
                    let to = to.add(i * p.width + j);
                    if S::SAME {
                        V::transpose(from.cast(), p.side, to, p.width);
                    } else {
                        for r in 0..lanes {
                            let row = block.as_mut_ptr().add(r * lanes);
                            S::along(from.add(r * p.side), row, lanes);
                        }
                        V::transpose(block.as_ptr(), lanes, to, p.width);
                    }
                }
            }
            gather(p, from, to, deep..depth, 0..wide);
            gather(p, from, to, 0..depth, wide..p.len);
        } else {
            gather(p, from, to, 0..depth, 0..p.len);
        }
    }
}

/// Packs rows of A as `[len, depth]`; the source's inner dimension has stride 1.
///
/// # Safety
/// As [`PackFn`].
#[inline(always)]
pub(super) unsafe fn left_rows<V: Vector, S: Input<V::Elem>>(p: &Pack) {
    let (whole, depth) = (p.depth / S::STEPS, p.depth.div_ceil(S::STEPS));
    for i in 0..p.len {
        // SAFETY: row i of the source and of the copy, which the caller vouches for.
        unsafe {
            let from = p.from.cast::<S>().add(i * p.side);
            let to = p.to.cast::<V::Elem>().add(i * depth);
            S::along(from, to, whole);
            if whole < depth {
                let done = whole * S::STEPS;
                *to.add(whole) = S::element(from.add(done), 1, p.depth - done);
            }
        };
    }
}

/// Packs rows of A tile by tile as `[depth, rows of the tile]`.
///
/// # Safety
/// As [`PackFn`].
#[inline(always)]
pub(super) unsafe fn left_tiles<V: Vector, S: Input<V::Elem>>(p: &Pack) {
    let (from, to) = (p.from.cast::<S>(), p.to.cast::<V::Elem>());
    let (depth, step) = (p.depth.div_ceil(S::STEPS), p.step * S::STEPS);
    let mut i = 0;
    while i < p.len {
        let rows = next_rows(p.width, p.len - i);
        // SAFETY: tile by tile, the offsets stay inside of the rows i .. i + rows of the source
        // and of the copy, which the caller vouches for.
        unsafe {
            let (from, to) = (from.add(i * p.side), to.add(i * depth));
            let left = |k: usize| p.depth - k * S::STEPS;
            if rows == 6 && p.side == 1 && i + 8 <= p.len {
                // Eight at a time, of which the next step overwrites two; the last step may not.
                for k in 0..depth {
                    let (from, to) = (from.add(k * step), to.add(k * 6));
                    if k + 1 == depth {
                        across(from, p.step, left(k), to, 6);
                        continue;
                    }
                    let mut eight = [V::Elem::default(); 8];
                    across(from, p.step, S::STEPS, eight.as_mut_ptr(), 8);
                    for j in (0..8).step_by(V::LANES) {
                        V::load(eight.as_ptr().add(j)).store(to.add(j));
                    }
                }
            } else {
                for k in 0..depth {
                    for r in 0..rows {
                        let from = from.add(k * step + r * p.side);
                        *to.add(k * rows + r) = S::element(from, p.step, left(k));
                    }
                }
            }
        }
        i += rows;
    }
}

/// The elements that begin with numbers side by side, which later steps follow `step` apart.
///
/// # Safety
/// Both pointers are valid for `len` elements, and the source for `left` steps of them.
#[inline(always)]
unsafe fn across<S: Input<E>, E>(from: *const S, step: usize, left: usize, to: *mut E, len: usize) {
    for j in 0..len {
        // SAFETY: the caller vouches for both; a block and its packed copy do not overlap.
        unsafe { to.add(j).write(S::element(from.add(j), step, left)) };
    }
}

/// # Safety
/// Both pointers are valid for `len` numbers.
#[inline(always)]
unsafe fn each<S: Copy, T>(from: *const S, to: *mut T, len: usize, convert: impl Fn(S) -> T) {
    // SAFETY: the caller vouches for both; a block and its packed copy do not overlap.
    let (from, to) = unsafe {
        let to = std::slice::from_raw_parts_mut(to.cast::<std::mem::MaybeUninit<T>>(), len);
        (std::slice::from_raw_parts(from, len), to)
    };
    for (to, &from) in to.iter_mut().zip(from) {
        to.write(convert(from));
    }
}

/// Copies a part of a panel of B, element by element.
///
/// # Safety
/// As [`PackFn`]; the ranges are within the packed block.
#[inline(always)]
unsafe fn gather<S: Input<E>, E>(
    p: &Pack,
    from: *const S,
    to: *mut E,
    depth: std::ops::Range<usize>,
    cols: std::ops::Range<usize>,
) {
    for j in cols {
        for i in depth.clone() {
            let first = i * S::STEPS;
            // SAFETY: inside of the block, as the caller vouches.
            unsafe {
                let from = from.add(j * p.side + first * p.step);
                *to.add(i * p.width + j) = S::element(from, p.step, p.depth - first);
            }
        }
    }
}

/// A block of finished accumulators and where it goes, in the output's type.
pub(super) struct Finish {
    pub from: *const u8,
    pub from_row: usize,
    pub rows: usize,
    pub cols: usize,
    pub to: *mut u8,
    pub to_row: usize,
}

/// # Safety
/// Both blocks are valid and do not overlap, and the machine has the instruction set.
pub(super) type FinishFn = unsafe fn(&Finish);

/// A type of the results, and how an accumulator is rounded to it, or its high bits are cut off.
pub(super) trait Output<E>: Copy + 'static {
    fn round(x: E) -> Self;
}
impl Output<f32> for f32 {
    #[inline(always)]
    fn round(x: f32) -> f32 {
        x
    }
}
impl Output<f64> for f64 {
    #[inline(always)]
    fn round(x: f64) -> f64 {
        x
    }
}
impl Output<f32> for half::bf16 {
    #[inline(always)]
    fn round(x: f32) -> Self {
        half::bf16::from_bits(f32_to_bf16(x))
    }
}
impl Output<f32> for half::f16 {
    #[inline(always)]
    fn round(x: f32) -> Self {
        half::f16::from_bits(f32_to_f16(x))
    }
}

impl Output<Pair> for i8 {
    #[inline(always)]
    fn round(x: Pair) -> Self {
        x.sum() as i8
    }
}
impl Output<Pair> for i16 {
    #[inline(always)]
    fn round(x: Pair) -> Self {
        x.sum() as i16
    }
}

/// # Safety
/// As [`FinishFn`].
#[inline(always)]
pub(super) unsafe fn finish<E: Copy, O: Output<E>>(f: &Finish) {
    for i in 0..f.rows {
        // SAFETY: row i of both blocks, which the caller vouches for.
        let (from, to) = unsafe {
            let to = f.to.cast::<std::mem::MaybeUninit<O>>().add(i * f.to_row);
            let from = f.from.cast::<E>().add(i * f.from_row);
            let from = std::slice::from_raw_parts(from, f.cols);
            (from, std::slice::from_raw_parts_mut(to, f.cols))
        };
        for (to, &from) in to.iter_mut().zip(from) {
            to.write(O::round(from));
        }
    }
}
