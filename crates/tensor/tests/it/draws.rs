//! Values for laws: a seeded generator, fresh inputs near a sample's, and plain array helpers.
use bouton_tensor::{Array, DType, Element, Sample, Shape, Tensor};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The seed of this run: `BOUTON_SEED`, or always the same.
pub(crate) fn seed() -> u64 {
    std::env::var("BOUTON_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(2024)
}

/// Random numbers: SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Draws(u64);

impl Draws {
    /// A stream of its own for every `name`.
    pub(crate) fn new(name: impl Hash) -> Draws {
        let mut hasher = DefaultHasher::new();
        (seed(), name).hash(&mut hasher);
        Draws(hasher.finish())
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.bits() % n.max(1) as u64) as usize
    }

    /// Evenly in [-1, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Random floats away from zero, like `x`.
    pub(crate) fn like(&mut self, x: &Array) -> Array {
        let values = (0..x.size())
            .map(|_| (0.5 + self.unit() * 0.4) * if self.bits() & 1 == 0 { 1.0 } else { -1.0 });
        array(x.shape(), values.collect(), x.dtype())
    }

    /// Other inputs of the same types: elements change places, unless they are to be near, and floats change by up to
    /// a twentieth.
    pub(crate) fn fresh(&mut self, sample: &Sample) -> Sample {
        let inputs = sample.inputs.iter();
        Sample {
            inputs: inputs.map(|x| self.changed(x, sample.near)).collect(),
            ..sample.clone()
        }
    }

    fn changed(&mut self, x: &Array, near: bool) -> Array {
        let mut order: Vec<usize> = (0..x.size()).collect();
        for i in (1..order.len()).rev().filter(|_| !near) {
            order.swap(i, self.below(i + 1));
        }
        let y = pick(x, &order, x.shape());
        if !x.dtype().is_float() {
            return y;
        }
        let values = y
            .to_f64_vec()
            .into_iter()
            .map(|v| v * (1.0 + 0.05 * self.unit()));
        array(x.shape(), values.collect(), x.dtype())
    }
}

/// These values in this type.
pub(crate) fn array(shape: &Shape, values: Vec<f64>, dtype: DType) -> Array {
    Array::from_vec(shape, values).unwrap().cast(dtype)
}

/// The elements at `order`, bit by bit, under this shape.
pub(crate) fn pick(x: &Array, order: &[usize], shape: impl Into<Shape>) -> Array {
    let size = x.dtype().size();
    let bytes: Vec<u8> = order
        .iter()
        .flat_map(|i| &x.bytes()[i * size..(i + 1) * size])
        .copied()
        .collect();
    Array::from_bytes(&x.ty().with_shape(shape), &bytes).unwrap()
}

/// Arrays of one type along a new axis.
pub(crate) fn stack(x: &[Array], axis: usize) -> Array {
    let inner: usize = x[0].shape()[axis..].iter().product();
    let chunk = inner * x[0].dtype().size();
    let outer: usize = x[0].shape()[..axis].iter().product();
    let slices = (0..outer).flat_map(|o| {
        x.iter()
            .map(move |a| &a.bytes()[o * chunk..(o + 1) * chunk])
    });
    let mut dims = x[0].shape().to_vec();
    dims.insert(axis, x.len());
    Array::from_bytes(
        &x[0].ty().with_shape(dims),
        &slices.flatten().copied().collect::<Vec<u8>>(),
    )
    .unwrap()
}

/// Item `i` along an axis, which goes away.
pub(crate) fn item(x: &Array, axis: usize, i: usize) -> Array {
    let (n, inner) = (
        x.shape()[axis],
        x.shape()[axis + 1..].iter().product::<usize>(),
    );
    let order: Vec<usize> = (0..x.size())
        .filter(|k| k / inner.max(1) % n == i)
        .collect();
    pick(x, &order, x.shape().without(axis))
}

