//! Singular values and vectors: reflections to a bidiagonal matrix (Golub and Kahan, 1965), then implicit QR steps, with
//! a shift or without one (Demmel and Kahan, 1990).
use super::{
    Real, add_four, add_scaled, dot, kernel, lane_start, larger, magnitude, must_turn,
    product::{Part, Put, product},
    reflectors::{Reflections, Workspace, factor, form, reflect},
    rotations::{Rotation, plenty, rotation, turn},
    row_step, scale, scale_for,
    symmetric::ascending,
    transpose,
};

/// Steps for each singular value before it is given up; two are usual.
const STEPS: usize = 60;

/// Where singular vectors go: `u: [m, p]` as columns, `v: [q, n]` as rows.
pub(crate) struct Vectors<'a, T> {
    pub(crate) u: &'a mut [T],
    pub(crate) v: &'a mut [T],
    /// All of them, `p = m` and `q = n`, rather than the lesser of both.
    pub(crate) full: bool,
}

/// The singular values of `x: [m, n]`, descending, and the vectors, if they are asked for. All are NaN if something in
/// `x` is not finite, or if the steps do not converge.
pub(crate) fn svd<T: Real>(
    x: &[T],
    [m, n]: [usize; 2],
    values: &mut [T],
    vectors: Option<Vectors<T>>,
    work: &mut Workspace<T>,
) {
    // The columns of the one of `x` and its transpose that is not wide.
    let wide = m < n;
    let (long, short) = (m.max(n), m.min(n));
    let mut columns = vec![T::ZERO; m * n];
    if wide {
        columns.copy_from_slice(x);
    } else {
        transpose(x, n, (m, n), &mut columns);
    }
    let full = vectors.as_ref().map(|v| v.full);
    let mut found = None;
    if let Some(most) = magnitude(&columns) {
        let (down, up) = scale_for(most);
        scale(&mut columns, down);
        found = tall(&mut columns, [long, short], values, full, work);
        scale(values, up);
    }
    let Some(vectors) = vectors else {
        if found.is_none() {
            values.fill(T::NAN);
        }
        return;
    };
    let Some((mut left, mut right)) = found else {
        values.fill(T::NAN);
        vectors.u.fill(T::NAN);
        vectors.v.fill(T::NAN);
        return;
    };
    // Of a wide matrix, the left vectors are the transpose's right ones.
    let (u, v) = if wide {
        ((&mut right, short), (&mut left, long))
    } else {
        ((&mut left, long), (&mut right, short))
    };
    let (us, vs) = (u.0.len() / u.1.max(1), v.0.len() / v.1.max(1));
    for i in 0..us.max(vs) {
        let u_row = if i < us {
            &mut u.0[i * u.1..(i + 1) * u.1]
        } else {
            &mut []
        };
        let v_row = if i < vs {
            &mut v.0[i * v.1..(i + 1) * v.1]
        } else {
            &mut []
        };
        let turned = must_turn(if i < vs { v_row } else { u_row });
        // Zeros get a plus sign either way.
        for x in u_row.iter_mut().chain(v_row) {
            *x = if turned { T::ZERO - *x } else { *x + T::ZERO };
        }
    }
    transpose(u.0, u.1, (us, u.1), vectors.u);
    vectors.v.copy_from_slice(v.0);
}

/// The singular values of the `m` by `n` matrix with these columns, `m >= n`, and its vectors, left and right, as
/// rows, if `full` is something: true for all left ones. `None` if the steps do not converge.
fn tall<T: Real>(
    columns: &mut [T],
    [m, n]: [usize; 2],
    values: &mut [T],
    full: Option<bool>,
    work: &mut Workspace<T>,
) -> Option<(Vec<T>, Vec<T>)> {
    let step = row_step(n);
    let mut a = vec![T::ZERO; n * step];
    let mut q = vec![];
    if m > n {
        let mut taus = vec![T::ZERO; n];
        factor(columns, [m, n], &mut taus, work);
        for j in 0..n {
            for i in 0..=j {
                a[i * step + j] = columns[j * m + i];
            }
        }
        if let Some(full) = full {
            let count = if full { m } else { n };
            q.resize(count * m, T::ZERO);
            let all = Reflections {
                vectors: columns,
                step: m,
                taus: &taus,
                offset: 0,
            };
            form(all, (&mut q, count), m, work);
        }
    } else {
        for (i, row) in a.chunks_exact_mut(step.max(1)).enumerate() {
            for (j, a) in row[..n].iter_mut().enumerate() {
                *a = columns[j * m + i];
            }
        }
    }
    let Bidiagonal {
        vectors,
        left,
        right,
        mut e,
    } = bidiagonal(&mut a, n, values);
    let (mut z, mut v) = (vec![], vec![]);
    if full.is_some() {
        z.resize(n * n, T::ZERO);
        v.resize(n * n, T::ZERO);
        let all = Reflections {
            vectors: &vectors,
            step: n,
            taus: &left,
            offset: 0,
        };
        form(all, (&mut z, n), n, work);
        let all = Reflections {
            vectors: &a,
            step,
            taus: &right,
            offset: 1,
        };
        form(all, (&mut v, n), n, work);
    }
    if !diagonal(values, &mut e, &mut z, &mut v) {
        return None;
    }
    let mut order = ascending(values);
    order.reverse();
    let unsorted = values.to_vec();
    for (value, &from) in values.iter_mut().zip(&order) {
        *value = unsorted[from];
    }
    if full.is_none() {
        return Some((z, v));
    }
    let sorted = |x: &[T]| {
        let mut y = Vec::with_capacity(x.len());
        for &from in &order {
            y.extend_from_slice(&x[from * n..(from + 1) * n]);
        }
        y
    };
    let (z, v) = (sorted(&z), sorted(&v));
    if m == n {
        return Some((z, v));
    }
    let mut u = vec![T::ZERO; q.len()];
    let (dense, long) = (Part::new(0, n), Part::new(0, m));
    product(
        [n, n, m],
        (&z, dense),
        (&q, long),
        (&mut u, long),
        Put::Place,
    );
    u[n * m..].copy_from_slice(&q[n * m..]);
    Some((u, v))
}

