//! The micro-kernel of convolutions across lanes: vectors lie along an axis of the rows, or along the groups.

use super::super::super::vector::Vector;
use super::super::walk::{RowAxes, Steps};

/// The most vectors of a tile of one column; wider tiles have fewer.
const MOST: usize = 9;

/// Some columns of C at places that follow each other along the lanes, for some steps of the sum.
#[derive(Clone, Copy)]
pub(in super::super) struct Sweep<'a> {
    /// Where the vectors are.
    pub rows: &'a RowAxes,
    /// With vectors of groups all runs are of one step.
    pub steps: Steps<'a>,
    pub a: *const u8,
    /// For each step a number, or a vector, for each column.
    pub b: *const u8,
    /// From a step of B to the next, in elements, and what lies between runs beside that.
    pub b_step: usize,
    pub b_skip: usize,
    pub cols: usize,
    pub c: *mut u8,
    /// From a column of C to the next, in elements.
    pub c_col: usize,
    /// Vectors of groups, and how far apart their kernels and their results are.
    pub groups: usize,
    pub b_group: usize,
    pub c_group: usize,
    /// Whether the chains start here, from zero, or go on from what C holds.
    pub fresh: bool,
    /// Whether to look for sums that are -0.
    pub watch: bool,
}

/// Whether a sum that is watched is -0.
///
/// # Safety
/// Whole vectors of A are valid at every step from every row, B for every step and column, C for whole vectors of
/// every row and column, which nothing else aliases; and the machine has the instruction set that the function
/// was made for.
pub(in super::super) type SweepFn = unsafe fn(&Sweep) -> bool;

/// The vectors of a tile of `cols` columns: with accumulators, numbers of B and vectors of A it fits the sixteen
/// registers of AVX2.
pub(super) const fn vectors(cols: usize) -> usize {
    match cols {
        1 => MOST,
        2 => 6,
        3 => 4,
        4 => 3,
        _ => 2,
    }
}