pub(crate) fn tensors(x: &[Array]) -> Vec<Tensor> {
    x.iter().cloned().map(Tensor::from_array).collect()
}

/// `a + h b` in the type of `a`.
pub(crate) fn moved(a: &Array, h: f64, b: &Array) -> Array {
    let values = a
        .to_f64_vec()
        .into_iter()
        .zip(b.to_f64_vec())
        .map(|(a, b)| a + h * b);
    array(a.shape(), values.collect(), a.dtype())
}

pub(crate) fn inner(a: &Array, b: &Array) -> f64 {
    a.to_f64_vec()
        .into_iter()
        .zip(b.to_f64_vec())
        .map(|(a, b)| a * b)
        .sum()
}

/// Equal types; equal bits where `tolerance` is 0 (any NaN is like any other), and within it, relatively, otherwise.
pub(crate) fn close(got: &Array, wanted: &Array, tolerance: f64) -> Result<(), String> {
    if got.ty() != wanted.ty() {
        return Err(format!("type {} instead of {}", got.ty(), wanted.ty()));
    }
    if got.same_bits(wanted) {
        return Ok(());
    }
    for i in 0..got.size() {
        let (a, b) = (got.get_f64(i), wanted.get_f64(i));
        let same = match tolerance {
            _ if a.is_nan() && b.is_nan() => true,
            0.0 => a.to_bits() == b.to_bits(),
            _ => a == b || (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs())),
        };
        if !same {
            return Err(format!("element {i} is {a:e} instead of {b:e}"));
        }
    }
    if got.dtype().is_float() {
        Ok(())
    } else {
        bits_of_integers(got, wanted)
    }
}

/// `f64` does not tell large integers apart.
fn bits_of_integers(got: &Array, wanted: &Array) -> Result<(), String> {
    let differ = |size: usize| {
        (0..got.size()).find(|i| {
            got.bytes()[i * size..(i + 1) * size] != wanted.bytes()[i * size..(i + 1) * size]
        })
    };
    differ(got.dtype().size()).map_or(Ok(()), |i| {
        Err(format!(
            "element {i} differs: {got:?} instead of {wanted:?}"
        ))
    })
}

/// Steps of the type between two floats; 0 between NaN.
pub(crate) fn ulps<T: Element>(a: T, b: T) -> u64 {
    let (x, y) = (a.to_f64(), b.to_f64());
    if x.is_nan() && y.is_nan() {
        return 0;
    }
    if x.is_nan() || y.is_nan() {
        return u64::MAX;
    }
    let ordered = |x: T| {
        let bytes = Array::scalar(x);
        let mut wide = [0; 8];
        wide[..bytes.bytes().len()].copy_from_slice(bytes.bytes());
        let (bits, top) = (
            u64::from_le_bytes(wide),
            1u64 << (8 * bytes.bytes().len() - 1),
        );
        if bits & top == 0 {
            i128::from(bits)
        } else {
            i128::from(top) - i128::from(bits)
        }
    };
    u64::try_from((ordered(a) - ordered(b)).abs()).unwrap_or(u64::MAX)
}

#[test]
fn stacked_items_come_out_again() {
    let x: Vec<Array> = (0..3)
        .map(|i| Array::from_vec([2, 2], vec![i, i + 10, i + 20, i + 30]).unwrap())
        .collect();
    for axis in 0..3 {
        let all = stack(&x, axis);
        assert!(
            (0..3).all(|i| item(&all, axis, i).same_bits(&x[i])),
            "axis {axis}"
        );
    }
}

#[test]
fn ulps_count_steps() {
    assert_eq!(
        (
            ulps(1.0f32, 1.0 + f32::EPSILON),
            ulps(0.0f32, -0.0),
            ulps(1.0f64, f64::NAN)
        ),
        (1, 0, u64::MAX)
    );
    assert_eq!(ulps(f32::from_bits(1), -f32::from_bits(1)), 2);
}