/// Reflections that leave a bidiagonal matrix.
pub(crate) struct Bidiagonal<T> {
    /// The vectors of the left ones.
    vectors: Vec<T>,
    left: Vec<T>,
    right: Vec<T>,
    /// The elements above the diagonal.
    e: Vec<T>,
}

kernel! {
    /// Reflects `a: [n, n]` from both sides to an upper bidiagonal matrix of diagonal `d`. The vectors of the right
    /// reflections stay in the rows of `a`, which are [`row_step`] apart, and zero behind their ends.
    fn bidiagonal(a: &mut [T], n: usize, d: &mut [T]) -> Bidiagonal<T> {
        let step = row_step(n);
        let (mut vectors, mut left) = (vec![T::ZERO; n * n], vec![T::ZERO; n]);
        let (mut right, mut e) = (vec![T::ZERO; n.saturating_sub(1)], vec![T::ZERO; n]);
        let (mut y, mut u) = (vec![T::ZERO; step], vec![T::ZERO; step]);
        for k in 0..n {
            let v = &mut vectors[k * n + k..(k + 1) * n];
            for (v, row) in v.iter_mut().zip(a[k * step..].chunks_exact(step)) {
                *v = row[k];
            }
            let tau = reflect(v);
            (left[k], d[k]) = (tau, v[0]);
            if k + 1 == n {
                break;
            }
            // Whole lanes are read: what is before `from` counts as zero.
            let from = k + 1;
            let start = lane_start(from, step);
            let (before, after) = a.split_at_mut(from * step);
            let first = &mut before[k * step + start..];
            y[start..].copy_from_slice(first);
            let (fours, rest) = v[1..].as_chunks::<4>();
            let mut rows = after.chunks_exact(step);
            for &v in fours {
                let x = [(); 4].map(|()| rows.next().map_or(&[][..], |row| &row[start..]));
                add_four(v, x, &mut y[start..]);
            }
            for (&v, row) in rest.iter().zip(rows) {
                add_scaled(v, &row[start..], &mut y[start..]);
            }
            y[start..from].fill(T::ZERO);
            for y in &mut y[from..] {
                *y *= tau;
            }
            add_scaled(-T::ONE, &y[start..], first);
            let row = &mut before[k * step + from..k * step + n];
            let tau = reflect(row);
            (right[k], e[k]) = (tau, row[0]);
            u[start..from].fill(T::ZERO);
            u[from..n].copy_from_slice(row);
            u[from] = T::ONE;
            let (y, u) = (&y[start..], &u[start..]);
            for (&v, row) in v[1..].iter().zip(after.chunks_exact_mut(step)) {
                let row = &mut row[start..];
                add_scaled(-v, y, row);
                let along = tau * dot(row, u);
                add_scaled(-along, u, row);
            }
        }
        Bidiagonal { vectors, left, right, e }
    }
}

