//! Kernels of linear algebra on one dense matrix, in rows: plain loops in a fixed order.
//!
//! Loops that take the time are functions of `kernel!`, compiled for the machine's vectors. Every sum is taken in an
//! order that follows from sizes alone, so that results have the same bits on every instruction set.

pub(crate) mod elimination;
pub(crate) mod exponential;
pub(crate) mod product;
pub(crate) mod reflectors;
pub(crate) mod rotations;
pub(crate) mod singular;
pub(crate) mod symmetric;
pub(crate) mod triangles;

use crate::Element;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// Compiles a function over some [`Real`] for every instruction set. What it calls is compiled for it where it is
/// inlined, so mark that `#[inline(always)]`.
macro_rules! kernel {
    ($(#[$meta:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        pub(crate) fn $name<T: $crate::linalg::Real>($($arg: $ty),*) $(-> $ret)? {
            struct Body;
            impl<T: $crate::linalg::Real> bouton_cpu::isa::Vectorized<($($ty,)*)> for Body {
                type Y = $crate::linalg::kernel!(@ $($ret)?);
                #[inline(always)]
                fn run(($($arg,)*): ($($ty,)*)) -> Self::Y $body
            }
            bouton_cpu::isa::vectorized::<Body, _>(($($arg,)*))
        }
    };
    (@) => { () };
    (@ $ret:ty) => { $ret };
}
pub(crate) use kernel;

/// A number that decompositions are computed in: `f32` or `f64`.
pub(crate) trait Real:
    Element
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    const ZERO: Self;
    const ONE: Self;
    const NAN: Self;
    /// The step from 1 to the next number.
    const EPSILON: Self;
    /// Squares above this are exact enough beside those that they are added to, and none that counts vanishes.
    const SMALL_SQUARE: Self;
    /// Whether a vector holds half as many as of `f32`.
    const DOUBLE: bool;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    fn is_finite(self) -> bool;
    /// `self * a + b`, rounded once.
    fn fma(self, a: Self, b: Self) -> Self;
}

macro_rules! real {
    ($($T:ident $double:literal $small:literal),*) => {$(
        impl Real for $T {
            const ZERO: $T = 0.0;
            const ONE: $T = 1.0;
            const NAN: $T = $T::NAN;
            const EPSILON: $T = $T::EPSILON;
            const SMALL_SQUARE: $T = $small;
            const DOUBLE: bool = $double;
            #[inline(always)]
            fn abs(self) -> $T { self.abs() }
            #[inline(always)]
            fn sqrt(self) -> $T { self.sqrt() }
            #[inline(always)]
            fn is_finite(self) -> bool { self.is_finite() }
            #[inline(always)]
            fn fma(self, a: $T, b: $T) -> $T { self.mul_add(a, b) }
        }
    )*};
}
real!(f32 false 1e-20, f64 true 1e-200);

/// The greater of two magnitudes; a NaN is passed over.
#[inline(always)]
pub(crate) fn larger<T: Real>(a: T, b: T) -> T {
    if b > a { b } else { a }
}

/// `x` with the sign of `y`; that of zero is plus.
#[inline(always)]
pub(crate) fn with_sign<T: Real>(x: T, y: T) -> T {
    if y < T::ZERO { -x.abs() } else { x.abs() }
}

/// The largest magnitude; `None` if something is infinite or NaN.
#[inline(always)]
pub(crate) fn magnitude<T: Real>(x: &[T]) -> Option<T> {
    let mut all_finite = true;
    let mut most = T::ZERO;
    for &x in x {
        all_finite &= x.is_finite();
        most = larger(most, x.abs());
    }
    all_finite.then_some(most)
}

/// A power of two, and its inverse, that brings numbers of this magnitude near 1: squares of what matters neither
/// overflow nor vanish. 1 where that is so already.
#[inline(always)]
pub(crate) fn scale_for<T: Real>(magnitude: T) -> (T, T) {
    let exponent = (magnitude.to_f64().to_bits() >> 52) as i64 - 1023;
    let safe = if T::DOUBLE { 300 } else { 30 };
    if magnitude == T::ZERO || exponent.abs() <= safe {
        return (T::ONE, T::ONE);
    }
    // Both powers are normal numbers of the type.
    let most = if T::DOUBLE { 1020 } else { 124 };
    let exponent = exponent.clamp(-most, most);
    let power = |e: i64| T::from_f64(f64::from_bits(((1023 + e) as u64) << 52));
    (power(-exponent), power(exponent))
}

/// Every element times `by`, if that is not 1.
#[inline(always)]
pub(crate) fn scale<T: Real>(x: &mut [T], by: T) {
    if by != T::ONE {
        for x in x {
            *x *= by;
        }
    }
}

const LANES: usize = 16;

/// How far apart to keep rows of `n` elements, so that they consist of whole lanes, unless they are short.
#[inline(always)]
pub(crate) fn row_step(n: usize) -> usize {
    if n < LANES {
        n
    } else {
        n.next_multiple_of(LANES)
    }
}

/// Where the lanes start that element `from` of a row of this step is in.
#[inline(always)]
pub(crate) fn lane_start(from: usize, step: usize) -> usize {
    if step < LANES {
        from
    } else {
        from / LANES * LANES
    }
}

