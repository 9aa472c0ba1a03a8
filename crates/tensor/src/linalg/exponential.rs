//! The exponential of a matrix: a Padé approximant, scaled and squared (Higham, 2005).
use super::{
    Real, add_scaled,
    elimination::solve_general,
    magnitude,
    product::{Part, Put, product},
    triangles::Scratch,
};

/// Up to this norm the approximant of degree 13 is exact to `f64`.
const REACH: f64 = 5.371920351148152;

/// Coefficients of the approximant's numerator, from the constant on.
const NUMERATOR: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];

/// `e^x` into `y`, both `[n, n]`; NaN if something in `x` is not finite.
pub(crate) fn exponential<T: Real>(
    x: &[T],
    n: usize,
    y: &mut [T],
    (order, scratch): (&mut [i32], &mut Scratch<T>),
) {
    if magnitude(x).is_none() {
        y.fill(T::NAN);
        return;
    }
    let half = T::from_f64(0.5);
    let mut a = x.to_vec();
    let mut squarings = 0;
    // Ends: each time the norm is half of what it was, and it began finite or is infinite a few times.
    while squarings < 2200 && greatest_column(&a, n) > REACH {
        for a in &mut a {
            *a *= half;
        }
        squarings += 1;
    }
    let zeros = vec![T::ZERO; n * n];
    let (mut a2, mut a4, mut a6) = (zeros.clone(), zeros.clone(), zeros.clone());
    multiply(&a, &a, &mut a2, n);
    multiply(&a2, &a2, &mut a4, n);
    multiply(&a4, &a2, &mut a6, n);
    let powers = [&a2[..], &a4, &a6];
    let (mut odd, mut even) = (zeros.clone(), zeros.clone());
    every_other(1, powers, &mut odd, n);
    every_other(0, powers, &mut even, n);
    let mut u = zeros;
    multiply(&a, &odd, &mut u, n);
    let (mut below, mut above) = (even.clone(), even);
    add_scaled(-T::ONE, &u, &mut below);
    add_scaled(T::ONE, &u, &mut above);
    solve_general(&mut below, &above, y, [n, n], (order, scratch));
    for _ in 0..squarings {
        u.copy_from_slice(y);
        multiply(&u, &u, y, n);
    }
}

fn multiply<T: Real>(a: &[T], b: &[T], c: &mut [T], n: usize) {
    let dense = Part::new(0, n);
    product([n, n, n], (a, dense), (b, dense), (c, dense), Put::Place);
}

/// The terms of the numerator with coefficients `at`, `at + 2` and so on, divided by `x^at`, from `x^2`, `x^4`, `x^6`.
fn every_other<T: Real>(at: usize, powers: [&[T]; 3], sum: &mut [T], n: usize) {
    let mut high = vec![T::ZERO; n * n];
    for (power, i) in powers.into_iter().zip([8, 10, 12]) {
        add_scaled(T::from_f64(NUMERATOR[at + i]), power, &mut high);
    }
    multiply(powers[2], &high, sum, n);
    for (power, i) in powers.into_iter().zip([2, 4, 6]) {
        add_scaled(T::from_f64(NUMERATOR[at + i]), power, sum);
    }
    for x in sum.iter_mut().step_by(n + 1) {
        *x += T::from_f64(NUMERATOR[at]);
    }
}

/// The greatest sum of magnitudes of a column.
fn greatest_column<T: Real>(x: &[T], n: usize) -> f64 {
    let column = |j: usize| x.iter().skip(j).step_by(n).map(|x| x.abs().to_f64()).sum();
    (0..n).map(column).fold(0.0, f64::max)
}