/// The columns of the next tile where `left` are left.
pub(super) fn next_cols(left: usize) -> usize {
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
pub(in super::super) unsafe fn sweep<V: Vector, const LANEWISE: bool>(s: &Sweep) -> bool {
    let (mut col, mut seen) = (0, false);
    while col < s.cols {
        let cols = next_cols(s.cols - col);
        // SAFETY: columns below `s.cols`.
        unsafe {
            seen |= match cols {
                1 => columns::<V, 1, { vectors(1) }, LANEWISE>(s, col),
                2 => columns::<V, 2, { vectors(2) }, LANEWISE>(s, col),
                3 => columns::<V, 3, { vectors(3) }, LANEWISE>(s, col),
                4 => columns::<V, 4, { vectors(4) }, LANEWISE>(s, col),
                5 => columns::<V, 5, { vectors(5) }, LANEWISE>(s, col),
                _ => columns::<V, 6, { vectors(6) }, LANEWISE>(s, col),
            };
        }
        col += cols;
    }
    seen
}

/// All rows, for `NC` columns from `col` on.
///
/// # Safety
/// As [`SweepFn`].
#[inline(always)]
unsafe fn columns<V: Vector, const NC: usize, const NV: usize, const LANEWISE: bool>(
    s: &Sweep,
    col: usize,
) -> bool {
    let (a, c) = (s.a.cast::<V::Elem>(), s.c.cast::<V::Elem>());
    let first = col * if LANEWISE { V::LANES } else { 1 };
    let mut places = s.rows.places();
    let mut left = s.rows.count();
    let mut seen = false;
    while left > 0 {
        let rows = left.min(NV);
        // Behind the last row comes the first: a tile that has fewer computes some anew, and drops them.
        let mut at = [(a, c); NV];
        for ((from, to), (row_a, row_c)) in at.iter_mut().zip(places.tile::<NV>(NV)) {
            *from = a.wrapping_add(row_a);
            *to = c.wrapping_add(row_c + col * s.c_col);
        }
        for group in 0..s.groups {
            let part = Part {
                a: group * V::LANES,
                b: s.b
                    .cast::<V::Elem>()
                    .wrapping_add(group * s.b_group + first),
                c: group * s.c_group,
            };
            // SAFETY: places of rows, which the caller vouches for.
            unsafe {
                seen |= if rows == 1 {
                    tile::<V, NC, 1, LANEWISE>(s, part, &[at[0]], 1)
                } else {
                    tile::<V, NC, NV, LANEWISE>(s, part, &at, rows)
                };
            }
        }
        left -= rows;
    }
    seen
}

/// What distinguishes vectors of groups: distances in A and C, and the first numbers of B.
#[derive(Clone, Copy)]
struct Part<E> {
    a: usize,
    b: *const E,
    c: usize,
}

/// Computes a tile of `NV` vectors and `NC` columns, of which the first `rows` vectors are kept.
///
/// # Safety
/// As [`SweepFn`], for the places in A and C of `NV` vectors.
#[inline(always)]
unsafe fn tile<V: Vector, const NC: usize, const NV: usize, const LANEWISE: bool>(
    s: &Sweep,
    part: Part<V::Elem>,
    at: &[(*const V::Elem, *mut V::Elem); NV],
    rows: usize,
) -> bool {
    let from: [*const V::Elem; NV] = std::array::from_fn(|i| at[i].0.wrapping_add(part.a));
    let to: [*mut V::Elem; NV] = std::array::from_fn(|i| at[i].1.wrapping_add(part.c));
    let mut acc = [[V::zero(); NC]; NV];
    if !s.fresh {
        for (row, to) in acc.iter_mut().zip(to) {
            for (j, x) in row.iter_mut().enumerate() {
                // SAFETY: within C.
                *x = unsafe { V::load(to.add(j * s.c_col)) };
            }
        }
    }
    let lanes = if LANEWISE { V::LANES } else { 1 };
    let mut b = part.b;
    let (repeat, apart) = s.steps.repeat;
    let (run, step) = if LANEWISE { (1, 0) } else { s.steps.run };
    for repeat in 0..repeat {
        for &first in s.steps.runs {
            let mut place = first + repeat * apart;
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
                        let left = from.map(|from| V::load(from.add(place)));
                        for j in 0..NC {
                            let right = right(j);
                            for (row, left) in acc.iter_mut().zip(left) {
                                row[j] = row[j].fma(left, right);
                            }
                        }
                    } else {
                        let right: [V; NC] = std::array::from_fn(right);
                        for (row, from) in acc.iter_mut().zip(from) {
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
            b = b.wrapping_add(s.b_skip);
        }
    }
    let mut seen = false;
    for (row, to) in acc.iter().zip(to).take(rows) {
        for (j, x) in row.iter().enumerate() {
            // SAFETY: within C.
            unsafe {
                x.store(to.add(j * s.c_col));
                seen |= s.watch && x.has_negative_zero();
            }
        }
    }
    seen
}

/// # Safety
/// So many rows of `len` numbers are valid, each `step` numbers behind the one before; and the machine has the
/// instruction set that the function was made for.
pub(in super::super) type FiniteFn =
    unsafe fn(from: *const u8, rows: usize, len: usize, step: usize) -> bool;

/// Whether numbers are finite. The body of every [`FiniteFn`].
///
/// # Safety
/// As [`FiniteFn`].
#[inline(always)]
pub(in super::super) unsafe fn finite<V: Vector>(
    from: *const u8,
    rows: usize,
    len: usize,
    step: usize,
) -> bool {
    let (rows, len) = if step == len {
        (1, rows * len)
    } else {
        (rows, len)
    };
    // A number that is not finite makes what it is multiplied with, zero, a NaN, and so the sum.
    let mut sum = V::zero();
    let mut lanes = [V::Elem::default(); 8];
    for row in 0..rows {
        let row = from.cast::<V::Elem>().wrapping_add(row * step);
        // SAFETY: whole vectors of the row, and of `lanes`, which has room for the rest and zeros behind it.
        unsafe {
            let whole = len / V::LANES * V::LANES;
            for i in (0..whole).step_by(V::LANES) {
                sum = sum.fma(V::load(row.add(i)), V::zero());
            }
            lanes
                .as_mut_ptr()
                .copy_from_nonoverlapping(row.add(whole), len - whole);
            sum = sum.fma(V::load(lanes.as_ptr()), V::zero());
        }
    }
    // SAFETY: no vector has more lanes.
    unsafe { sum.store(lanes.as_mut_ptr()) };
    lanes[..V::LANES].iter().all(|&x| x == V::Elem::default())
}
