//! The micro-kernel of convolutions across lanes: vectors lie along an axis of the rows, or along the groups.

use super::super::super::vector::Vector;
use super::super::walk::{RowAxes, Steps};

/// The most vectors of a tile of one column; wider tiles have fewer.
const MOST: usize = 9;

/// Some columns of C at places that follow each other along the lanes, for some steps of the sum.
pub(in super::super) struct Sweep<'a> {
    /// Where the vectors are.
    pub rows: &'a RowAxes,
    pub steps: Steps<'a>,
    pub a: *const u8,
    /// For each step a number, or a vector, for each column.
    pub b: *const u8,
    /// From a step of B to the next, in elements.
    pub b_step: usize,
    pub cols: usize,
    pub c: *mut u8,
    /// From a column of C to the next, in elements.
    pub c_col: usize,
    /// Whether the chains start here, from zero, or go on from what C holds.
    pub fresh: bool,
}

/// # Safety
/// Whole vectors of A are valid at every step from every row, B for every step and column, C for whole vectors of
/// every row and column, which nothing else aliases; and the machine has the instruction set that the function
/// was made for.
pub(in super::super) type SweepFn = unsafe fn(&Sweep);

/// The vectors of a tile of `cols` columns: with accumulators, numbers of B and vectors of A it fits the sixteen
/// registers of AVX2.
const fn vectors(cols: usize) -> usize {
    match cols {
        1 => MOST,
        2 => 6,
        3 => 4,
        4 => 3,
        _ => 2,
    }
}

/// The columns of the next tile where `left` are left.
fn next_cols(left: usize) -> usize {
    match left {
        7 | 8 => 4,
        9 | 10 => 5,
        _ => left.min(6),
    }
}

/// The body of every [`SweepFn`]. B has numbers, which serve all lanes, or `LANEWISE` vectors.
///
/// # Safety
/// As [`SweepFn`].
#[inline(always)]
pub(in super::super) unsafe fn sweep<V: Vector, const LANEWISE: bool>(s: &Sweep) {
    let mut col = 0;
    while col < s.cols {
        let cols = next_cols(s.cols - col);
        // SAFETY: columns below `s.cols`.
        unsafe {
            match cols {
                1 => columns::<V, 1, { vectors(1) }, LANEWISE>(s, col),
                2 => columns::<V, 2, { vectors(2) }, LANEWISE>(s, col),
                3 => columns::<V, 3, { vectors(3) }, LANEWISE>(s, col),
                4 => columns::<V, 4, { vectors(4) }, LANEWISE>(s, col),
                5 => columns::<V, 5, { vectors(5) }, LANEWISE>(s, col),
                _ => columns::<V, 6, { vectors(6) }, LANEWISE>(s, col),
            }
        }
        col += cols;
    }
}

/// All rows, for `NC` columns from `col` on.
///
/// # Safety
/// As [`SweepFn`].
#[inline(always)]
unsafe fn columns<V: Vector, const NC: usize, const NV: usize, const LANEWISE: bool>(
    s: &Sweep,
    col: usize,
) {
    let (a, c) = (s.a.cast::<V::Elem>(), s.c.cast::<V::Elem>());
    let mut places = s.rows.places();
    let mut left = s.rows.count();
    while left > 0 {
        let rows = left.min(NV);
        // Behind the last row comes the first: a tile that has fewer computes some anew, and drops them.
        let mut at = [(a, c); NV];
        for ((from, to), (row_a, row_c)) in at.iter_mut().zip(places.tile::<NV>(NV)) {
            *from = a.wrapping_add(row_a);
            *to = c.wrapping_add(row_c + col * s.c_col);
        }
        // SAFETY: places of rows, which the caller vouches for.
        unsafe {
            if rows == 1 {
                tile::<V, NC, 1, LANEWISE>(s, col, &[at[0]], 1);
            } else {
                tile::<V, NC, NV, LANEWISE>(s, col, &at, rows);
            }
        }
        left -= rows;
    }
}

/// Computes a tile of `NV` vectors and `NC` columns, of which the first `rows` vectors are kept.
///
/// # Safety
/// As [`SweepFn`], for the places in A and C of `NV` vectors.
#[inline(always)]
unsafe fn tile<V: Vector, const NC: usize, const NV: usize, const LANEWISE: bool>(
    s: &Sweep,
    col: usize,
    at: &[(*const V::Elem, *mut V::Elem); NV],
    rows: usize,
) {
    let mut acc = [[V::zero(); NC]; NV];
    if !s.fresh {
        for (row, (_, to)) in acc.iter_mut().zip(at) {
            for (j, x) in row.iter_mut().enumerate() {
                // SAFETY: within C.
                *x = unsafe { V::load(to.add(j * s.c_col)) };
            }
        }
    }
    let lanes = if LANEWISE { V::LANES } else { 1 };
    let mut b = s.b.cast::<V::Elem>().wrapping_add(col * lanes);
    let (run, step) = s.steps.run;
    for repeat in 0..s.steps.repeat.0 {
        for &first in s.steps.runs {
            let mut place = first + repeat * s.steps.repeat.1;
            for _ in 0..run {
                // SAFETY: a step from every row of the tile, and of B, which the caller vouches for.
                unsafe {
                    let right = |j: usize| {
                        if LANEWISE {
                            V::load(b.add(j * lanes))
                        } else {
                            V::splat(b.add(j * lanes))
                        }
                    };
                    // What is more numerous is read one by one.
                    if NC >= NV {
                        let left: [V; NV] = std::array::from_fn(|i| V::load(at[i].0.add(place)));
                        for j in 0..NC {
                            let right = right(j);
                            for (row, left) in acc.iter_mut().zip(left) {
                                row[j] = row[j].fma(left, right);
                            }
                        }
                    } else {
                        let right: [V; NC] = std::array::from_fn(right);
                        for (row, (from, _)) in acc.iter_mut().zip(at) {
                            let left = V::load(from.add(place));
                            for (x, right) in row.iter_mut().zip(right) {
                                *x = x.fma(left, right);
                            }
                        }
                    }
                }
                b = b.wrapping_add(s.b_step);
                place += step;
            }
        }
    }
    for (row, (_, to)) in acc.iter().zip(at).take(rows) {
        for (j, x) in row.iter().enumerate() {
            // SAFETY: within C.
            unsafe { x.store(to.add(j * s.c_col)) };
        }
    }
}