/// Turns an upper bidiagonal matrix to a diagonal one that is not negative, and the rows of `z` and `v`, if there are
/// any, with it. False if that does not converge.
fn diagonal<T: Real>(d: &mut [T], e: &mut [T], z: &mut [T], v: &mut [T]) -> bool {
    let n = d.len();
    let (mut lefts, mut rights, mut block) = (vec![], vec![], vec![]);
    let with_vectors = !z.is_empty();
    let most = d.iter().chain(&*e).fold(T::ZERO, |m, x| larger(m, x.abs()));
    // Nothing beside the greatest.
    let least_counted = T::EPSILON * most * T::EPSILON;
    let mut steps = 0;
    let mut last = n.saturating_sub(1);
    while last > 0 {
        // The part that hangs together with the last row.
        let mut first = last;
        while first > 0 {
            let beside = d[first - 1].abs() + d[first].abs();
            if e[first - 1].abs() <= larger(T::EPSILON * beside, least_counted) {
                e[first - 1] = T::ZERO;
                break;
            }
            first -= 1;
        }
        if first == last {
            last -= 1;
            continue;
        }
        steps += 1;
        if steps > STEPS * n {
            return false;
        }
        // It would not converge to anything else than 0.
        let mut singular = false;
        for d in &mut d[first..=last] {
            if d.abs() <= least_counted {
                *d = T::ZERO;
                singular = true;
            }
        }
        let shift = least(d[last - 1], e[last - 1], d[last]);
        let ratio = shift / d[first].abs();
        let record = |left, right| {
            if with_vectors {
                lefts.push(left);
                rights.push(right);
            }
        };
        if singular || ratio * ratio < T::EPSILON {
            step(d, e, first, last, record);
        } else {
            shifted_step(d, e, first, last, shift, record);
        }
        if lefts.len() >= plenty(n) {
            turn(z, n, &mut lefts, &mut block);
            turn(v, n, &mut rights, &mut block);
        }
    }
    turn(z, n, &mut lefts, &mut block);
    turn(v, n, &mut rights, &mut block);
    for (i, d) in d.iter_mut().enumerate().filter(|(_, d)| **d < T::ZERO) {
        *d = -*d;
        if with_vectors {
            for v in &mut v[i * n..(i + 1) * n] {
                *v = -*v;
            }
        }
    }
    true
}

/// A step without a shift, which keeps small values accurate.
fn step<T: Real>(
    d: &mut [T],
    e: &mut [T],
    first: usize,
    last: usize,
    mut record: impl FnMut(Rotation<T>, Rotation<T>),
) {
    let (mut c, mut c_old, mut s_old) = (T::ONE, T::ONE, T::ZERO);
    for i in first..last {
        let (c_now, s, r) = rotation(d[i] * c, e[i]);
        c = c_now;
        if i > first {
            e[i - 1] = s_old * r;
        }
        let (c_left, s_left, left) = rotation(c_old * r, d[i + 1] * s);
        (c_old, s_old, d[i]) = (c_left, s_left, left);
        record(
            Rotation {
                row: i,
                c: c_left,
                s: s_left,
            },
            Rotation { row: i, c, s },
        );
    }
    let h = d[last] * c;
    d[last] = h * c_old;
    e[last - 1] = h * s_old;
}

/// A step with a shift, near the least value of the part.
fn shifted_step<T: Real>(
    d: &mut [T],
    e: &mut [T],
    first: usize,
    last: usize,
    shift: T,
    mut record: impl FnMut(Rotation<T>, Rotation<T>),
) {
    let sign = if d[first] < T::ZERO { -T::ONE } else { T::ONE };
    let mut f = (d[first].abs() - shift) * (sign + shift / d[first]);
    let mut g = e[first];
    for i in first..last {
        let (c, s, r) = rotation(f, g);
        if i > first {
            e[i - 1] = r;
        }
        f = c * d[i] + s * e[i];
        e[i] = c * e[i] - s * d[i];
        g = s * d[i + 1];
        d[i + 1] = c * d[i + 1];
        let right = Rotation { row: i, c, s };
        let (c, s, r) = rotation(f, g);
        d[i] = r;
        f = c * e[i] + s * d[i + 1];
        d[i + 1] = c * d[i + 1] - s * e[i];
        if i + 1 < last {
            g = s * e[i + 1];
            e[i + 1] = c * e[i + 1];
        }
        record(Rotation { row: i, c, s }, right);
    }
    e[last - 1] = f;
}

/// The lesser singular value of `[[f, g], [0, h]]`, without overflow.
fn least<T: Real>(f: T, g: T, h: T) -> T {
    let (f, g, h) = (f.abs(), g.abs(), h.abs());
    let (low, high) = if f < h { (f, h) } else { (h, f) };
    if low == T::ZERO {
        return T::ZERO;
    }
    let two = T::ONE + T::ONE;
    let (sum, difference) = (T::ONE + low / high, (high - low) / high);
    if g < high {
        let square = (g / high) * (g / high);
        let roots = (sum * sum + square).sqrt() + (difference * difference + square).sqrt();
        return low * (two / roots);
    }
    let ratio = high / g;
    let (p, q) = (sum * ratio, difference * ratio);
    let roots = (T::ONE + p * p).sqrt() + (T::ONE + q * q).sqrt();
    low / roots * ratio * two
}
