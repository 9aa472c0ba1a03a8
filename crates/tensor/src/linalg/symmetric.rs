//! Eigenvalues and eigenvectors of symmetric matrices: reflections to a tridiagonal one, then implicit QL steps
//! (Golub and Van Loan, Matrix Computations, 8.3).
use super::{
    Real, add_scaled, add_two_and_dot, dot, kernel, lane_start, larger, magnitude, must_turn,
    reflectors::{Reflections, Workspace, form, reflect},
    rotations::{Rotation, plenty, turn},
    row_step, scale, scale_for, transpose,
};

/// Steps for each eigenvalue before it is given up; two are usual.
const STEPS: usize = 60;

/// The eigenvalues of the average of `x: [n, n]` and its transpose, ascending, and the eigenvectors as columns, if they
/// are asked for. All are NaN if something in `x` is not finite, or if the steps do not converge.
pub(crate) fn eigen<T: Real>(
    x: &[T],
    n: usize,
    values: &mut [T],
    vectors: Option<&mut [T]>,
    work: &mut Workspace<T>,
) {
    let step = row_step(n);
    let mut a: Vec<T> = vec![T::ZERO; n * step];
    let half = T::from_f64(0.5);
    for i in 0..n {
        for j in 0..n {
            let (p, q) = (x[i * n + j], x[j * n + i]);
            a[i * step + j] = if p == q { p } else { half * p + half * q };
        }
    }
    let mut found = None;
    if let Some(most) = magnitude(&a) {
        let (down, up) = scale_for(most);
        scale(&mut a, down);
        let (taus, mut e) = tridiagonal(&mut a, n, values);
        let mut z = vec![];
        if vectors.is_some() {
            z.resize(n * n, T::ZERO);
            let all = Reflections {
                vectors: &a,
                step,
                taus: &taus,
                offset: 1,
            };
            form(all, (&mut z, n), n, work);
        }
        if diagonal(values, &mut e, &mut z) {
            found = Some((up, z));
        }
    }
    let Some((up, z)) = found else {
        values.fill(T::NAN);
        if let Some(vectors) = vectors {
            vectors.fill(T::NAN);
        }
        return;
    };
    scale(values, up);
    let order = ascending(values);
    let unsorted = values.to_vec();
    for (value, &from) in values.iter_mut().zip(&order) {
        *value = unsorted[from];
    }
    if let Some(vectors) = vectors {
        // `a` is done with: the eigenvectors as rows, in order.
        for (row, &from) in a[..n * n].chunks_exact_mut(n.max(1)).zip(&order) {
            let z = &z[from * n..(from + 1) * n];
            let turned = must_turn(z);
            for (a, &z) in row.iter_mut().zip(z) {
                // Zeros get a plus sign either way.
                *a = if turned { T::ZERO - z } else { z + T::ZERO };
            }
        }
        transpose(&a, n, (n, n), vectors);
    }
}

/// The places of numbers, which are not NaN, from the least to the greatest; equal ones in order.
pub(crate) fn ascending<T: Real>(x: &[T]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].to_f64().total_cmp(&x[j].to_f64()));
    order
}

