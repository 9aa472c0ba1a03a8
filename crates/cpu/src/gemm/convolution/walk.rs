//! The micro-kernel of convolutions: rows that lie anywhere, and steps that go the same way from each of them.

use super::super::tile::next_rows;
use super::super::vector::Vector;

/// The most rows of a tile: with two vectors of accumulators each they fit the registers of AVX2.
const ROWS: usize = 6;
/// The most axes that rows are counted along.
pub(super) const MOST_AXES: usize = 12;

/// An axis that rows are counted along: how many, and the distance between them in A and in C, in elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RowAxis {
    pub count: usize,
    pub a: usize,
    pub c: usize,
}

/// The axes of the rows, outermost first.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowAxes {
    axes: [RowAxis; MOST_AXES],
    len: usize,
}

impl RowAxes {
    pub(super) fn new(axes: impl Iterator<Item = RowAxis>) -> RowAxes {
        let mut rows = RowAxes {
            axes: [RowAxis::default(); MOST_AXES],
            len: 0,
        };
        // Axes of one row say nothing; two that run on are one.
        for axis in axes.filter(|axis| axis.count != 1) {
            match rows.axes[..rows.len].last_mut() {
                Some(outer) if outer.a == axis.a * axis.count && outer.c == axis.c * axis.count => {
                    *outer = RowAxis {
                        count: outer.count * axis.count,
                        ..axis
                    };
                }
                _ => {
                    rows.axes[rows.len] = axis;
                    rows.len += 1;
                }
            }
        }
        rows
    }

    pub(super) fn count(&self) -> usize {
        self.axes[..self.len]
            .iter()
            .map(|axis| axis.count)
            .product()
    }

    /// The places of all rows in A and in C, in order.
    pub(super) fn places(&self) -> Places<'_> {
        Places {
            axes: &self.axes[..self.len],
            index: [0; MOST_AXES],
            a: 0,
            c: 0,
        }
    }
}

/// Counts through rows. It does not end: behind the last comes the first.
pub(super) struct Places<'a> {
    axes: &'a [RowAxis],
    index: [usize; MOST_AXES],
    a: usize,
    c: usize,
}

impl Places<'_> {
    /// The places of the next `n` rows, at most `MOST`.
    #[inline(always)]
    pub(super) fn tile<const MOST: usize>(&mut self, n: usize) -> [(usize, usize); MOST] {
        let mut places = [(self.a, self.c); MOST];
        let Some(inner) = self.axes.last() else {
            return places;
        };
        let last = self.axes.len() - 1;
        // Mostly they follow each other along the innermost axis.
        if self.index[last] + n < inner.count {
            for (i, place) in places.iter_mut().enumerate() {
                *place = (self.a + i * inner.a, self.c + i * inner.c);
            }
            self.index[last] += n;
            self.a += n * inner.a;
            self.c += n * inner.c;
            return places;
        }
        for place in &mut places[..n] {
            *place = (self.a, self.c);
            self.a += inner.a;
            self.c += inner.c;
            self.index[last] += 1;
            if self.index[last] == inner.count {
                self.carry();
            }
        }
        places
    }

    /// Goes back to the start of every axis that is at its end, and on along the next.
    fn carry(&mut self) {
        for i in (0..self.axes.len()).rev() {
            let axis = &self.axes[i];
            if self.index[i] < axis.count {
                break;
            }
            self.index[i] = 0;
            self.a -= axis.a * axis.count;
            self.c -= axis.c * axis.count;
            if let Some(outer) = i.checked_sub(1) {
                self.index[outer] += 1;
                self.a += self.axes[outer].a;
                self.c += self.axes[outer].c;
            }
        }
    }
}

/// The steps of the sum that all rows go: runs of evenly spaced elements.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    /// How often all runs are gone through, and how far apart, in elements.
    pub repeat: (usize, usize),
    /// Where each run begins, in elements from the row's place.
    pub runs: &'a [usize],
    /// Elements of a run, and how far apart.
    pub run: (usize, usize),
}

