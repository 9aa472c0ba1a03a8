//! The engine against the definition, bit by bit.

use super::*;
use crate::pool::{alone, set_threads};
use half::{bf16, f16};
use std::sync::Mutex;

mod wider;

/// splitmix64: the inputs of the tests.
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// An element type of the tests: how it is drawn, and a step of the chain that defines a product.
trait Element: Copy + Default + PartialEq + fmt::Debug + Sync + 'static {
    const DTYPE: DType;
    type Acc: Copy + Default;
    fn draw(r: &mut Random) -> Self;
    fn step(acc: Self::Acc, a: Self, b: Self) -> Self::Acc;
}

macro_rules! floats {
    ($($t:ty, $dtype:ident, $acc:ty, $wide:expr, $narrow:expr;)*) => {$(
        impl Element for $t {
            const DTYPE: DType = DType::$dtype;
            type Acc = $acc;
            fn draw(r: &mut Random) -> Self {
                // Signs, zeros, and magnitudes far enough apart that the order of a sum shows.
                let x = ((r.next() >> 40) as f64 / (1u64 << 23) as f64 - 1.0) * [1.0, 1e3, 1e-3, 0.0][r.below(16) / 5];
                $narrow(x as f32 as $acc)
            }
            fn step(acc: $acc, a: Self, b: Self) -> $acc {
                $wide(a).mul_add($wide(b), acc)
            }
        }
    )*};
}
floats! {
    f32, F32, f32, |x: f32| x, |x: f32| x;
    f64, F64, f64, |x: f64| x, |x: f64| x * 1.000000001;
    bf16, BF16, f32, bf16::to_f32, bf16::from_f32;
    f16, F16, f32, f16::to_f32, f16::from_f32;
}

macro_rules! integers {
    ($($t:ty, $dtype:ident;)*) => {$(
        impl Element for $t {
            const DTYPE: DType = DType::$dtype;
            // Modulo 2^64, and so modulo any smaller power.
            type Acc = i64;
            fn draw(r: &mut Random) -> Self {
                match r.below(8) {
                    0 => <$t>::MIN,
                    1 => <$t>::MAX,
                    _ => r.next() as $t,
                }
            }
            fn step(acc: i64, a: Self, b: Self) -> i64 {
                acc.wrapping_add((a as i64).wrapping_mul(b as i64))
            }
        }
    )*};
}
integers! { i32, I32; u8, U8; i64, I64; u16, U16; i8, I8; u64, U64; i16, I16; u32, U32; }

/// The output type and how the accumulator is rounded to it.
trait Rounded<A>: Element {
    fn round(acc: A) -> Self;
    fn bits(self) -> u64;
}
macro_rules! rounded {
    ($($acc:ty => $t:ty, $round:expr, $bits:expr;)*) => {$(
        impl Rounded<$acc> for $t {
            fn round(acc: $acc) -> Self {
                $round(acc)
            }
            fn bits(self) -> u64 {
                $bits(self) as u64
            }
        }
    )*};
}
rounded! {
    f32 => f32, |x| x, f32::to_bits;
    f64 => f64, |x| x, f64::to_bits;
    f32 => bf16, bf16::from_f32, bf16::to_bits;
    f32 => f16, f16::from_f32, f16::to_bits;
    i64 => i8, |x| x as i8, |x| x; i64 => u8, |x| x as u8, |x| x;
    i64 => i16, |x| x as i16, |x| x; i64 => u16, |x| x as u16, |x| x;
    i64 => i32, |x| x as i32, |x| x; i64 => u32, |x| x as u32, |x| x;
    i64 => i64, |x| x, |x| x; i64 => u64, |x| x as u64, |x| x;
}

