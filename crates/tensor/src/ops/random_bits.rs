//! Random 32-bit words: Threefry-2x32 of a key and counters.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Shape, Tensor, Type,
    families::{Batched, Flows, align},
    kernel::{call_items, evaluate},
    op::apply1,
    random::threefry::{self, Text, fill},
};
use bouton_ir as ir;

/// `size` words from a key of two: the first words of the hashes of the counter pairs `(i, second + i)`, then their
/// second words. With an odd size the last pair is `(size / 2, 0)`, and its second word is left out.
///
/// Keys `u32[.., 2]` and starts `second: u32[..]` give `u32[.., size]`.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011; the order of counters is that of
/// JAX's original (non-partitionable) mode.
#[derive(Debug, Clone)]
pub(crate) struct RandomBits {
    pub size: usize,
}

/// So many words are steps of a loop; fewer, which are mostly keys, are not worth the steps.
const FUSED: usize = 64;

/// The words of `key`, with the second counters from `second` on.
#[track_caller]
pub(crate) fn random_bits(key: &Tensor, second: &Tensor, size: usize) -> Tensor {
    apply1(RandomBits { size }, &[key, second])
}

impl RandomBits {
    /// Two results: the first words and the second words of all pairs.
    fn form(&self, batch: usize) -> ir::Form {
        let size = self.size;
        call_items(self, batch * size.div_ceil(2), 64, move |pairs, x, y| {
            let [first, second] = y else { return };
            fill(
                x[0].slice(),
                x[1].slice(),
                size,
                pairs,
                first.slice(),
                second.slice(),
            );
        })
    }

    fn half(&self, y: &Type) -> Type {
        let dims = y.shape[..y.rank() - 1]
            .iter()
            .copied()
            .chain([self.size.div_ceil(2)]);
        y.with_shape(dims.collect::<Shape>())
    }
}

impl Op for RandomBits {
    fn name(&self) -> &'static str {
        "random_bits"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        if x[0].dtype != DType::U32 || x[0].shape.last() != Some(&2) {
            return Err(
                Fault::dtype(format!("a random key is u32[2], not {}", x[0]))
                    .help("make one with random::key(seed)"),
            );
        }
        let batch = x[0].shape.without(x[0].rank() - 1);
        if *x[1] != Type::new(DType::U32, &batch) {
            return Err(Fault::shape(format!(
                "the counter must be {}, not {}",
                Type::new(DType::U32, &batch),
                x[1]
            )));
        }
        if u32::try_from(self.size).is_err() {
            return Err(Fault::value(format!(
                "one key gives at most {} words; {} were asked for",
                u32::MAX,
                self.size
            )));
        }
        let shape: Shape = batch.iter().copied().chain([self.size]).collect();
        shape.checked_size(DType::U32)?;
        Ok(vec![x[0].with_shape(shape)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let (half, batch) = (self.half(&y[0]), x[1].size());
        let words = evaluate(&self.form(batch), x, &[half.clone(), half]);
        let n = self.size.div_ceil(2);
        let mut all = Array::scratch(&y[0]);
        let rows = all.slice_mut::<u32>().chunks_exact_mut(self.size.max(1));
        for (b, row) in rows.enumerate() {
            row[..n].copy_from_slice(&words[0].slice::<u32>()[b * n..][..n]);
            row[n..].copy_from_slice(&words[1].slice::<u32>()[b * n..][..self.size - n]);
        }
        vec![all]
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None, None])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        Ok(vec![(random_bits(&x[0], &x[1], self.size), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        Text::new(self.half(&y[0])).hash(self.size, x, xt, &y[0])
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        if y[0].size() >= FUSED {
            return vec![threefry::lower(b, x[0], x[1], &y[0])];
        }
        let (half, axis) = (self.half(&y[0]), y[0].rank() - 1);
        let form = self.form(b.ty(x[1]).size());
        let words = b.step(form, x, &[half.clone(), half.clone()]);
        let whole: Shape = half.shape[..axis]
            .iter()
            .copied()
            .chain([2 * half.shape[axis]])
            .collect();
        let all = b.one(
            ir::Form::Concatenate { axis },
            &words,
            &half.with_shape(&whole),
        );
        if whole == y[0].shape {
            return vec![all];
        }
        b.step(
            ir::Form::Slice {
                start: vec![0; axis + 1],
                stride: vec![1; axis + 1],
            },
            &[all],
            y,
        )
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "random_bits",
    samples: || {
        let cases: [(&[usize], usize); 8] = [
            (&[2], 4),
            (&[2], 1),
            (&[2], 7),
            (&[2], 0),
            (&[3, 2], 5),
            (&[2, 1, 2], 2),
            (&[0, 2], 3),
            (&[2], 1000),
        ];
        let sample = |(shape, size): (&[usize], usize)| {
            let n = shape.iter().product::<usize>();
            let key = Array::from_vec(
                shape,
                (0..n as u32).map(|i| i.wrapping_mul(0x9E37_79B9)).collect(),
            )
            .ok()?;
            let second = Array::from_vec(&shape[..shape.len() - 1], vec![17u32; n / 2]).ok()?;
            Some(Sample::new(RandomBits { size }, [key, second]))
        };
        cases.into_iter().flat_map(sample).collect()
    },
    faults: || {
        let key = |shape: &[usize]| Tensor::zeros(DType::U32, shape);
        vec![
            (
                random_bits(&key(&[3]), &key(&[]), 4),
                "a random key is u32[2], not u32[3]",
            ),
            (
                random_bits(&key(&[]), &key(&[]), 4),
                "a random key is u32[2], not u32",
            ),
            (
                random_bits(&Tensor::scalar(1.0f32), &key(&[]), 4),
                "a random key is u32[2], not f32",
            ),
            (
                random_bits(&key(&[3, 2]), &key(&[2]), 4),
                "the counter must be u32[3], not u32[2]",
            ),
            (
                random_bits(&key(&[2]), &key(&[]), 1 << 32),
                "one key gives at most 4294967295 words; 4294967296 were asked for",
            ),
        ]
    },
};
