//! Triangular matrices: the Cholesky factor, and systems of equations.
use super::{
    add_scaled, dot, kernel,
    product::{Part, Put, product, subtract_within},
    transpose,
};

/// Columns, or rows, that are made together.
const BLOCK: usize = 16;

/// What a decomposition works in.
pub(crate) type Scratch<T> = Vec<T>;

kernel! {
    /// The lower Cholesky factor of `x: [n, n]`, whose lower half is read, in its place; zeros above. Where `x` is not
    /// positive definite, NaN on and below the diagonal.
    fn cholesky(x: &mut [T], n: usize, scratch: &mut Scratch<T>) {
        scratch.resize(n * BLOCK, T::ZERO);
        let mut definite = true;
        for j in (0..n).step_by(BLOCK) {
            let end = n.min(j + BLOCK);
            let width = end - j;
            if j > 0 {
                // The rows of this block, across.
                transpose(&x[j * n..], n, (width, j), scratch);
                let (left, here) = (Part::new(j * n, n), Part::new(j * n + j, n));
                let across = (&scratch[..], Part::new(0, width));
                subtract_within([n - j, j, width], x, left, across, here);
            }
            for i in j..n {
                let (above, row) = x.split_at_mut(i * n);
                for c in j..end.min(i) {
                    let pivots = &above[c * n..c * n + n];
                    let sum = row[c] - dot(&row[j..c], &pivots[j..c]);
                    row[c] = sum / pivots[c];
                }
                if i < end {
                    let square = row[i] - dot(&row[j..i], &row[j..i]);
                    definite &= square > T::ZERO && square.is_finite();
                    row[i] = square.sqrt();
                }
            }
        }
        for i in 0..n {
            let row = &mut x[i * n..(i + 1) * n];
            row[i + 1..].fill(T::ZERO);
            if !definite {
                row[..=i].fill(T::NAN);
            }
        }
    }
}

/// A triangular system: which half of the matrix counts, and what its diagonal is.
#[derive(Clone, Copy)]
pub(crate) struct Half {
    pub(crate) lower: bool,
    /// The diagonal counts as ones.
    pub(crate) unit: bool,
}

kernel! {
    /// `a^-1 b` in the place of `b: [n, k]`, for `a: [n, n]` with rows `step` apart.
    fn solve(half: Half, a: (&[T], usize), b: &mut [T], size: [usize; 2]) {
        let ((a, step), [n, k]) = (a, size);
        let blocks = n.div_ceil(BLOCK);
        for block in 0..blocks {
            let block = if half.lower {
                block
            } else {
                blocks - 1 - block
            };
            let (from, to) = (block * BLOCK, n.min((block + 1) * BLOCK));
            // What is solved already, as a product.
            if half.lower && from > 0 {
                let (known, rows) = b.split_at_mut(from * k);
                let a = (a, Part::new(from * step, step));
                let size = [to - from, from, k];
                product(
                    size,
                    a,
                    (known, Part::new(0, k)),
                    (rows, Part::new(0, k)),
                    Put::Subtract,
                );
            }
            if !half.lower && to < n {
                let (rows, known) = b.split_at_mut(to * k);
                let a = (a, Part::new(from * step + to, step));
                let size = [to - from, n - to, k];
                let here = (rows, Part::new(from * k, k));
                product(size, a, (known, Part::new(0, k)), here, Put::Subtract);
            }
            for i in 0..to - from {
                let i = if half.lower { from + i } else { to - 1 - i };
                let others = if half.lower { from..i } else { i + 1..to };
                for j in others {
                    let (x, row) = two_rows(b, k, j, i);
                    add_scaled(-a[i * step + j], x, row);
                }
                if !half.unit {
                    let pivot = a[i * step + i];
                    for x in &mut b[i * k..(i + 1) * k] {
                        *x = *x / pivot;
                    }
                }
            }
        }
    }
}

/// Row `i`, and row `j` to be changed.
#[inline(always)]
pub(crate) fn two_rows<T>(x: &mut [T], step: usize, i: usize, j: usize) -> (&[T], &mut [T]) {
    if i < j {
        let (above, below) = x.split_at_mut(j * step);
        (&above[i * step..(i + 1) * step], &mut below[..step])
    } else {
        let (above, below) = x.split_at_mut(i * step);
        (&below[..step], &mut above[j * step..(j + 1) * step])
    }
}