/// The sum of products: in lanes, which are folded in halves, then the rest in order.
#[inline(always)]
pub(crate) fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    let y = &y[..x.len()];
    let ((xs, x), (ys, y)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut sum = T::ZERO;
    if !xs.is_empty() {
        let mut lanes = [T::ZERO; LANES];
        for (x, y) in xs.iter().zip(ys) {
            for i in 0..LANES {
                lanes[i] = x[i].fma(y[i], lanes[i]);
            }
        }
        sum = folded(lanes);
    }
    for (&x, &y) in x.iter().zip(y) {
        sum = x.fma(y, sum);
    }
    sum
}

#[inline(always)]
fn folded<T: Real>(mut lanes: [T; LANES]) -> T {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

/// `y += a x`.
#[inline(always)]
pub(crate) fn add_scaled<T: Real>(a: T, x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = a.fma(x, *y);
    }
}

/// `y += a[0] x[0] + a[1] x[1] + ..`, one after the other.
#[inline(always)]
pub(crate) fn add_four<T: Real>(a: [T; 4], x: [&[T]; 4], y: &mut [T]) {
    let x = x.map(|x| &x[..y.len()]);
    for (j, y) in y.iter_mut().enumerate() {
        let mut sum = *y;
        for i in 0..4 {
            sum = a[i].fma(x[i][j], sum);
        }
        *y = sum;
    }
}

/// `x += a u + b w`, and then the sum of products of `x` with `v`.
#[inline(always)]
pub(crate) fn add_two_and_dot<T: Real>(
    x: &mut [T],
    (a, u): (T, &[T]),
    (b, w): (T, &[T]),
    v: &[T],
) -> T {
    let n = x.len();
    let (u, w, v) = (&u[..n], &w[..n], &v[..n]);
    let (xs, x) = x.as_chunks_mut::<LANES>();
    let ((us, u), (ws, w), (vs, v)) = (
        u.as_chunks::<LANES>(),
        w.as_chunks::<LANES>(),
        v.as_chunks::<LANES>(),
    );
    let mut lanes = [T::ZERO; LANES];
    for (((x, u), w), v) in xs.iter_mut().zip(us).zip(ws).zip(vs) {
        // Made aside: what is written must not stand between what is read.
        let mut sums = *x;
        for i in 0..LANES {
            sums[i] = a.fma(u[i], sums[i]);
        }
        for i in 0..LANES {
            sums[i] = b.fma(w[i], sums[i]);
        }
        for i in 0..LANES {
            lanes[i] = sums[i].fma(v[i], lanes[i]);
        }
        *x = sums;
    }
    let mut sum = folded(lanes);
    for (((x, &u), &w), &v) in x.iter_mut().zip(u).zip(w).zip(v) {
        *x = b.fma(w, a.fma(u, *x));
        sum = x.fma(v, sum);
    }
    sum
}

/// The transpose of `x`, of `rows` rows `step` apart and `columns` elements each, into dense rows of `y`.
#[inline(always)]
pub(crate) fn transpose<T: Real>(
    x: &[T],
    step: usize,
    (rows, columns): (usize, usize),
    y: &mut [T],
) {
    // Square blocks, so that neither side leaves the cache.
    const SIDE: usize = 16;
    for i0 in (0..rows).step_by(SIDE) {
        for j0 in (0..columns).step_by(SIDE) {
            for i in i0..rows.min(i0 + SIDE) {
                for j in j0..columns.min(j0 + SIDE) {
                    y[j * rows + i] = x[i * step + j];
                }
            }
        }
    }
}

/// Turns each row around that does not have a positive sign; true where it did. The first element of at least half the
/// largest magnitude tells: in such an order ties between the largest, which symmetry makes, decide nothing.
#[inline(always)]
pub(crate) fn must_turn<T: Real>(row: &[T]) -> bool {
    let most = row.iter().fold(T::ZERO, |m, x| larger(m, x.abs()));
    let told = row.iter().find(|x| x.abs() + x.abs() >= most);
    told.is_some_and(|&x| x < T::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_bring_numbers_near_one() {
        assert_eq!(scale_for(3.0f64), (1.0, 1.0));
        assert_eq!(scale_for(0.0f32), (1.0, 1.0));
        for x in [f64::MAX, 1e-300, 5e-324, 1e200] {
            let (down, up) = scale_for(x);
            assert_eq!(down * up, 1.0, "{x}");
            assert!((1e-20..16.0).contains(&(x * down)), "{x}");
        }
        for x in [f32::MAX, 1e-40, 1e20] {
            let (down, up) = scale_for(x);
            assert_eq!(down * up, 1.0, "{x}");
            assert!((1e-9..16.0).contains(&(x * down)), "{x}");
        }
    }

    #[test]
    fn sums_of_products_of_every_length() {
        for n in 0..70 {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let wanted: f64 = x.iter().map(|x| x * x).sum();
            assert_eq!(dot(&x, &x), wanted);
            let mut y = x.clone();
            let sum = add_two_and_dot(&mut y, (1.0, &x), (-1.0, &x), &x);
            assert_eq!((sum, y), (wanted, x));
        }
    }
}
