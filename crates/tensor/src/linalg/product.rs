//! Products of matrices in rows.
use super::{Real, kernel};

/// A part of a slice: where it starts, and how far apart its rows are.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) step: usize,
}

impl Part {
    #[inline(always)]
    pub(crate) fn new(start: usize, step: usize) -> Part {
        Part { start, step }
    }
}

/// What becomes of the product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is the result.
    Place,
    /// It is subtracted from what is there.
    Subtract,
}

/// Runs a block with each row of the tile of this size, and its number.
macro_rules! tiles {
    ($T:ty, $($rest:tt)*) => {
        // Tiles of the other type are not even compiled.
        if <$T>::DOUBLE {
            tiles!(@ [4 12, 4 4, 4 1, 1 12, 1 4, 1 1] $T, $($rest)*)
        } else {
            tiles!(@ [4 24, 4 8, 4 1, 1 24, 1 8, 1 1] $T, $($rest)*)
        }
    };
    (@ [$($R:literal $W:literal),*] $T:ty, $high:expr, $wide:expr, $k:expr, $a:expr, $b:expr, |$sums:ident, $r:ident| $body:expr) => {
        match ($high, $wide) {
            $(($R, $W) => {
                for ($r, $sums) in tile::<$T, $R, $W>($k, $a, $b).iter().enumerate() {
                    $body
                }
            })*
            _ => {}
        }
    };
}

kernel! {
    /// `c = a b` or `c -= a b` for `a: [m, k]`, `b: [k, n]`. Every element is the chain `acc = fma(a, b, acc)` from 0.
    fn product(size: [usize; 3], a: (&[T], Part), b: (&[T], Part), c: (&mut [T], Part), how: Put) {
        let ([m, k, n], (b, pb), (c, pc)) = (size, b, c);
        let mut panel = Panel::new(size);
        let mut j = 0;
        while j < n {
            let wide = width::<T>(n - j);
            let b = panel.of(b, Part::new(pb.start + j, pb.step), [k, wide]);
            let mut i = 0;
            while i < m {
                let high = height(m - i);
                let a = (a.0, Part::new(a.1.start + i * a.1.step, a.1.step));
                let at = pc.start + i * pc.step + j;
                tiles!(T, high, wide, k, a, b, |sums, r| put(c, at + r * pc.step, sums, how));
                i += high;
            }
            j += wide;
        }
    }
}

kernel! {
    /// `c -= a b` where `a` and `c` are parts of one slice that share no element.
    fn subtract_within(size: [usize; 3], x: &mut [T], pa: Part, b: (&[T], Part), pc: Part) {
        let ([m, k, n], (b, pb)) = (size, b);
        let mut panel = Panel::new(size);
        let mut j = 0;
        while j < n {
            let wide = width::<T>(n - j);
            let b = panel.of(b, Part::new(pb.start + j, pb.step), [k, wide]);
            let mut i = 0;
            while i < m {
                let high = height(m - i);
                let at = pc.start + i * pc.step + j;
                let a = Part::new(pa.start + i * pa.step, pa.step);
                tiles!(T, high, wide, k, (&*x, a), b, |sums, r| {
                    put(x, at + r * pc.step, sums, Put::Subtract)
                });
                i += high;
            }
            j += wide;
        }
    }
}

/// Columns of the right matrix side by side, where they are read often.
struct Panel<T>(Option<Vec<T>>);

impl<T: Real> Panel<T> {
    #[inline(always)]
    fn new([m, k, _]: [usize; 3]) -> Panel<T> {
        Panel((m >= 8 && k >= 24).then(Vec::new))
    }

    /// These columns, from here or from there.
    #[inline(always)]
    fn of<'a>(&'a mut self, b: &'a [T], part: Part, [k, wide]: [usize; 2]) -> (&'a [T], Part) {
        let Some(panel) = &mut self.0 else {
            return (b, part);
        };
        panel.clear();
        for p in 0..k {
            let start = part.start + p * part.step;
            panel.extend_from_slice(&b[start..start + wide]);
        }
        (panel, Part::new(0, wide))
    }
}

