//! Random 32-bit words: Threefry-2x32 of a key and counters.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Shape, Tensor, Type,
    families::align,
    kernel::{call_items, evaluate},
    op::apply1,
};
use bouton_ir as ir;
use std::ops::Range;

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

/// The words of `key`, with the second counters from `second` on.
#[track_caller]
pub(crate) fn random_bits(key: &Tensor, second: &Tensor, size: usize) -> Tensor {
    apply1(RandomBits { size }, &[key, second])
}

const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
const PARITY: u32 = 0x1BD1_1BDA;
/// Pairs hashed side by side.
const LANES: usize = 8;

fn threefry(
    key: [u32; 2],
    mut x: [u32; LANES],
    mut y: [u32; LANES],
) -> ([u32; LANES], [u32; LANES]) {
    let schedule = [key[0], key[1], key[0] ^ key[1] ^ PARITY];
    let inject =
        |x: &mut [u32; LANES], word: u32| x.iter_mut().for_each(|x| *x = x.wrapping_add(word));
    inject(&mut x, schedule[0]);
    inject(&mut y, schedule[1]);
    for block in 0..5 {
        for rotation in ROTATIONS[block % 2] {
            for (x, y) in x.iter_mut().zip(&mut y) {
                *x = x.wrapping_add(*y);
                *y = y.rotate_left(rotation) ^ *x;
            }
        }
        inject(&mut x, schedule[(block + 1) % 3]);
        inject(
            &mut y,
            schedule[(block + 2) % 3].wrapping_add(block as u32 + 1),
        );
    }
    (x, y)
}

/// Hashes the pairs `pairs` of `[batch, half]`.
fn fill(
    keys: &[u32],
    seconds: &[u32],
    size: usize,
    pairs: Range<usize>,
    x: &mut [u32],
    y: &mut [u32],
) {
    let half = size.div_ceil(2);
    let mut done = 0;
    while done < pairs.len() {
        let (b, i) = ((pairs.start + done) / half, (pairs.start + done) % half);
        let n = LANES.min(half - i).min(pairs.len() - done);
        let first: [u32; LANES] = std::array::from_fn(|lane| (i + lane) as u32);
        let mut second = first.map(|i| seconds[b].wrapping_add(i));
        if size % 2 == 1 && i + n == half {
            second[n - 1] = 0;
        }
        let (p, q) = threefry([keys[2 * b], keys[2 * b + 1]], first, second);
        x[done..done + n].copy_from_slice(&p[..n]);
        y[done..done + n].copy_from_slice(&q[..n]);
        done += n;
    }
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
    fn vjp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![None, None])
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![None])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let x = align(x, axes)?;
        Ok(vec![(random_bits(&x[0], &x[1], self.size), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        Text::new(self.half(&y[0])).hash(self, x, xt, &y[0])
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
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

/// StableHLO lines that compute with words of one shape.
struct Text {
    lines: Vec<String>,
    half: Type,
}

impl Text {
    fn new(half: Type) -> Text {
        Text {
            lines: vec![],
            half,
        }
    }

    /// States a value; gives its name.
    fn line(&mut self, name: &str, value: String) -> String {
        let name = format!("%{name}{}", self.lines.len());
        self.lines.push(format!("{name} = stablehlo.{value}"));
        name
    }

    fn binary(&mut self, op: &str, a: &str, b: &str) -> String {
        let t = self.half.stablehlo();
        self.line(op, format!("{op} {a}, {b} : {t}"))
    }

    fn constant(&mut self, value: u32) -> String {
        let t = self.half.stablehlo();
        self.line("c", format!("constant dense<{value}> : {t}"))
    }

    fn rotate(&mut self, x: &str, by: u32) -> String {
        let (left, right) = (self.constant(by), self.constant(32 - by));
        let (high, low) = (
            self.binary("shift_left", x, &left),
            self.binary("shift_right_logical", x, &right),
        );
        self.binary("or", &high, &low)
    }

    fn hash(mut self, op: &RandomBits, x: &[&str], xt: &[&Type], y: &Type) -> String {
        let (half, batch) = (self.half.clone(), xt[1].rank());
        let axes: Vec<usize> = (0..batch).collect();
        let wide = |text: &mut Text, word: &str| {
            let value = format!(
                "broadcast_in_dim {word}, dims = {axes:?} : ({}) -> {}",
                xt[1].stablehlo(),
                half.stablehlo()
            );
            text.line("wide", value)
        };
        let word = |text: &mut Text, i: usize| {
            let column =
                xt[0].with_shape(xt[1].shape.iter().copied().chain([1]).collect::<Shape>());
            let ranges: String = xt[1].shape.iter().map(|n| format!("0:{n}, ")).collect();
            let cut = text.line(
                "column",
                format!(
                    "slice {} [{ranges}{i}:{}] : ({}) -> {}",
                    x[0],
                    i + 1,
                    xt[0].stablehlo(),
                    column.stablehlo()
                ),
            );
            let flat = text.line(
                "word",
                format!(
                    "reshape {cut} : ({}) -> {}",
                    column.stablehlo(),
                    xt[1].stablehlo()
                ),
            );
            wide(text, &flat)
        };
        let (k0, k1) = (word(&mut self, 0), word(&mut self, 1));
        let parity = self.constant(PARITY);
        let k01 = self.binary("xor", &k0, &k1);
        let schedule = [k0, k1, self.binary("xor", &k01, &parity)];
        let mut p = self.line(
            "first",
            format!("iota dim = {batch} : {}", half.stablehlo()),
        );
        let start = wide(&mut self, x[1]);
        let mut q = self.binary("add", &start, &p);
        if op.size % 2 == 1 {
            let (last, zero) = (self.constant(op.size as u32 / 2), self.constant(0));
            let t = half.stablehlo();
            let is_last = self.line(
                "last",
                format!(
                    "compare EQ, {p}, {last}, UNSIGNED : ({t}, {t}) -> {}",
                    half.with_dtype(DType::Bool).stablehlo()
                ),
            );
            q = self.line(
                "second",
                format!(
                    "select {is_last}, {zero}, {q} : {}, {t}",
                    half.with_dtype(DType::Bool).stablehlo()
                ),
            );
        }
        (p, q) = (
            self.binary("add", &p, &schedule[0]),
            self.binary("add", &q, &schedule[1]),
        );
        for block in 0..5 {
            for rotation in ROTATIONS[block % 2] {
                p = self.binary("add", &p, &q);
                q = self.rotate(&q, rotation);
                q = self.binary("xor", &q, &p);
            }
            p = self.binary("add", &p, &schedule[(block + 1) % 3]);
            let count = self.constant(block as u32 + 1);
            q = self.binary("add", &q, &schedule[(block + 2) % 3]);
            q = self.binary("add", &q, &count);
        }
        let whole = y.with_shape(
            half.shape[..batch]
                .iter()
                .copied()
                .chain([2 * half.shape[batch]])
                .collect::<Shape>(),
        );
        let (t, w) = (half.stablehlo(), whole.stablehlo());
        let all = self.line(
            "all",
            format!("concatenate {p}, {q}, dim = {batch} : ({t}, {t}) -> {w}"),
        );
        let ranges = y
            .shape
            .iter()
            .map(|n| format!("0:{n}"))
            .collect::<Vec<_>>()
            .join(", ");
        self.lines.push(format!(
            "%0 = stablehlo.slice {all} [{ranges}] : ({w}) -> {}",
            y.stablehlo()
        ));
        self.lines.join("\n")
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
