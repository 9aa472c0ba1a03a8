//! Plane rotations of neighbouring rows, many at a time.
use super::{Real, kernel, larger};

/// Row `i` becomes `c` of itself and `s` of the next; the next becomes `c` of itself and `-s` of row `i`.
#[derive(Clone, Copy)]
pub(crate) struct Rotation<T> {
    pub(crate) row: usize,
    pub(crate) c: T,
    pub(crate) s: T,
}

/// `c`, `s` and `r` with `c f + s g = r` and `c g = s f`.
#[inline(always)]
pub(crate) fn rotation<T: Real>(f: T, g: T) -> (T, T, T) {
    if g == T::ZERO {
        return (T::ONE, T::ZERO, f);
    }
    if f == T::ZERO {
        return (T::ZERO, T::ONE, g);
    }
    let square = f.fma(f, g * g);
    let r = if square > T::SMALL_SQUARE {
        square.sqrt()
    } else {
        // Squares that would vanish.
        let most = larger(f.abs(), g.abs());
        let (p, q) = (f / most, g / most);
        most * p.fma(p, q * q).sqrt()
    };
    let r = if f < T::ZERO { -r } else { r };
    (f / r, g / r, r)
}

/// Columns that are turned together.
const WIDTH: usize = 16;

/// How many rotations are worth applying at once.
#[inline(always)]
pub(crate) fn plenty(n: usize) -> usize {
    16 * n
}

kernel! {
    /// Applies all rotations, in order, to the rows of `x`, each of `columns` elements, and forgets them.
    fn turn(x: &mut [T], columns: usize, rotations: &mut Vec<Rotation<T>>, block: &mut Vec<[T; WIDTH]>) {
        let Some(last) = rotations.iter().map(|r| r.row + 1).max() else {
            return;
        };
        block.resize(last + 1, [T::ZERO; WIDTH]);
        for from in (0..columns).step_by(WIDTH) {
            let to = columns.min(from + WIDTH);
            for (row, x) in block.iter_mut().zip(x.chunks_exact(columns)) {
                match x[from..to].as_array() {
                    Some(x) => *row = *x,
                    None => row[..to - from].copy_from_slice(&x[from..to]),
                }
            }
            for &Rotation { row, c, s } in rotations.iter() {
                if let Some([a, b]) = block.get_mut(row..row + 2) {
                    // Made aside: what is written must not stand between what is read.
                    let (x, y) = (*a, *b);
                    *a = std::array::from_fn(|i| c.fma(x[i], s * y[i]));
                    *b = std::array::from_fn(|i| c.fma(y[i], -(s * x[i])));
                }
            }
            for (row, x) in block.iter().zip(x.chunks_exact_mut(columns)) {
                match x[from..to].as_mut_array() {
                    Some(x) => *x = *row,
                    None => x[from..to].copy_from_slice(&row[..to - from]),
                }
            }
        }
        rotations.clear();
    }
}
