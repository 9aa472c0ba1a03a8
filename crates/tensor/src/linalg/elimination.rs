//! Gaussian elimination with partial pivoting.
use super::{
    Real, add_scaled, kernel,
    product::{Part, subtract_within},
    triangles::{Half, Scratch, solve, two_rows},
};

/// Columns that are eliminated together.
const BLOCK: usize = 16;

kernel! {
    /// `P x = L U` for `x: [m, n]`, in its place: `L` below the diagonal, which counts as ones, and `U` on and above it.
    /// Row `i` of `P x` is row `order[i]` of `x`.
    fn eliminate(x: &mut [T], size: [usize; 2], order: &mut [i32], scratch: &mut Scratch<T>) {
        let [m, n] = size;
        for (i, place) in order.iter_mut().enumerate() {
            *place = i as i32;
        }
        let rank = m.min(n);
        for j in (0..rank).step_by(BLOCK) {
            let end = rank.min(j + BLOCK);
            for c in j..end {
                let pivot = greatest(x, n, c..m, c);
                if pivot != c {
                    order.swap(pivot, c);
                    let (above, below) = x.split_at_mut(pivot * n);
                    above[c * n..(c + 1) * n].swap_with_slice(&mut below[..n]);
                }
                let head = x[c * n + c];
                if head == T::ZERO {
                    continue;
                }
                for i in c + 1..m {
                    let (pivots, row) = two_rows(x, n, c, i);
                    let factor = row[c] / head;
                    row[c] = factor;
                    add_scaled(-factor, &pivots[c + 1..end], &mut row[c + 1..end]);
                }
            }
            if end == n {
                continue;
            }
            // The rows of U that this block makes, then everything below them.
            let rest = n - end;
            scratch.resize((end - j) * rest, T::ZERO);
            for (row, from) in scratch.chunks_exact_mut(rest).zip(j..) {
                row.copy_from_slice(&x[from * n + end..(from + 1) * n]);
            }
            let half = Half {
                lower: true,
                unit: true,
            };
            solve(half, (&x[j * n + j..], n), scratch, [end - j, rest]);
            for (row, to) in scratch.chunks_exact(rest).zip(j..) {
                x[to * n + end..(to + 1) * n].copy_from_slice(row);
            }
            let (left, right) = (Part::new(end * n + j, n), Part::new(end * n + end, n));
            let across = (&scratch[..], Part::new(0, rest));
            subtract_within([m - end, end - j, rest], x, left, across, right);
        }
    }
}

/// The row with the element of the greatest magnitude in `column`; of equals the first.
#[inline(always)]
fn greatest<T: Real>(x: &[T], n: usize, rows: std::ops::Range<usize>, column: usize) -> usize {
    let mut best = (rows.start, x[rows.start * n + column].abs());
    for i in rows {
        let here = x[i * n + column].abs();
        if here > best.1 {
            best = (i, here);
        }
    }
    best.0
}

/// `x^-1 b` into `y: [n, k]`, for `x: [n, n]`, which is lost.
pub(crate) fn solve_general<T: Real>(
    x: &mut [T],
    b: &[T],
    y: &mut [T],
    [n, k]: [usize; 2],
    (order, scratch): (&mut [i32], &mut Scratch<T>),
) {
    eliminate(x, [n, n], order, scratch);
    for (i, &from) in order.iter().enumerate() {
        let from = from as usize * k;
        y[i * k..(i + 1) * k].copy_from_slice(&b[from..from + k]);
    }
    let lower = Half {
        lower: true,
        unit: true,
    };
    let upper = Half {
        lower: false,
        unit: false,
    };
    solve(lower, (x, n), y, [n, k]);
    solve(upper, (x, n), y, [n, k]);
}