/// A layout of a batch of matrices, and the length of the buffer that just holds it.
fn layout(r: &mut Random, rows: usize, cols: usize, batch: usize, kind: usize) -> (Matrix, usize) {
    let gap = r.pick(&[0, 0, 1, 7]);
    let (row, col) = match kind {
        0 | 1 => (cols + gap, 1),
        2 | 3 => (1, rows + gap),
        4 => (2 * (cols + gap), 2),
        5 => (0, 1),
        6 => (1, 0),
        _ => (3, 3 * rows + gap),
    };
    let extent = |n: usize, stride: usize| n.saturating_sub(1) * stride;
    let one = extent(rows, row) + extent(cols, col) + 1;
    let each = if r.below(4) == 0 { 0 } else { one + gap };
    (
        Matrix {
            rows: row,
            cols: col,
            batch: each,
        },
        one + extent(batch, each),
    )
}

/// Memory with an alignment, and a wall behind it that must stand.
struct Scratch(Vec<u128>, usize);

impl Scratch {
    fn new(bytes: usize) -> Scratch {
        Scratch(
            vec![0x5a5a_5a5a_5a5a_5a5a_5a5a_5a5a_5a5a_5a5a; bytes / 16 + 16],
            bytes,
        )
    }
    fn at(&mut self) -> *mut u8 {
        let at = self.0.as_mut_ptr().cast::<u8>();
        at.wrapping_add(at.align_offset(64))
    }
    fn is_whole(&mut self) -> bool {
        let (at, bytes) = (self.at(), self.1);
        // SAFETY: the vector has at least 128 bytes more than the aligned part.
        (0..100).all(|i| unsafe { *at.add(bytes + i) == 0x5a })
    }
}

#[track_caller]
fn check<T: Element, O: Rounded<T::Acc>>(
    seed: u64,
    m: usize,
    n: usize,
    k: usize,
    batch: usize,
    threads: &[usize],
) {
    let mut r = Random(seed);
    let (ka, kb) = (r.below(8), r.below(8));
    let (a, a_len) = layout(&mut r, m, k, batch, ka);
    let (b, b_len) = layout(&mut r, k, n, batch, kb);
    let c_row = n + r.pick(&[0, 0, 3]);
    let c = Matrix {
        rows: c_row,
        cols: 1,
        batch: m * c_row + r.pick(&[0, 5]),
    };
    let spec = GemmSpec {
        m,
        n,
        k,
        batch,
        a,
        b,
        c,
        input: T::DTYPE,
        output: O::DTYPE,
        whole_rows: r.below(3) == 0,
    };
    // Exact lengths: a read beyond the extents is beyond the vector.
    let x: Vec<T> = (0..a_len).map(|_| T::draw(&mut r)).collect();
    let y: Vec<T> = (0..b_len).map(|_| T::draw(&mut r)).collect();
    let mark = O::draw(&mut r);
    let mut want = vec![mark; c.batch * batch + 9];
    for (g, i, j) in
        (0..batch).flat_map(|g| (0..m).flat_map(move |i| (0..n).map(move |j| (g, i, j))))
    {
        let at = |p| {
            (
                x[g * a.batch + i * a.rows + p * a.cols],
                y[g * b.batch + p * b.rows + j * b.cols],
            )
        };
        let acc = (0..k)
            .map(at)
            .fold(T::Acc::default(), |acc, (a, b)| T::step(acc, a, b));
        want[g * c.batch + i * c.rows + j] = O::round(acc);
    }
    for isa in [Isa::best(), Isa::Portable] {
        for (&t, packed) in threads.iter().flat_map(|t| [(t, false), (t, true)]) {
            set_threads(t);
            let gemm = Gemm::with_isa(&spec, isa).unwrap();
            // With a packed copy nothing reads the operand itself.
            let mut copy = Scratch::new(gemm.packed_bytes());
            let given = packed && gemm.packed_bytes() > 0;
            let (no_x, no_y) = (vec![T::default(); a_len], vec![T::default(); b_len]);
            let (left, right) = match (given, gemm.packs()) {
                (false, _) => (&x, &y),
                (true, 0) => (&no_x, &y),
                (true, _) => (&x, &no_y),
            };
            let mut scratch = Scratch::new(gemm.scratch_bytes());
            let mut got = vec![mark; want.len()];
            let seen = Mutex::new(vec![0u8; want.len()]);
            let (at, slots) = (got.as_mut_ptr() as usize, gemm.slots());
            let epilogue = |block: Block| {
                assert!(block.slot < slots);
                for (run, i) in
                    (0..block.runs).flat_map(|run| (0..block.len).map(move |i| (run, i)))
                {
                    let offset = block.first + run * block.step + i;
                    // SAFETY: the block is the epilogue's alone.
                    let final_value = unsafe { *(at as *const O).add(offset) };
                    assert_eq!(
                        final_value.bits(),
                        want[offset].bits(),
                        "{spec:?} {isa:?} {t} {block:?}"
                    );
                    seen.lock().unwrap()[offset] += 1;
                }
            };
            // SAFETY: the vectors hold the extents of the layouts.
            unsafe {
                if given {
                    gemm.pack([&x, &y][gemm.packs()].as_ptr().cast(), copy.at());
                }
                let operands = Operands {
                    packed: given.then(|| copy.at().cast_const()),
                    ..Operands::new(left.as_ptr().cast(), right.as_ptr().cast())
                };
                gemm.run(
                    operands,
                    got.as_mut_ptr().cast(),
                    scratch.at(),
                    Some(&epilogue),
                );
            }
            assert!(copy.is_whole(), "{spec:?}");
            let same = got.iter().zip(&want).all(|(a, b)| a.bits() == b.bits());
            assert!(same, "{spec:?} {isa:?} {t} threads");
            let mut once = vec![0; want.len()];
            for (g, i) in (0..batch).flat_map(|g| (0..m).map(move |i| (g, i))) {
                once[g * c.batch + i * c.rows..][..n].fill(1);
            }
            assert_eq!(
                seen.into_inner().unwrap(),
                once,
                "each element is in one block"
            );
            assert!(scratch.is_whole(), "{spec:?}");
        }
    }
}

