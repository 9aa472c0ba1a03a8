//! The packers: copies of blocks of A and B in the order, and in the type, the micro-kernel reads.

use super::convert::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
use super::tile::next_rows;
use super::vector::Vector;

/// A block of an operand and where its packed copy goes.
pub(super) struct Pack {
    pub from: *const u8,
    /// Strides of the source, in elements: along the long side (rows of A, columns of B) and along
    /// the inner dimension.
    pub side: usize,
    pub step: usize,
    /// Extents of the block: rows of A or columns of B, and steps of the inner dimension.
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

/// A type of the inputs, and how it widens to the accumulation type.
pub(super) trait Input<E>: Copy + 'static {
    /// Widening changes nothing.
    const SAME: bool = false;
    fn widen(self) -> E;
}
impl Input<f32> for f32 {
    const SAME: bool = true;
    #[inline(always)]
    fn widen(self) -> f32 {
        self
    }
}
impl Input<f64> for f64 {
    const SAME: bool = true;
    #[inline(always)]
    fn widen(self) -> f64 {
        self
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

/// Packs a panel of B as `[depth, width]`, with some numbers in the columns it lacks.
///
/// # Safety
/// As [`PackFn`].
#[inline(always)]
pub(super) unsafe fn right<V: Vector, S: Input<V::Elem>>(p: &Pack) {
    let (from, to) = (p.from.cast::<S>(), p.to.cast::<V::Elem>());
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
        for i in whole..p.depth {
            for j in (0..p.width).step_by(V::LANES) {
                V::zero().store(to.add(i * p.width + j));
            }
        }
        if p.side == 1 {
            for i in 0..whole {
                let (from, to) = (from.add(i * p.step), to.add(i * p.width));
                if S::SAME {
                    for j in (0..p.width).step_by(V::LANES) {
                        V::load(from.cast::<V::Elem>().add(j)).store(to.add(j));
                    }
                } else {
                    widen(from, to, p.width);
                }
            }
            for i in whole..p.depth {
                widen(from.add(i * p.step), to.add(i * p.width), p.len);
            }
        } else if p.step == 1 {
            let lanes = V::LANES;
            let (wide, deep) = (p.len / lanes * lanes, p.depth / lanes * lanes);
            let mut block = [V::Elem::default(); 64];
            for j in (0..wide).step_by(lanes) {
                for i in (0..deep).step_by(lanes) {
                    let from = from.add(j * p.side + i);
                    let to = to.add(i * p.width + j);
                    if S::SAME {
                        V::transpose(from.cast(), p.side, to, p.width);
                    } else {
                        for r in 0..lanes {
                            widen(
                                from.add(r * p.side),
                                block.as_mut_ptr().add(r * lanes),
                                lanes,
                            );
                        }
                        V::transpose(block.as_ptr(), lanes, to, p.width);
                    }
                }
            }
            gather(p, from, to, deep..p.depth, 0..wide);
            gather(p, from, to, 0..p.depth, wide..p.len);
        } else {
            gather(p, from, to, 0..p.depth, 0..p.len);
        }
    }
}

/// Packs rows of A as `[len, depth]`; the source's inner dimension has stride 1.
///
/// # Safety
/// As [`PackFn`].
#[inline(always)]
pub(super) unsafe fn left_rows<V: Vector, S: Input<V::Elem>>(p: &Pack) {
    for i in 0..p.len {
        // SAFETY: row i of the source and of the copy, which the caller vouches for.
        unsafe {
            widen(
                p.from.cast::<S>().add(i * p.side),
                p.to.cast::<V::Elem>().add(i * p.depth),
                p.depth,
            )
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
    let mut i = 0;
    while i < p.len {
        let rows = next_rows(p.width, p.len - i);
        // SAFETY: tile by tile, the offsets stay inside of the rows i .. i + rows of the source
        // and of the copy, which the caller vouches for.
        unsafe {
            let (from, to) = (from.add(i * p.side), to.add(i * p.depth));
            if rows == 6 && p.side == 1 && i + 8 <= p.len {
                // Eight at a time, of which the next step overwrites two; the last step may not.
                for k in 0..p.depth {
                    let (from, to) = (from.add(k * p.step), to.add(k * 6));
                    if k + 1 == p.depth {
                        widen(from, to, 6);
                        continue;
                    }
                    let mut eight = [V::Elem::default(); 8];
                    widen(from, eight.as_mut_ptr(), 8);
                    for j in (0..8).step_by(V::LANES) {
                        V::load(eight.as_ptr().add(j)).store(to.add(j));
                    }
                }
            } else {
                for k in 0..p.depth {
                    for r in 0..rows {
                        *to.add(k * rows + r) = (*from.add(k * p.step + r * p.side)).widen();
                    }
                }
            }
        }
        i += rows;
    }
}

/// # Safety
/// Both pointers are valid for `len` numbers.
#[inline(always)]
unsafe fn widen<S: Input<E>, E>(from: *const S, to: *mut E, len: usize) {
    // SAFETY: the caller vouches for both; a block and its packed copy do not overlap.
    let (from, to) = unsafe {
        let to = std::slice::from_raw_parts_mut(to.cast::<std::mem::MaybeUninit<E>>(), len);
        (std::slice::from_raw_parts(from, len), to)
    };
    for (to, from) in to.iter_mut().zip(from) {
        to.write(from.widen());
    }
}

/// Copies a part of a panel of B, number by number.
///
/// # Safety
/// As [`PackFn`]; the ranges are within the block.
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
            // SAFETY: inside of the block, as the caller vouches.
            unsafe { *to.add(i * p.width + j) = (*from.add(j * p.side + i * p.step)).widen() };
        }
    }
}

/// A block of finished accumulators and where it goes, rounded to the output's type.
pub(super) struct Finish {
    pub from: *const f32,
    pub from_row: usize,
    pub rows: usize,
    pub cols: usize,
    pub to: *mut u8,
    pub to_row: usize,
}

/// # Safety
/// Both blocks are valid and do not overlap, and the machine has the instruction set.
pub(super) type FinishFn = unsafe fn(&Finish);

/// A type of the results, and how an accumulator is rounded to it.
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

/// # Safety
/// As [`FinishFn`].
#[inline(always)]
pub(super) unsafe fn finish<O: Output<f32>>(f: &Finish) {
    for i in 0..f.rows {
        // SAFETY: row i of both blocks, which the caller vouches for.
        let (from, to) = unsafe {
            let to = f.to.cast::<std::mem::MaybeUninit<O>>().add(i * f.to_row);
            let from = std::slice::from_raw_parts(f.from.add(i * f.from_row), f.cols);
            (from, std::slice::from_raw_parts_mut(to, f.cols))
        };
        for (to, &from) in to.iter_mut().zip(from) {
            to.write(O::round(from));
        }
    }
}
