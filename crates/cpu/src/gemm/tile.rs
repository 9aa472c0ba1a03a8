//! The micro-kernel: one panel of C, tile of rows by tile of rows, each tile kept in registers.

use super::vector::Vector;

/// One column panel of C, for one block of the inner dimension: `C (+)= A * B`.
pub(super) struct Panel {
    pub rows: usize,
    /// Valid columns: at most the panel's width.
    pub cols: usize,
    /// Length of the block of the inner dimension.
    pub depth: usize,
    pub a: *const u8,
    /// Strides of A from row to row and from step to step of the inner dimension, in elements.
    pub a_row: usize,
    pub a_step: usize,
    /// A is packed tile by tile as `[depth, rows of the tile]`; its strides are not used then.
    pub tiled: bool,
    pub b: *const u8,
    /// Stride of B from step to step, in elements; the panel's whole width is readable at each.
    pub b_step: usize,
    /// Elements from here to the panel that comes next, where the tiles of this one have it fetched; else 0.
    pub ahead: usize,
    /// Where the first tile leaves a packed copy of B for the others to read; null for no copy.
    pub keep: *mut u8,
    pub c: *mut u8,
    pub c_row: usize,
    /// Whether the chains start here, from zero, or go on from what C holds.
    pub fresh: bool,
}

/// # Safety
/// The pointers of the panel are valid for the extents it states, C is aliased by nothing, and the
/// machine has the instruction set that the function was made for.
pub(super) type PanelFn = unsafe fn(&Panel);

/// The most rows of a tile that is `vectors` vectors wide: with its accumulators, one row of B and
/// one number of A it fits the sixteen registers of AVX2.
pub(super) const fn most_rows(vectors: usize) -> usize {
    match vectors {
        2 => 6,
        4 => 2,
        _ => 1,
    }
}

/// The height of the next tile where `left` rows are left: as even as possible, because tiles of
/// fewer than four rows leave the multipliers waiting.
pub(super) const fn next_rows(most: usize, left: usize) -> usize {
    if left <= most {
        return left;
    }
    match (most, left) {
        (6, 7 | 8) => 4,
        (6, 9 | 13) => 5,
        _ => most,
    }
}

/// Computes a panel of `NV` vectors. The body of every [`PanelFn`].
///
/// # Safety
/// As [`PanelFn`].
#[inline(always)]
pub(super) unsafe fn panel<V: Vector, const NV: usize>(p: &Panel) {
    let most = const { most_rows(NV) };
    let width = NV * V::LANES;
    let (a, b, c) = (
        p.a.cast::<V::Elem>(),
        p.b.cast::<V::Elem>(),
        p.c.cast::<V::Elem>(),
    );
    let mut edge = [V::Elem::default(); 96];
    let (mut b, mut b_step, mut keep) = (b, p.b_step, p.keep.cast::<V::Elem>());
    let mut i = 0;
    while i < p.rows {
        let rows = next_rows(most, p.rows - i);
        // SAFETY: row i is within the extents that the caller vouches for; `edge` holds the
        // largest tile (6 x 16, 2 x 32 or 1 x 64), so it stands in for C where C is narrower.
        unsafe {
            let (a, a_row, a_step) = if p.tiled {
                (a.add(i * p.depth), 1, rows)
            } else {
                (a.add(i * p.a_row), p.a_row, p.a_step)
            };
            if p.ahead > 0 {
                let next = p.b.cast::<V::Elem>().wrapping_add(p.ahead);
                for step in i * p.depth / p.rows..(i + rows) * p.depth / p.rows {
                    prefetch(next.wrapping_add(step * p.b_step));
                }
            }
            let c = c.add(i * p.c_row);
            let whole = p.cols == width;
            let (to, to_row) = if whole {
                (c, p.c_row)
            } else {
                (edge.as_mut_ptr(), width)
            };
            if !whole && !p.fresh {
                for r in 0..rows {
                    to.add(r * width)
                        .copy_from_nonoverlapping(c.add(r * p.c_row), p.cols);
                }
            }
            let t = Tile {
                depth: p.depth,
                a,
                a_row,
                a_step,
                b,
                b_step,
                keep,
                c: to,
                c_row: to_row,
                fresh: p.fresh,
            };
            if keep.is_null() {
                t.run_rows::<V, NV, false>(rows);
            } else {
                t.run_rows::<V, NV, true>(rows);
                (b, b_step, keep) = (keep, width, std::ptr::null_mut());
            }
            if !whole {
                for r in 0..rows {
                    c.add(r * p.c_row)
                        .copy_from_nonoverlapping(to.add(r * width), p.cols);
                }
            }
        }
        i += rows;
    }
}

