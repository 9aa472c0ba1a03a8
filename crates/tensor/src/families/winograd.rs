//! Convolutions of 3 x 3 places that move by one, tile by tile: `bouton_ir::winograd` says how.
use crate::{Array, Element, Type, families::sliding::Sliding};
use bouton_ir::winograd::{Linear, along_both, cotangent, gradient, input, kernel, result};

/// Features on both sides from which on it is faster.
const FEATURES: usize = 16;
/// Places of the result from which on it is faster for a single image too.
const PLACES: usize = 64;

/// Whether a convolution is one that tiles can make: of the spatial sizes of the kernel, or with features first of the
/// result, and how the kernel moves.
pub(crate) fn fits(moves: &[Sliding], three: &[usize]) -> bool {
    let plain = |s: &Sliding| {
        Sliding {
            low: 0,
            high: 0,
            ..*s
        } == Sliding::PLAIN
    };
    three == [3, 3] && moves.iter().all(plain)
}

/// Whether it is faster so. The batch has no say: the result for an example does not hang on its neighbours.
pub(crate) fn pays(features: usize, outputs: usize, places: &[usize]) -> bool {
    let all: usize = places.iter().product();
    let in_tiles: usize = places.iter().map(|n| n.next_multiple_of(2)).product();
    features.min(outputs) >= FEATURES && all >= PLACES && 3 * in_tiles <= 4 * all
}

/// What the tiles of a convolution are cut from and filled with.
struct Tiles<'a, T> {
    moves: &'a [Sliding],
    x: (&'a [usize], &'a [T]),
    w: (&'a [usize], &'a [T]),
    /// Tiles along both axes, and the places that they are cut from.
    count: [usize; 2],
    cut: [usize; 2],
}

/// Every result element, for types whose products are summed with `add_product`.
pub(crate) fn tiles<T: Element + Linear>(
    (moves, features_first): (&[Sliding], bool),
    x: &Array,
    w: &Array,
    y: &Type,
    add_product: impl Fn(T, T, T) -> T,
) -> Array {
    let mut made = Array::scratch(y);
    let values = made.slice_mut::<T>();
    let cut = match features_first {
        true => [w.shape()[1], w.shape()[2]],
        false => [y.shape[2], y.shape[3]],
    };
    let t = Tiles {
        moves,
        x: (x.shape(), x.slice::<T>()),
        w: (w.shape(), w.slice::<T>()),
        count: cut.map(|n| n.div_ceil(2)),
        cut,
    };
    let add = |sums: &mut [[T; 4]; 4], d: [[T; 4]; 4], u: [[T; 4]; 4]| {
        *sums = square(|i, j| add_product(sums[i][j], d[i][j], u[i][j]));
    };
    let (features, outputs) = (x.shape()[4], y.shape[4]);
    let all =
        |tiles: [usize; 2]| (0..tiles[0] * tiles[1]).map(move |i| [i / tiles[1], i % tiles[1]]);
    for i in 0..y.shape[0] * y.shape[1] * outputs {
        let (image, o) = (i / outputs, i % outputs);
        let group = image / y.shape[1];
        let mut put = |[p, q]: [usize; 2], value: T| {
            if p < y.shape[2] && q < y.shape[3] {
                values[((image * y.shape[2] + p) * y.shape[3] + q) * outputs + o] = value;
            }
        };
        if features_first {
            let mut sums = square(|_, _| T::default());
            for f in 0..features {
                for tile @ [p, q] in all(t.count) {
                    let dy = square(|i, j| t.weight(group, [2 * p + i, 2 * q + j], f, o));
                    let d = along_both(t.seen(image, f, tile), input);
                    add(&mut sums, d, along_both::<T, 2, 4>(dy, cotangent));
                }
            }
            let made = along_both(sums, gradient);
            all([3, 3]).for_each(|[i, j]| put([i, j], made[i][j]));
            continue;
        }
        for tile in all(t.count) {
            let mut sums = square(|_, _| T::default());
            for f in 0..features {
                let g = square(|i, j| t.weight(group, [i, j], f, o));
                let d = along_both(t.seen(image, f, tile), input);
                add(&mut sums, d, along_both::<T, 3, 4>(g, kernel));
            }
            let made = along_both(sums, result);
            all([2, 2]).for_each(|[i, j]| put([2 * tile[0] + i, 2 * tile[1] + j], made[i][j]));
        }
    }
    made
}

impl<T: Element> Tiles<'_, T> {
    /// The places of an image that a tile sees, each from the input or zero.
    fn seen(&self, image: usize, f: usize, tile: [usize; 2]) -> [[T; 4]; 4] {
        let (shape, values) = self.x;
        let place = |axis: usize, i: usize| {
            let p = 2 * tile[axis] + i;
            let q = p as i64 - self.moves[axis].low;
            let inside = p < self.cut[axis] + 2 && q >= 0 && q < shape[2 + axis] as i64;
            inside.then_some(q as usize)
        };
        square(|i, j| match (place(0, i), place(1, j)) {
            (Some(p), Some(q)) => values[((image * shape[2] + p) * shape[3] + q) * shape[4] + f],
            _ => T::default(),
        })
    }

    /// A place of the kernel, or zero.
    fn weight(&self, group: usize, [p, q]: [usize; 2], f: usize, o: usize) -> T {
        let (shape, values) = self.w;
        if p >= shape[1] || q >= shape[2] {
            return T::default();
        }
        values[(((group * shape[1] + p) * shape[2] + q) * shape[3] + f) * shape[4] + o]
    }
}

fn square<T, const N: usize>(of: impl Fn(usize, usize) -> T) -> [[T; N]; N] {
    std::array::from_fn(|i| std::array::from_fn(|j| of(i, j)))
}
