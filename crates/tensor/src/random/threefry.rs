//! Threefry-2x32: the hash, stated once for words, for steps of a program and for StableHLO.
use crate::{DType, Shape, Type};
use bouton_array::Number;
use bouton_ir::{Binary, Builder, Compare, Form, Value};
use std::ops::Range;

const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
const PARITY: u32 = 0x1BD1_1BDA;
/// Pairs hashed side by side.
const LANES: usize = 8;

/// What the hash is stated in: arithmetic with words, or with what stands for them.
trait Words {
    type Word: Clone;
    fn constant(&mut self, value: u32) -> Self::Word;
    fn add(&mut self, a: &Self::Word, b: &Self::Word) -> Self::Word;
    fn xor(&mut self, a: &Self::Word, b: &Self::Word) -> Self::Word;
    fn rotate(&mut self, x: &Self::Word, by: u32) -> Self::Word;
}

/// What is mixed in between the rounds, in turns.
fn schedule<T: Words>(w: &mut T, [first, second]: [T::Word; 2]) -> [T::Word; 3] {
    let parity = w.constant(PARITY);
    let both = w.xor(&first, &second);
    let last = w.xor(&both, &parity);
    [first, second, last]
}

/// The hash of the pair `x` and `y`.
fn threefry<T: Words>(
    w: &mut T,
    schedule: &[T::Word; 3],
    x: &T::Word,
    y: &T::Word,
) -> (T::Word, T::Word) {
    let (mut x, mut y) = (w.add(x, &schedule[0]), w.add(y, &schedule[1]));
    for block in 0..5 {
        for rotation in ROTATIONS[block % 2] {
            x = w.add(&x, &y);
            y = w.rotate(&y, rotation);
            y = w.xor(&y, &x);
        }
        x = w.add(&x, &schedule[(block + 1) % 3]);
        let count = w.constant(block as u32 + 1);
        y = w.add(&y, &schedule[(block + 2) % 3]);
        y = w.add(&y, &count);
    }
    (x, y)
}

/// Words side by side.
struct Lanes;

impl Words for Lanes {
    type Word = [u32; LANES];
    #[inline(always)]
    fn constant(&mut self, value: u32) -> [u32; LANES] {
        [value; LANES]
    }
    #[inline(always)]
    fn add(&mut self, a: &[u32; LANES], b: &[u32; LANES]) -> [u32; LANES] {
        std::array::from_fn(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    fn xor(&mut self, a: &[u32; LANES], b: &[u32; LANES]) -> [u32; LANES] {
        std::array::from_fn(|i| a[i] ^ b[i])
    }
    #[inline(always)]
    fn rotate(&mut self, x: &[u32; LANES], by: u32) -> [u32; LANES] {
        x.map(|x| x.rotate_left(by))
    }
}

/// One word.
struct One;

impl Words for One {
    type Word = u32;
    fn constant(&mut self, value: u32) -> u32 {
        value
    }
    fn add(&mut self, a: &u32, b: &u32) -> u32 {
        a.wrapping_add(*b)
    }
    fn xor(&mut self, a: &u32, b: &u32) -> u32 {
        a ^ b
    }
    fn rotate(&mut self, x: &u32, by: u32) -> u32 {
        x.rotate_left(by)
    }
}

/// Word `i` of the `n` that a key gives.
pub(crate) fn word(key: [u32; 2], n: usize, i: usize) -> u32 {
    let half = n.div_ceil(2);
    let (first, is_first) = (i % half.max(1), i < half);
    // Behind the last word of an odd number stands a zero.
    let second = first + half;
    let second = if second < n { second } else { 0 };
    let schedule = schedule(&mut One, key);
    let (x, y) = threefry(&mut One, &schedule, &(first as u32), &(second as u32));
    if is_first { x } else { y }
}

/// Key `i` of the `n` that a key is split into.
pub(crate) fn split(key: [u32; 2], n: usize, i: usize) -> [u32; 2] {
    [2 * i, 2 * i + 1].map(|i| word(key, 2 * n, i))
}

/// Steps of a program on arrays of one shape.
struct Steps<'a> {
    b: &'a mut Builder,
    wide: &'a Type,
}

impl Steps<'_> {
    fn binary(&mut self, f: Binary, x: Value, y: Value) -> Value {
        self.b.one(Form::Binary(f), &[x, y], self.wide)
    }

    fn compare(&mut self, f: Compare, x: Value, y: Value) -> Value {
        let truth = self.wide.with_dtype(DType::Bool);
        self.b.one(Form::Compare(f), &[x, y], &truth)
    }

    fn select(&mut self, condition: Value, x: Value, y: Value) -> Value {
        self.b.one(Form::Select, &[condition, x, y], self.wide)
    }

    /// A word for each row of the last axis.
    fn spread(&mut self, word: Value) -> Value {
        let axes = (0..self.wide.rank() - 1).collect();
        self.b.one(Form::Broadcast { axes }, &[word], self.wide)
    }

