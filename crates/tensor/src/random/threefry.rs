//! Threefry-2x32: the hash, and the same in StableHLO's words.
use crate::{DType, Shape, Type};
use std::ops::Range;

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
        let (p, q) = threefry([keys[2 * b], keys[2 * b + 1]], first, second);
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