/// How many columns the next tile has, with so many left: three vectors, one, or one column.
#[inline(always)]
fn width<T: Real>(left: usize) -> usize {
    match (T::DOUBLE, left) {
        (true, 12..) => 12,
        (true, 4..) => 4,
        (false, 24..) => 24,
        (false, 8..) => 8,
        _ => 1,
    }
}

/// How many rows the next tile has, with so many left.
#[inline(always)]
fn height(left: usize) -> usize {
    if left >= 4 { 4 } else { 1 }
}

#[inline(always)]
fn put<T: Real>(c: &mut [T], to: usize, x: &[T], how: Put) {
    let c = &mut c[to..to + x.len()];
    match how {
        Put::Place => c.copy_from_slice(x),
        Put::Subtract => c.iter_mut().zip(x).for_each(|(c, &x)| *c -= x),
    }
}

/// `R` rows and `W` columns of a product.
#[inline(always)]
fn tile<T: Real, const R: usize, const W: usize>(
    k: usize,
    (a, pa): (&[T], Part),
    (b, pb): (&[T], Part),
) -> [[T; W]; R] {
    let mut sums = [[T::ZERO; W]; R];
    if k == 0 {
        return sums;
    }
    let rows: [&[T]; R] = std::array::from_fn(|r| {
        let start = pa.start + r * pa.step;
        &a[start..start + k]
    });
    #[allow(clippy::needless_range_loop)] // of several slices at once
    for p in 0..k {
        let start = pb.start + p * pb.step;
        let b = &b[start..start + W];
        for r in 0..R {
            let a = rows[r][p];
            for w in 0..W {
                sums[r][w] = a.fma(b[w], sums[r][w]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<T: Real>(n: usize, step: usize) -> Vec<T> {
        let number = |i: usize| T::from_f64(((i * step) % 17) as f64 - 8.0);
        (0..n).map(number).collect()
    }

    fn check<T: Real>(m: usize, k: usize, n: usize) {
        let (a, b) = (numbers::<T>(m * (k + 1), 5), numbers::<T>(k * (n + 2), 7));
        let old = numbers::<T>(m * (n + 3), 3);
        let (pa, pb, pc) = (
            Part::new(1, k + 1),
            Part::new(0, n + 2),
            Part::new(2, n + 3),
        );
        for how in [Put::Place, Put::Subtract] {
            let mut c = old.clone();
            c.push(T::ZERO);
            c.push(T::ZERO);
            let mut long = a.clone();
            long.push(T::ZERO);
            product([m, k, n], (&long, pa), (&b, pb), (&mut c, pc), how);
            for i in 0..m {
                for j in 0..n {
                    let sum = (0..k).fold(0.0, |sum, p| {
                        sum + long[1 + i * (k + 1) + p].to_f64() * b[p * (n + 2) + j].to_f64()
                    });
                    let at = 2 + i * (n + 3) + j;
                    let before = old.get(at).map_or(0.0, |x| x.to_f64());
                    let wanted = match how {
                        Put::Place => sum,
                        Put::Subtract => before - sum,
                    };
                    assert_eq!(c[at].to_f64(), wanted, "[{m}, {k}, {n}] at {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn products_of_every_size() {
        for (m, k, n) in [
            (1, 1, 1),
            (4, 3, 12),
            (5, 7, 29),
            (9, 0, 5),
            (3, 2, 53),
            (0, 1, 2),
        ] {
            check::<f64>(m, k, n);
            check::<f32>(m, k, n);
        }
    }

    #[test]
    fn a_part_is_reduced_by_the_product_of_another() {
        // Columns 2.. of each row lose columns ..2 times b.
        let mut x: Vec<f64> = numbers(5 * 15, 5);
        let (old, b) = (x.clone(), numbers::<f64>(2 * 13, 7));
        subtract_within(
            [5, 2, 13],
            &mut x,
            Part::new(0, 15),
            (&b, Part::new(0, 13)),
            Part::new(2, 15),
        );
        for i in 0..5 {
            for j in 0..13 {
                let sum = old[i * 15] * b[j] + old[i * 15 + 1] * b[13 + j];
                assert_eq!(x[i * 15 + 2 + j], old[i * 15 + 2 + j] - sum);
            }
        }
    }
}