    /// The first or the second word of each key.
    fn key(&mut self, keys: Value, which: usize) -> Value {
        let mut dims: Vec<usize> = self.wide.shape.to_vec();
        let last = dims.len() - 1;
        dims[last] = 1;
        let mut start = vec![0; last];
        start.push(which);
        let stride = vec![1; last + 1];
        let column = self.wide.with_shape(&Shape::from(&dims[..]));
        let column = self.b.one(Form::Slice { start, stride }, &[keys], &column);
        let flat = self.wide.with_shape(&Shape::from(&dims[..last]));
        let word = self.b.one(Form::Reshape, &[column], &flat);
        self.spread(word)
    }
}

impl Words for Steps<'_> {
    type Word = Value;
    fn constant(&mut self, value: u32) -> Value {
        let one = Form::constant(DType::U32, Number::Int(value.into()));
        let one = self.b.one(one, &[], &Type::scalar(DType::U32));
        let axes = vec![];
        self.b.one(Form::Broadcast { axes }, &[one], self.wide)
    }
    fn add(&mut self, a: &Value, b: &Value) -> Value {
        self.binary(Binary::Add, *a, *b)
    }
    fn xor(&mut self, a: &Value, b: &Value) -> Value {
        self.binary(Binary::Xor, *a, *b)
    }
    fn rotate(&mut self, x: &Value, by: u32) -> Value {
        let (left, right) = (self.constant(by), self.constant(32 - by));
        let high = self.binary(Binary::ShiftLeft, *x, left);
        let low = self.binary(Binary::ShiftRightLogical, *x, right);
        self.binary(Binary::Or, high, low)
    }
}

/// All words of type `y` as pointwise steps, each from its own index. Every pair is hashed twice, for its first word and
/// for its second; but nothing is stored, and who reads the words may go on in the same loop.
pub(crate) fn lower(b: &mut Builder, keys: Value, seconds: Value, y: &Type) -> Value {
    let axis = y.rank() - 1;
    let size = y.shape[axis] as u32;
    let half = size.div_ceil(2);
    let index = b.one(Form::Iota { axis }, &[], y);
    let w = &mut Steps { b, wide: y };
    let end = w.constant(half);
    let is_first = w.compare(Compare::Less, index, end);
    let behind = w.binary(Binary::Subtract, index, end);
    let pair = w.select(is_first, index, behind);
    let start = w.spread(seconds);
    let mut second = w.add(&start, &pair);
    if size % 2 == 1 {
        let (zero, last) = (w.constant(0), w.constant(half - 1));
        let is_last = w.compare(Compare::Equal, pair, last);
        second = w.select(is_last, zero, second);
    }
    let key = [w.key(keys, 0), w.key(keys, 1)];
    let key = schedule(w, key);
    let (p, q) = threefry(w, &key, &pair, &second);
    w.select(is_first, p, q)
}

/// Hashes the pairs `pairs` of `[batch, half]`.
pub(crate) fn fill(
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
        let key = [[keys[2 * b]; LANES], [keys[2 * b + 1]; LANES]];
        let key = schedule(&mut Lanes, key);
        let (p, q) = threefry(&mut Lanes, &key, &first, &second);
        x[done..done + n].copy_from_slice(&p[..n]);
        y[done..done + n].copy_from_slice(&q[..n]);
        done += n;
    }
}

/// StableHLO lines that compute with words of one shape.
pub(crate) struct Text {
    lines: Vec<String>,
    half: Type,
}

impl Text {
    pub(crate) fn new(half: Type) -> Text {
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

    pub(crate) fn hash(mut self, size: usize, x: &[&str], xt: &[&Type], y: &Type) -> String {
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
        let key = [word(&mut self, 0), word(&mut self, 1)];
        let key = schedule(&mut self, key);
        let p = self.line(
            "first",
            format!("iota dim = {batch} : {}", half.stablehlo()),
        );
        let start = wide(&mut self, x[1]);
        let mut q = self.binary("add", &start, &p);
        if size % 2 == 1 {
            let (last, zero) = (self.constant(size as u32 / 2), self.constant(0));
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
        let (p, q) = threefry(&mut self, &key, &p, &q);
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

impl Words for Text {
    type Word = String;
    fn constant(&mut self, value: u32) -> String {
        let t = self.half.stablehlo();
        self.line("c", format!("constant dense<{value}> : {t}"))
    }
    fn add(&mut self, a: &String, b: &String) -> String {
        self.binary("add", a, b)
    }
    fn xor(&mut self, a: &String, b: &String) -> String {
        self.binary("xor", a, b)
    }
    fn rotate(&mut self, x: &String, by: u32) -> String {
        let (left, right) = (self.constant(by), self.constant(32 - by));
        let (high, low) = (
            self.binary("shift_left", x, &left),
            self.binary("shift_right_logical", x, &right),
        );
        self.binary("or", &high, &low)
    }
}