/// One panel of columns of C, for some steps of the sum.
pub(super) struct Walk<'a> {
    pub rows: &'a RowAxes,
    pub steps: Steps<'a>,
    pub a: *const u8,
    /// A row of the panel's whole width for each step.
    pub b: *const u8,
    /// From a row of B to the next, in elements.
    pub b_step: usize,
    pub c: *mut u8,
    /// Valid columns, side by side in C: at most the panel's width.
    pub cols: usize,
    /// Whether the chains start here, from zero, or go on from what C holds.
    pub fresh: bool,
}

/// # Safety
/// A is valid at every step from every row, B for every step, C for the columns of every row, which
/// nothing else aliases; and the machine has the instruction set that the function was made for.
pub(super) type WalkFn = unsafe fn(&Walk);

/// The body of every [`WalkFn`], for panels of `NV` vectors.
///
/// # Safety
/// As [`WalkFn`].
#[inline(always)]
pub(super) unsafe fn walk<V: Vector, const NV: usize>(w: &Walk) {
    let width = NV * V::LANES;
    let (a, c) = (w.a.cast::<V::Elem>(), w.c.cast::<V::Elem>());
    let mut edge = [V::Elem::default(); ROWS * 16];
    let whole = w.cols == width;
    let mut places = w.rows.places();
    let mut left = w.rows.count();
    while left > 0 {
        let rows = next_rows(ROWS, left);
        let (mut from, mut to, mut at) = ([a; ROWS], [c; ROWS], [c; ROWS]);
        // SAFETY: places of rows are inside of A and C, as the caller vouches; `edge` holds a whole tile, so
        // it stands in for C where C is narrower.
        unsafe {
            for (i, (row_a, row_c)) in places.tile::<ROWS>(rows).into_iter().take(rows).enumerate()
            {
                from[i] = a.add(row_a);
                at[i] = c.add(row_c);
                to[i] = if whole {
                    at[i]
                } else {
                    edge.as_mut_ptr().add(i * width)
                };
                if !whole && !w.fresh {
                    to[i].copy_from_nonoverlapping(at[i], w.cols);
                }
            }
            match rows {
                1 => tile::<V, 1, NV>(w, &from, &to),
                2 => tile::<V, 2, NV>(w, &from, &to),
                3 => tile::<V, 3, NV>(w, &from, &to),
                4 => tile::<V, 4, NV>(w, &from, &to),
                5 => tile::<V, 5, NV>(w, &from, &to),
                _ => tile::<V, 6, NV>(w, &from, &to),
            }
            if !whole {
                for i in 0..rows {
                    at[i].copy_from_nonoverlapping(to[i], w.cols);
                }
            }
        }
        left -= rows;
    }
}

/// Computes a tile of `MR` rows.
///
/// # Safety
/// As [`WalkFn`], for rows that begin at `from`, and `to` valid for whole vectors.
#[inline(always)]
unsafe fn tile<V: Vector, const MR: usize, const NV: usize>(
    w: &Walk,
    from: &[*const V::Elem; ROWS],
    to: &[*mut V::Elem; ROWS],
) {
    let mut acc = [[V::zero(); NV]; MR];
    if !w.fresh {
        for (row, to) in acc.iter_mut().zip(to) {
            for (v, x) in row.iter_mut().enumerate() {
                // SAFETY: within the tile of C.
                *x = unsafe { V::load(to.add(v * V::LANES)) };
            }
        }
    }
    let mut b = w.b.cast::<V::Elem>();
    let (run, step) = w.steps.run;
    for repeat in 0..w.steps.repeat.0 {
        for &first in w.steps.runs {
            let mut at = first + repeat * w.steps.repeat.1;
            for _ in 0..run {
                // SAFETY: a step from every row of the tile, which the caller vouches for.
                unsafe {
                    let mut right = [V::zero(); NV];
                    for (v, x) in right.iter_mut().enumerate() {
                        *x = V::load(b.add(v * V::LANES));
                    }
                    for (row, from) in acc.iter_mut().zip(from) {
                        let left = V::splat(from.add(at));
                        for (x, right) in row.iter_mut().zip(right) {
                            *x = x.fma(left, right);
                        }
                    }
                    b = b.wrapping_add(w.b_step);
                }
                at += step;
            }
        }
    }
    for (row, to) in acc.iter().zip(to) {
        for (v, x) in row.iter().enumerate() {
            // SAFETY: within the tile of C.
            unsafe { x.store(to.add(v * V::LANES)) };
        }
    }
}