kernel! {
    /// Reflects the symmetric `a: [n, n]` to a tridiagonal matrix of diagonal `d`; gives the reflections' `tau`, whose
    /// vectors stay in the rows of `a`, and the elements beside the diagonal. Rows are [`row_step`] apart, and zero
    /// behind their ends.
    fn tridiagonal(a: &mut [T], n: usize, d: &mut [T]) -> (Vec<T>, Vec<T>) {
        let step = row_step(n);
        let (mut taus, mut e) = (vec![T::ZERO; n.saturating_sub(1)], vec![T::ZERO; n]);
        // A step subtracts v w^T + w v^T; each row of it is made when the next step reads it. All are zero outside of what
        // they say, so that whole lanes can be read.
        let (mut v, mut w) = (vec![T::ZERO; step], vec![T::ZERO; step]);
        let (mut next, mut p) = (vec![T::ZERO; step], vec![T::ZERO; step]);
        for k in 0..n {
            let (before, after) = a.split_at_mut((k + 1) * step);
            let row = &mut before[k * step + k..k * step + n];
            let (v_k, w_k) = (v[k], w[k]);
            for ((x, &v), &w) in row.iter_mut().zip(&v[k..]).zip(&w[k..]) {
                *x -= v_k * w + w_k * v;
            }
            d[k] = row[0];
            if k + 1 == n {
                break;
            }
            let tau = reflect(&mut row[1..]);
            (taus[k], e[k]) = (tau, row[1]);
            let (from, stale) = (k + 1, k.saturating_sub(1));
            next[stale..from].fill(T::ZERO);
            p[stale..from].fill(T::ZERO);
            next[from] = T::ONE;
            next[from + 1..n].copy_from_slice(&row[2..]);
            let start = lane_start(from, step);
            for (i, row) in (from..n).zip(after.chunks_exact_mut(step)) {
                let (outer, inner) = ((-v[i], &w[start..]), (-w[i], &v[start..]));
                p[i] = tau * add_two_and_dot(&mut row[start..], outer, inner, &next[start..]);
            }
            let along = T::from_f64(-0.5) * tau * dot(&p[start..], &next[start..]);
            add_scaled(along, &next[start..], &mut p[start..]);
            std::mem::swap(&mut v, &mut next);
            std::mem::swap(&mut w, &mut p);
        }
        (taus, e)
    }
}

/// Turns a tridiagonal matrix of diagonal `d` and `e` beside it to a diagonal one, and the rows of `z` with it.
/// False if that does not converge.
fn diagonal<T: Real>(d: &mut [T], e: &mut [T], z: &mut [T]) -> bool {
    let n = d.len();
    let (mut rotations, mut block) = (vec![], vec![]);
    let most = d.iter().chain(&*e).fold(T::ZERO, |m, x| larger(m, x.abs()));
    // Nothing beside the greatest; squares of what is more do not vanish for long.
    let least = T::EPSILON * most * T::EPSILON;
    let mut steps = 0;
    let mut first = 0;
    while first < n {
        // The end of the part that hangs together.
        let mut last = first;
        while last + 1 < n {
            let beside = d[last].abs() + d[last + 1].abs();
            if e[last].abs() <= larger(T::EPSILON * beside, least) {
                break;
            }
            last += 1;
        }
        if last == first {
            first += 1;
            continue;
        }
        steps += 1;
        if steps > STEPS * n {
            return false;
        }
        step(d, e, first, last, |rotation| {
            if !z.is_empty() {
                rotations.push(rotation);
            }
        });
        if rotations.len() >= plenty(n) {
            turn(z, n, &mut rotations, &mut block);
        }
    }
    turn(z, n, &mut rotations, &mut block);
    true
}

/// One implicit QL step with Wilkinson's shift on the part `first..=last`.
fn step<T: Real>(
    d: &mut [T],
    e: &mut [T],
    first: usize,
    last: usize,
    mut rotate: impl FnMut(Rotation<T>),
) {
    let two = T::ONE + T::ONE;
    let g = (d[first + 1] - d[first]) / (two * e[first]);
    let r = length(g, T::ONE);
    let r = if g < T::ZERO { g - r } else { g + r };
    let mut g = d[last] - d[first] + e[first] / r;
    let (mut s, mut c, mut p) = (T::ONE, T::ONE, T::ZERO);
    for i in (first..last).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = length(f, g);
        e[i + 1] = r;
        if r == T::ZERO {
            // The bulge is gone: the rest is a part of its own.
            d[i + 1] -= p;
            e[last] = T::ZERO;
            return;
        }
        (s, c) = (f / r, g / r);
        g = d[i + 1] - p;
        let r = (d[i] - g) * s + two * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate(Rotation { row: i, c, s: -s });
    }
    d[first] -= p;
    e[first] = g;
    // Where the bulge began: beyond it is another part.
    e[last] = T::ZERO;
}

/// The length of a vector of two; the second element, or both, are not near the upper end of the type's range.
fn length<T: Real>(x: T, y: T) -> T {
    if x.abs() > T::from_f64(1e15) {
        return x.abs();
    }
    let square = x.fma(x, y * y);
    if square > T::SMALL_SQUARE {
        return square.sqrt();
    }
    let most = larger(x.abs(), y.abs());
    if most == T::ZERO {
        return T::ZERO;
    }
    let (p, q) = (x / most, y / most);
    most * p.fma(p, q * q).sqrt()
}
