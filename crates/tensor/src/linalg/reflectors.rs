//! Householder reflections `H = I - tau v v^T`, one after the other and in blocks (Schreiber and Van Loan, 1989).
//!
//! Matrices are held by columns here: row `j` of a slice is a column, and holds the vector `v` of reflection `j` from
//! place `j + offset` on, where it has a 1 that is not stored.
use super::{
    Real, add_scaled, dot, kernel, larger,
    product::{Part, Put, product},
    transpose, with_sign,
};

/// Reflections that are applied together.
const BLOCK: usize = 32;

/// The reflection that leaves of `x` only its first element, as LAPACK's `larfg` defines it: `x` becomes `v` without
/// its 1, in whose place is what is left. Gives `tau`.
#[inline(always)]
pub(crate) fn reflect<T: Real>(x: &mut [T]) -> T {
    let squares = dot(x, x);
    let Some((&mut first, rest)) = x.split_first_mut() else {
        return T::ZERO;
    };
    if squares > T::SMALL_SQUARE {
        return reflect_safely(x, T::ONE);
    }
    let most = rest.iter().fold(T::ZERO, |most, x| larger(most, x.abs()));
    if most == T::ZERO {
        return T::ZERO;
    }
    // Squares would vanish.
    let most = larger(most, first.abs());
    for x in &mut *x {
        *x = *x / most;
    }
    reflect_safely(x, most)
}

/// The same of `x` times `by`, where squares of `x` do not vanish.
#[inline(always)]
fn reflect_safely<T: Real>(x: &mut [T], by: T) -> T {
    let Some((first, rest)) = x.split_first_mut() else {
        return T::ZERO;
    };
    let squares = dot(rest, rest);
    if squares == T::ZERO {
        *first *= by;
        return T::ZERO;
    }
    let left = -with_sign((*first * *first + squares).sqrt(), *first);
    let tau = (left - *first) / left;
    let inverse = T::ONE / (*first - left);
    for x in rest {
        *x *= inverse;
    }
    *first = left * by;
    tau
}

/// What reflections in blocks are made of.
#[derive(Default)]
pub(crate) struct Workspace<T> {
    /// The vectors as rows, with their ones and zeros.
    rows: Vec<T>,
    /// The same as columns.
    columns: Vec<T>,
    /// The triangle `T` of `H1 H2 .. = I - V T V^T`.
    triangle: Vec<T>,
    products: Vec<T>,
    turned: Vec<T>,
}

/// Reflections: their vectors, each in a row of `step` elements.
#[derive(Clone, Copy)]
pub(crate) struct Reflections<'a, T> {
    pub(crate) vectors: &'a [T],
    pub(crate) step: usize,
    pub(crate) taus: &'a [T],
    /// Of where the first one starts.
    pub(crate) offset: usize,
}

kernel! {
    /// The factors of the `m` by `n` matrix whose columns are the rows of `w`: reflections below the diagonal, `R` above.
    fn factor(w: &mut [T], size: [usize; 2], taus: &mut [T], work: &mut Workspace<T>) {
        let [m, n] = size;
        let rank = m.min(n);
        for start in (0..rank).step_by(BLOCK) {
            let end = rank.min(start + BLOCK);
            // Without a block's worth of columns behind it, a block is not worth its making.
            let reach = if n - end < BLOCK / 2 { n } else { end };
            for j in start..end {
                let (before, after) = w.split_at_mut((j + 1) * m);
                let column = &mut before[j * m + j..];
                let tau = reflect(column);
                taus[j] = tau;
                for other in after[..(reach - j - 1) * m].chunks_exact_mut(m) {
                    apply_one(&column[1..], tau, &mut other[j..]);
                }
            }
            if reach < n {
                let (before, after) = w.split_at_mut(end * m);
                let all = Reflections {
                    vectors: before,
                    step: m,
                    taus,
                    offset: 0,
                };
                gather(all, start..end, m, work);
                let rows = (after, n - end);
                apply_block(rows, m, start, end - start, Order::Forwards, work);
            }
        }
    }
}

/// `x H`, for a row `x` that starts where `v` has its 1.
#[inline(always)]
fn apply_one<T: Real>(v: &[T], tau: T, x: &mut [T]) {
    let Some((first, rest)) = x.split_first_mut() else {
        return;
    };
    let s = -tau * (*first + dot(v, rest));
    *first += s;
    add_scaled(s, v, rest);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// `x H1 H2 ..`.
    Forwards,
    /// `x .. H2 H1`.
    Backwards,
}

