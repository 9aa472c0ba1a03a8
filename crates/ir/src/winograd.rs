//! Winograd's minimal filtering of tiles (S. Winograd, Arithmetic Complexity of Computations, 1980; for images:
//! A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016).
//!
//! Two neighbouring results of a kernel of three places see four places of the input. With the transforms of this module,
//! `result(input(d) * kernel(g))` are those two results, with four multiplications rather than six. Along two axes it
//! takes 16 rather than 36, and sums over features, of [`Convolution`](crate::Convolution)s, are taken before the
//! transform of the result. The transposed program makes the gradient of the kernel: of two places of the cotangent,
//! `gradient(input(d) * cotangent(y))`.
//!
//! Each sum and difference rounds, in the order that is written here: this is the definition for every compiler.

/// Numbers, or vectors of them. Every operation rounds.
pub trait Linear: Copy {
    /// `self + y`.
    fn plus(self, y: Self) -> Self;
    /// `self - y`.
    fn minus(self, y: Self) -> Self;
    /// `self / 2`.
    fn half(self) -> Self;
}

/// Four places of the input.
#[inline(always)]
pub fn input<T: Linear>([a, b, c, d]: [T; 4]) -> [T; 4] {
    [a.minus(c), b.plus(c), c.minus(b), d.minus(b)]
}

/// Three places of the kernel.
#[inline(always)]
pub fn kernel<T: Linear>([a, b, c]: [T; 3]) -> [T; 4] {
    let (outer, middle) = (a.plus(c).half(), b.half());
    [a, outer.plus(middle), outer.minus(middle), c]
}

/// Two results of four products, or of sums of such.
#[inline(always)]
pub fn result<T: Linear>([a, b, c, d]: [T; 4]) -> [T; 2] {
    [a.plus(b.plus(c)), b.minus(c).plus(d)]
}

/// Two places of the cotangent of the result.
#[inline(always)]
pub fn cotangent<T: Linear>([a, b]: [T; 2]) -> [T; 4] {
    [a, a.plus(b), a.minus(b), b]
}

/// The gradient of three places of the kernel, of four products, or of sums of such.
#[inline(always)]
pub fn gradient<T: Linear>([a, b, c, d]: [T; 4]) -> [T; 3] {
    let (sum, difference) = (b.plus(c).half(), b.minus(c).half());
    [a.plus(sum), difference, sum.plus(d)]
}

/// One of these transforms along both axes of a tile: the first one first.
#[inline(always)]
pub fn along_both<T: Linear, const N: usize, const M: usize>(
    tile: [[T; N]; N],
    transform: impl Fn([T; N]) -> [T; M],
) -> [[T; M]; M] {
    let columns: [[T; M]; N] =
        std::array::from_fn(|j| transform(std::array::from_fn(|i| tile[i][j])));
    std::array::from_fn(|i| transform(std::array::from_fn(|j| columns[j][i])))
}

macro_rules! numbers {
    ($($T:ty)*) => {$(
        impl Linear for $T {
            fn plus(self, y: Self) -> Self {
                self + y
            }
            fn minus(self, y: Self) -> Self {
                self - y
            }
            fn half(self) -> Self {
                self * 0.5
            }
        }
    )*};
}
numbers!(f32 f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_transforms_are_filters_and_their_gradients() {
        let d = [3.0, -5.0, 7.0, 11.0];
        let (g, y) = ([2.0, 13.0, -17.0], [19.0, -23.0]);
        let product = |a: [f64; 4], b: [f64; 4]| std::array::from_fn(|i| a[i] * b[i]);
        let sums =
            |over: &[f64], i: usize| -> f64 { over.iter().zip(&d[i..]).map(|(a, b)| a * b).sum() };
        let results = result(product(input(d), kernel(g)));
        assert_eq!(results, std::array::from_fn(|i| sums(&g, i)));
        let gradients = gradient(product(input(d), cotangent(y)));
        assert_eq!(gradients, std::array::from_fn(|i| sums(&y, i)));
    }
}