const SIZES: [usize; 22] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 31, 33, 48, 64, 65, 100, 130,
];

#[test]
fn random_shapes_and_layouts_give_the_chains() {
    let _alone = alone();
    let mut r = Random(7);
    for turn in 0..260 {
        let (m, n, k) = (r.pick(&SIZES), r.pick(&SIZES), r.pick(&SIZES));
        let batch = if m * n * k > 200_000 {
            1
        } else {
            r.pick(&[1, 1, 1, 2, 3, 17, 0])
        };
        let t = [1, 2, 3, 5][turn % 4];
        let seed = r.next();
        check::<f32, f32>(seed, m, n, k, batch, &[t]);
        check::<i8, i32>(seed, m, n, k, batch, &[t]);
        match turn % 17 {
            0 | 1 => check::<f64, f64>(seed, m, n, k, batch, &[t]),
            2 | 3 => check::<bf16, bf16>(seed, m, n, k, batch, &[t]),
            4 => check::<bf16, f32>(seed, m, n, k, batch, &[t]),
            5 => check::<f16, f16>(seed, m, n, k, batch, &[t]),
            6 => check::<f16, f32>(seed, m, n, k, batch, &[t]),
            7 => check::<f32, bf16>(seed, m, n, k, batch, &[t]),
            8 => check::<i32, i32>(seed, m, n, k, batch, &[t]),
            9 => check::<u8, u8>(seed, m, n, k, batch, &[t]),
            10 => check::<i64, i64>(seed, m, n, k, batch, &[t]),
            11 => check::<u16, u16>(seed, m, n, k, batch, &[t]),
            12 => check::<u8, u32>(seed, m, n, k, batch, &[t]),
            13 => check::<i16, i32>(seed, m, n, k, batch, &[t]),
            14 => check::<u16, i32>(seed, m, n, k, batch, &[t]),
            15 => check::<u8, i64>(seed, m, n, k, batch, &[t]),
            _ => check::<i8, i8>(seed, m, n, k, batch, &[t]),
        }
    }
}