kernel! {
    /// Rows `0..count` of the transpose of `Q = H1 H2 ..`, each of `m` elements, into `z`.
    fn form(all: Reflections<'_, T>, z: (&mut [T], usize), m: usize, work: &mut Workspace<T>) {
        let (z, count) = z;
        z.fill(T::ZERO);
        for (i, row) in z.chunks_exact_mut(m.max(1)).take(count).enumerate() {
            row[i] = T::ONE;
        }
        let rank = all.taus.len();
        let small = rank <= BLOCK && count <= BLOCK;
        for start in (0..rank).step_by(BLOCK).rev() {
            let end = rank.min(start + BLOCK);
            // Rows before this one are still those of the identity, which these reflections do not change.
            let first = start + all.offset;
            if first >= count {
                continue;
            }
            if small {
                for j in (start..end).rev() {
                    let at = j + all.offset;
                    let v = &all.vectors[j * all.step + at + 1..j * all.step + m];
                    for row in z[..count * m].chunks_exact_mut(m).skip(at) {
                        apply_one(v, all.taus[j], &mut row[at..]);
                    }
                }
            } else {
                gather(all, start..end, m, work);
                let rows = (&mut z[first * m..], count - first);
                apply_block(rows, m, first, end - start, Order::Backwards, work);
            }
        }
    }
}

/// Some reflections as one block, from where the first of them starts.
#[inline(always)]
fn gather<T: Real>(
    all: Reflections<T>,
    which: std::ops::Range<usize>,
    m: usize,
    work: &mut Workspace<T>,
) {
    let first = which.start + all.offset;
    let (count, length) = (which.len(), m - first);
    work.rows.resize(count * length, T::ZERO);
    work.columns.resize(count * length, T::ZERO);
    work.triangle.resize(count * count, T::ZERO);
    for (i, j) in which.clone().enumerate() {
        let row = &mut work.rows[i * length..(i + 1) * length];
        row[..i.min(length)].fill(T::ZERO);
        if let Some(one) = row.get_mut(i) {
            *one = T::ONE;
            row[i + 1..]
                .copy_from_slice(&all.vectors[j * all.step + first + i + 1..j * all.step + m]);
        }
    }
    transpose(&work.rows, length, (count, length), &mut work.columns);
    // Column j of T is -tau T (V^T v) above the diagonal.
    let triangle = &mut work.triangle;
    triangle.fill(T::ZERO);
    let mut along = [T::ZERO; BLOCK];
    for j in 0..count {
        let tau = all.taus[which.start + j];
        let own = &work.rows[j * length..(j + 1) * length];
        for (other, along) in work.rows.chunks_exact(length.max(1)).zip(&mut along[..j]) {
            *along = dot(&other[j.min(length)..], &own[j.min(length)..]);
        }
        for i in 0..j {
            triangle[i * count + j] =
                -tau * dot(&triangle[i * count + i..i * count + j], &along[i..j]);
        }
        triangle[j * count + j] = tau;
    }
}

/// The block applied on the right to `count` rows of `m` elements, from element `first` on.
#[inline(always)]
fn apply_block<T: Real>(
    (x, count): (&mut [T], usize),
    m: usize,
    first: usize,
    size: usize,
    order: Order,
    work: &mut Workspace<T>,
) {
    let length = m - first;
    let Workspace {
        rows,
        columns,
        triangle,
        products,
        turned,
    } = work;
    products.resize(count * size, T::ZERO);
    turned.resize(count * size, T::ZERO);
    let (x_part, dense) = (Part::new(first, m), Part::new(0, size));
    product(
        [count, length, size],
        (&*x, x_part),
        (columns, dense),
        (products, dense),
        Put::Place,
    );
    if order == Order::Backwards {
        let across: Vec<T> = (0..size * size)
            .map(|i| triangle[i % size * size + i / size])
            .collect();
        triangle.copy_from_slice(&across);
    }
    product(
        [count, size, size],
        (products, dense),
        (triangle, dense),
        (turned, dense),
        Put::Place,
    );
    let across = (&rows[..], Part::new(0, length));
    product(
        [count, size, length],
        (turned, dense),
        across,
        (x, x_part),
        Put::Subtract,
    );
}

/// `Q: [m, wide]` and `R: [wide, n]` with `Q R = x` for `x: [m, n]`; `wide` is `m`, or the lesser of `m` and `n`.
pub(crate) fn qr<T: Real>(
    x: &[T],
    [m, n, wide]: [usize; 3],
    (q, r): (&mut [T], &mut [T]),
    work: &mut Workspace<T>,
) {
    let Some(most) = super::magnitude(x) else {
        q.fill(T::NAN);
        r.fill(T::NAN);
        return;
    };
    let (down, up) = super::scale_for(most);
    let mut w = vec![T::ZERO; m * n];
    transpose(x, n, (m, n), &mut w);
    super::scale(&mut w, down);
    let mut taus = vec![T::ZERO; m.min(n)];
    factor(&mut w, [m, n], &mut taus, work);
    for (i, row) in r.chunks_exact_mut(n.max(1)).enumerate().take(wide) {
        for (j, r) in row.iter_mut().enumerate() {
            *r = if i <= j { w[j * m + i] } else { T::ZERO };
        }
    }
    super::scale(r, up);
    let mut z = vec![T::ZERO; wide * m];
    let all = Reflections {
        vectors: &w,
        step: m,
        taus: &taus,
        offset: 0,
    };
    form(all, (&mut z, wide), m, work);
    transpose(&z, m, (wide, m), q);
}