/// Has the line of the cache fetched that `from` is in, wherever that is, on machines that can be asked.
#[inline(always)]
fn prefetch<E>(from: *const E) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which cannot fault; every machine of this family has the instruction.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(from.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = from;
}

struct Tile<E> {
    depth: usize,
    a: *const E,
    a_row: usize,
    a_step: usize,
    b: *const E,
    b_step: usize,
    keep: *mut E,
    c: *mut E,
    c_row: usize,
    fresh: bool,
}

impl<E: Copy> Tile<E> {
    /// # Safety
    /// As `run`, for `rows` rows.
    #[inline(always)]
    unsafe fn run_rows<V: Vector<Elem = E>, const NV: usize, const KEEP: bool>(&self, rows: usize) {
        // SAFETY: the contract is the same.
        unsafe {
            // Constant conditions: heights that a width does not have are not even compiled.
            if rows == 1 {
                self.run::<V, 1, NV, KEEP>();
            } else if const { most_rows(NV) == 2 } {
                self.run::<V, 2, NV, KEEP>();
            } else if const { most_rows(NV) == 6 } {
                match rows {
                    2 => self.run::<V, 2, NV, KEEP>(),
                    3 => self.run::<V, 3, NV, KEEP>(),
                    4 => self.run::<V, 4, NV, KEEP>(),
                    5 => self.run::<V, 5, NV, KEEP>(),
                    _ => self.run::<V, 6, NV, KEEP>(),
                }
            }
        }
    }

    /// # Safety
    /// The pointers are valid for `MR` rows, `NV` whole vectors and `depth` steps; so is `keep`, with
    /// the whole vectors of a step side by side, where `KEEP` says that it is written.
    #[inline(always)]
    unsafe fn run<V: Vector<Elem = E>, const MR: usize, const NV: usize, const KEEP: bool>(&self) {
        let mut acc = [[V::zero(); NV]; MR];
        if !self.fresh {
            for (i, row) in acc.iter_mut().enumerate() {
                for (v, x) in row.iter_mut().enumerate() {
                    // SAFETY: within the tile of C.
                    *x = unsafe { V::load(self.c.add(i * self.c_row + v * V::LANES)) };
                }
            }
        }
        let (mut a, mut b, mut keep) = (self.a, self.b, self.keep);
        for _ in 0..self.depth {
            // SAFETY: step `_` of A and B, which the caller vouches for.
            unsafe {
                let mut right = [V::zero(); NV];
                for (v, x) in right.iter_mut().enumerate() {
                    *x = V::load(b.add(v * V::LANES));
                    if KEEP {
                        x.store(keep.add(v * V::LANES));
                    }
                }
                for (i, row) in acc.iter_mut().enumerate() {
                    let left = V::splat(a.add(i * self.a_row));
                    for (x, right) in row.iter_mut().zip(right) {
                        *x = x.fma(left, right);
                    }
                }
            }
            // The last step leaves the operand: the pointers are not read there.
            a = a.wrapping_add(self.a_step);
            b = b.wrapping_add(self.b_step);
            if KEEP {
                keep = keep.wrapping_add(NV * V::LANES);
            }
        }
        for (i, row) in acc.iter().enumerate() {
            for (v, x) in row.iter().enumerate() {
                // SAFETY: within the tile of C.
                unsafe { x.store(self.c.add(i * self.c_row + v * V::LANES)) };
            }
        }
    }
}