#[test]
fn blocks_of_every_dimension_give_the_chains() {
    let _alone = alone();
    // Several blocks of depth, rows and columns; the shapes of a small network; few rows.
    let shapes = [
        (128, 10, 128),
        (128, 128, 10),
        (70, 40, 784),
        (400, 50, 60),
        (30, 1100, 20),
        (1, 700, 530),
        (2, 300, 600),
        (3, 100, 257),
        (9, 64, 700),
        (700, 1, 300),
        (33, 16, 2049),
    ];
    for (turn, (m, n, k)) in shapes.into_iter().enumerate() {
        for seed in 0..4 {
            let seed = seed + 100 * turn as u64;
            check::<f32, f32>(seed, m, n, k, 1, &[1, 2, 3, 5]);
            check::<bf16, bf16>(seed + 50, m, n, k, 1, &[2, 5]);
        }
        check::<f64, f64>(turn as u64, m, n, k, 1, &[2, 3]);
        check::<i32, i32>(turn as u64, m, n, k, 1, &[2, 3]);
        check::<i8, i32>(turn as u64, m, n, k, 1, &[1, 2, 3, 5]);
        check::<u8, u8>(turn as u64, m, n, k, 1, &[2, 3]);
    }
}

#[test]
fn integers_of_every_type_wrap() {
    let _alone = alone();
    for seed in 0..6 {
        check::<i32, i32>(seed, 20, 70, 90, 2, &[1, 2, 3]);
        check::<u32, u32>(seed, 9, 17, 5, 1, &[2]);
        check::<u64, u64>(seed, 9, 17, 5, 3, &[2]);
        check::<i16, i16>(seed, 9, 17, 5, 1, &[2]);
    }
}

/// One product of matrices without gaps.
fn dense(input: DType, output: DType, [m, n, k]: [usize; 3]) -> GemmSpec {
    let matrix = |cols: usize| Matrix {
        rows: cols,
        cols: 1,
        batch: 0,
    };
    GemmSpec {
        m,
        n,
        k,
        batch: 1,
        a: matrix(k),
        b: matrix(n),
        c: matrix(n),
        input,
        output,
        whole_rows: false,
    }
}

#[test]
fn types_without_a_product_are_refused_in_words() {
    for (input, output) in [
        (DType::Bool, DType::Bool),
        (DType::I64, DType::I32),
        (DType::I8, DType::U32),
        (DType::I8, DType::F32),
        (DType::F32, DType::I32),
        (DType::F64, DType::F32),
    ] {
        let error = Gemm::new(&dense(input, output, [2, 2, 2])).unwrap_err();
        assert_eq!(error, Unsupported { input, output });
        assert!(
            error.to_string().starts_with("no matrix product of "),
            "{error}"
        );
    }
    let gemm = Gemm::new(&dense(DType::F32, DType::BF16, [2, 2, 2])).unwrap();
    assert_eq!(gemm.flops(), 16.0);
}

#[test]
fn a_batch_folds_into_rows_only_where_the_layout_allows() {
    let (a, c) = (
        Matrix {
            rows: 7,
            cols: 1,
            batch: 35,
        },
        Matrix {
            rows: 3,
            cols: 1,
            batch: 15,
        },
    );
    let b = Matrix {
        rows: 3,
        cols: 1,
        batch: 0,
    };
    let spec = GemmSpec {
        m: 5,
        n: 3,
        k: 7,
        batch: 4,
        a,
        b,
        c,
        input: DType::F32,
        output: DType::F32,
        whole_rows: false,
    };
    let folded = spec.fold();
    assert_eq!((folded.m, folded.batch), (20, 1));
    let own_b = GemmSpec {
        b: Matrix { batch: 21, ..b },
        ..spec
    };
    assert_eq!(own_b.fold(), own_b);
    let gaps = GemmSpec {
        a: Matrix { batch: 36, ..a },
        ..spec
    };
    assert_eq!(gaps.fold(), gaps);
}
