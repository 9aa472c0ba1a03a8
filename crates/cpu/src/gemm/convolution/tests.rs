//! The engine against the definition, bit by bit.

use super::super::tests::Random;
use super::*;
use crate::pool::{alone, set_threads};
use bouton_ir::{Window, winograd::Linear};
use half::{bf16, f16};
use std::sync::Mutex;

mod winograd;

/// An element type of the tests: how it is drawn, and a step of the chain.
trait Element: Copy + Default + PartialEq + std::fmt::Debug + Sync + 'static {
    const DTYPE: DType;
    type Acc: Copy + Default + Linear;
    fn draw(r: &mut Random) -> Self;
    fn of(x: f64) -> Self;
    fn widen(self) -> Self::Acc;
    fn fma(acc: Self::Acc, a: Self::Acc, b: Self::Acc) -> Self::Acc;
    fn round(acc: Self::Acc) -> Self;
    fn bits(self) -> u64;
}

macro_rules! floats {
    ($($t:ty, $dtype:ident, $acc:ty, $wide:expr, $narrow:expr;)*) => {$(
        impl Element for $t {
            const DTYPE: DType = DType::$dtype;
            type Acc = $acc;
            fn draw(r: &mut Random) -> Self {
                // Signs, zeros, and magnitudes far enough apart that the order of a sum shows.
                let x = ((r.next() >> 40) as f64 / (1u64 << 23) as f64 - 1.0) * [1.0, 1e3, 1e-3, 0.0][r.below(16) / 5];
                Self::of(x as f32 as f64)
            }
            fn of(x: f64) -> Self {
                $narrow(x as $acc)
            }
            fn widen(self) -> $acc {
                $wide(self)
            }
            fn fma(acc: $acc, a: $acc, b: $acc) -> $acc {
                a.mul_add(b, acc)
            }
            fn round(acc: $acc) -> Self {
                $narrow(acc)
            }
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
        }
    )*};
}
floats! {
    f32, F32, f32, |x: f32| x, |x: f32| x;
    f64, F64, f64, |x: f64| x, |x: f64| x;
    bf16, BF16, f32, bf16::to_f32, bf16::from_f32;
    f16, F16, f32, f16::to_f32, f16::from_f32;
}

/// All indices of a shape, in row-major order.
fn indices(dims: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let dims = dims.to_vec();
    (0..dims.iter().product::<usize>()).map(move |mut i| {
        let mut index = vec![0; dims.len()];
        for (axis, &n) in dims.iter().enumerate().rev() {
            (index[axis], i) = (i % n, i / n);
        }
        index
    })
}

fn at(index: &[usize], steps: &[isize]) -> isize {
    let along = index.iter().zip(steps);
    along.map(|(&i, &step)| i as isize * step).sum()
}

/// Distances for `dims` in some order of the axes, perhaps with gaps; the elements spanned.
fn layout(r: &mut Random, dims: &[usize], shuffled: bool, gap: bool) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..dims.len()).collect();
    if shuffled {
        for i in (1..order.len()).rev() {
            order.swap(i, r.below(i + 1));
        }
    }
    let (mut steps, mut distance) = (vec![0; dims.len()], 1);
    for &axis in order.iter().rev() {
        steps[axis] = distance;
        distance *= dims[axis].max(1);
        if gap {
            distance += r.below(2);
        }
    }
    (steps, distance)
}

/// A random convolution: sizes, windows, layouts.
fn draw(r: &mut Random, dtype: DType) -> (Shape, usize, usize, usize) {
    let rank = r.pick(&[0, 1, 1, 2, 2, 2, 3]);
    let most = [40, 30, 9, 5][rank];
    let mut axes = vec![];
    for _ in 0..rank {
        let window = Window {
            stride: r.pick(&[1, 1, 1, 2, 3]),
            low: r.pick(&[0, 0, 1, 2, -1, 5]),
            input_dilation: r.pick(&[1, 1, 1, 2, 3, 4]),
            kernel_dilation: r.pick(&[1, 1, 1, 2, 3]),
        };
        let some = 1 + r.below(most);
        axes.push(Axis {
            size: 1 + r.below(most),
            kernel: r.pick(&[1, 2, 3, 3, 5, 0]),
            result: r.pick(&[1, 2, most, some]),
            window,
        });
    }
    let features_first = r.below(2) > 0;
    let winograd = rank == 2 && r.below(2) > 0;
    if winograd {
        for axis in &mut axes {
            axis.window = Window {
                low: axis.window.low,
                ..Window::VALID
            };
            let three = if features_first {
                &mut axis.result
            } else {
                &mut axis.kernel
            };
            *three = 3;
            if features_first {
                axis.kernel = r.pick(&[0, 1, 2, 5, 8]);
            }
        }
    }
    let (groups, batch) = (r.pick(&[1, 1, 1, 2, 3, 9, 16]), r.pick(&[1, 2, 3, 7, 16]));
    let features = r.pick(&[1, 2, 3, 5, 8, 17, 0]);
    let outputs = r.pick(&[1, 1, 2, 3, 5, 6, 7, 8, 10, 16, 17, 40]);
    let of = |size: fn(&Axis) -> usize| axes.iter().map(size).collect::<Vec<_>>();
    let around =
        |first: &[usize], inner: Vec<usize>, last: &[usize]| [first, &inner, last].concat();
    let input = around(&[groups, batch], of(|a| a.size), &[features]);
    let kernel = around(&[groups], of(|a| a.kernel), &[features, outputs]);
    let result = around(&[groups, batch], of(|a| a.result), &[outputs]);
    let shuffled = r.pick(&[0usize, 0, 1, 2, 4, 7]);
    let (input, input_len) = layout(r, &input, shuffled & 1 > 0, r.0 & 8 > 0);
    let (kernel, kernel_len) = layout(r, &kernel, shuffled & 2 > 0, r.0 & 16 > 0);
    let (result, result_len) = layout(r, &result, shuffled & 4 > 0, false);
    let signed = |steps: Vec<usize>| steps.into_iter().map(|s| s as isize).collect();
    let plain = axes.iter().all(|a| a.window.input_dilation == 1) && shuffled & 4 == 0;
    let following = (plain && groups == 1 && !features_first).then(|| {
        let lines = axes.first().map_or(1, |axis: &Axis| axis.result);
        let divisors: Vec<usize> = (1..=lines).filter(|d| lines.is_multiple_of(*d)).collect();
        Following {
            lines: r.pick(&divisors),
            whole_columns: r.below(2) > 0,
        }
    });
    let shape = Shape {
        groups,
        batch,
        features,
        outputs,
        axes,
        features_first,
        winograd,
        following,
        input: signed(input),
        kernel: signed(kernel),
        result,
        dtype,
    };
    (shape, input_len, kernel_len, result_len)
}

/// The definition.
fn define<T: Element>(s: &Shape, x: &dyn Fn(isize) -> T, w: &dyn Fn(isize) -> T, y: &mut [T]) {
    let results: Vec<usize> = s.axes.iter().map(|a| a.result).collect();
    let kernels: Vec<usize> = s.axes.iter().map(|a| a.kernel).collect();
    for index in indices(&[&[s.groups, s.batch][..], &results, &[s.outputs]].concat()) {
        let (g, b, o) = (index[0], index[1], index[index.len() - 1]);
        let place = &index[2..index.len() - 1];
        let mut acc = T::Acc::default();
        let mut steps: Vec<(Vec<usize>, usize)> = vec![];
        if s.features_first {
            for f in 0..s.features {
                steps.extend(indices(&kernels).map(|k| (k, f)));
            }
        } else {
            steps.extend(
                indices(&kernels).flat_map(|k| (0..s.features).map(move |f| (k.clone(), f))),
            );
        }
        for (k, f) in steps {
            let mut q = vec![g, b];
            let (mut inside, mut between) = (true, false);
            for ((axis, &p), &k) in s.axes.iter().zip(place).zip(&k) {
                let w = axis.window;
                let at = (p * w.stride + k * w.kernel_dilation) as i64 - w.low;
                let dilation = w.input_dilation as i64;
                between |= at % dilation != 0;
                inside &= at >= 0 && at / dilation < axis.size as i64;
                q.push((at.max(0) / dilation) as usize);
            }
            if between {
                continue;
            }
            q.push(f);
            let left = if inside {
                x(at(&q, &s.input))
            } else {
                T::default()
            };
            let right = w(at(&[&[g][..], &k, &[f, o]].concat(), &s.kernel));
            acc = T::fma(acc, left.widen(), right.widen());
        }
        let to: usize = index.iter().zip(&s.result).map(|(i, step)| i * step).sum();
        y[to] = T::round(acc);
    }
}

/// Lines of scratch memory behind what is asked for, which nobody may write.
const GUARD: usize = 64;

fn compare<T: Element>(seed: u64, count: usize) {
    let mut r = Random(seed);
    for case in 0..count {
        let (mut shape, input_len, kernel_len, result_len) = draw(&mut r, T::DTYPE);
        let operands = operands(&mut r, input_len, kernel_len);
        // Some kernels, and some inputs, run backwards.
        let mut first = [0, 0];
        for axis in 0..shape.axes.len() {
            if r.below(4) == 0 {
                first[1] += shape.kernel[1 + axis] * (shape.axes[axis].kernel.max(1) - 1) as isize;
                shape.kernel[1 + axis] *= -1;
            }
            if r.below(6) == 0 {
                first[0] += shape.input[2 + axis] * (shape.axes[axis].size - 1) as isize;
                shape.input[2 + axis] *= -1;
            }
        }
        let name = format!("case {case} of seed {seed}");
        check::<T>(&name, &shape, &operands, first, result_len);
    }
}

fn operands<T: Element>(r: &mut Random, input: usize, kernel: usize) -> [Vec<T>; 2] {
    let mut operands = [input, kernel].map(|len| (0..len).map(|_| T::draw(r)).collect::<Vec<T>>());
    match r.below(8) {
        // What is outside of the input is multiplied by it, too.
        0 if kernel > 0 => operands[1][r.below(kernel)] = T::of(f64::INFINITY),
        // Products come to nothing, but for their signs.
        1 => operands.iter_mut().flatten().for_each(|x| {
            *x = T::of(r.pick(&[1e-200, -1e-200, 1e-30, -1e-30]));
        }),
        _ => {}
    }
    operands
}

/// Compares with the definition on every lane, both instruction sets and some numbers of threads; where operands run
/// backwards, `first` are their first elements.
fn check<T: Element>(
    name: &str,
    shape: &Shape,
    [x, w]: &[Vec<T>; 2],
    first: [isize; 2],
    result_len: usize,
) {
    let mut expected = vec![T::default(); result_len];
    let element = |v: &[T], first: isize| {
        let v = v.to_vec();
        move |i: isize| v[(first + i) as usize]
    };
    let define = match shape.winograd {
        true => winograd::define,
        false => define,
    };
    define(
        shape,
        &element(x, first[0]),
        &element(w, first[1]),
        &mut expected,
    );
    let lanes: Vec<Option<Lane>> = match shape.winograd {
        true => vec![None],
        false => Lane::all(shape).map(Some).chain([None]).collect(),
    };
    for isa in [Isa::best(), Isa::Portable] {
        for (threads, lane, packed) in [1, 2, 3]
            .into_iter()
            .flat_map(|n| lanes.iter().map(move |l| (n, *l)))
            .flat_map(|(n, lane)| [(n, lane, false), (n, lane, true)])
        {
            set_threads(threads);
            let planned = Convolution::along(shape.clone(), isa, |_| lane).unwrap();
            // Where all parts have a packed copy nothing reads the kernel itself.
            let mut copy = vec![[0x7fu8; 64]; planned.packed_bytes() / 64 + GUARD];
            let read = |part: &Part| part.packed_bytes() == 0 && part.shape.results() > 0;
            let nothing = match packed && !planned.parts.iter().any(read) {
                true => vec![T::default(); w.len()],
                false => w.clone(),
            };
            // Scratch memory is what others left.
            let lines = planned.scratch_bytes().div_ceil(64);
            let mut scratch = vec![[0x7fu8; 64]; lines + GUARD];
            let mut y = vec![T::default(); result_len];
            // Blocks are made in memory of slots where they can be, and brought to their places from there.
            let elements = planned.block().filter(|_| shape.following.is_some());
            let bytes = elements.unwrap_or(0) * size_of::<T>();
            let mut blocks = vec![T::default(); elements.unwrap_or(0) * threads];
            let (whole, own) = (y.as_mut_ptr() as usize, blocks.as_mut_ptr() as usize);
            let seen = Mutex::new(vec![0; result_len]);
            let bring = |b: Block| {
                for (run, i) in (0..b.runs).flat_map(|r| (0..b.len).map(move |i| (r, i))) {
                    let at = run * b.step + i;
                    seen.lock().unwrap()[b.first + at] += 1;
                    if elements.is_some() {
                        let from = (own + b.slot * bytes) as *const T;
                        // SAFETY: a block of this slot, and its place in the result.
                        unsafe { *(whole as *mut T).add(b.first + at) = *from.add(at) };
                    }
                }
            };
            let (target, epilogue) = match (elements, shape.following) {
                (Some(_), _) => (
                    Target::of_slots(own as *mut u8, bytes),
                    Some(&bring as Epilogue),
                ),
                (None, Some(_)) => (Target::whole(whole as *mut u8), Some(&bring as Epilogue)),
                (None, None) => (Target::whole(whole as *mut u8), None),
            };
            // SAFETY: the vectors are as long as the shape's layouts say.
            unsafe {
                let [x, w, nothing] = [x, w, &nothing].map(|v| v.as_ptr());
                let (x, w) = (x.offset(first[0]), w.offset(first[1]));
                let scratch = scratch.as_mut_ptr().cast();
                if packed {
                    planned.pack(w.cast(), copy.as_mut_ptr().cast(), scratch);
                }
                let operands = Operands {
                    packed: packed.then(|| copy.as_ptr().cast()),
                    ..Operands::new(x.cast(), nothing.offset(first[1]).cast())
                };
                planned.run(operands, target, scratch, epilogue);
            }
            let after = &copy[planned.packed_bytes() / 64..];
            assert!(
                after.iter().all(|line| *line == [0x7f; 64]),
                "written behind the packed kernel: {shape:?}"
            );
            let once = seen.lock().unwrap().iter().all(|&n| n == 1);
            assert!(
                once || epilogue.is_none(),
                "each element is in one block: {shape:?}"
            );
            let whole = scratch[lines..].iter().all(|line| *line == [0x7f; 64]);
            assert!(whole, "written behind the scratch memory: {shape:?}");
            assert!(
                y.iter().zip(&expected).all(|(a, b)| a.bits() == b.bits()),
                "{name}, {isa:?}, {threads} threads, {lane:?}: {shape:?}"
            );
        }
    }
}

/// A convolution of images of 28 x 28 whose result is followed by so many lines at a time is large enough for bands.
#[test]
fn bands_are_cut_between_lines_that_belong_together() {
    let _alone = alone();
    let mut r = Random(5);
    for (batch, outputs, lines) in [(1, 32, 2), (2, 32, 2), (2, 32, 4), (3, 6, 2), (2, 16, 28)] {
        let axis = Axis {
            size: 28,
            kernel: 3,
            result: 28,
            window: Window {
                stride: 1,
                low: 1,
                input_dilation: 1,
                kernel_dilation: 1,
            },
        };
        let results = 28 * 28 * outputs;
        let shape = Shape {
            groups: 1,
            batch,
            features: 2,
            outputs,
            axes: vec![axis, axis],
            features_first: false,
            winograd: false,
            input: vec![0, 28 * 28 * 2, 28 * 2, 2, 1],
            kernel: vec![
                0,
                3 * 2 * outputs as isize,
                2 * outputs as isize,
                outputs as isize,
                1,
            ],
            result: vec![0, results, 28 * outputs, outputs, 1],
            dtype: DType::F32,
            following: Some(Following {
                lines,
                whole_columns: true,
            }),
        };
        let given = operands::<f32>(&mut r, batch * 28 * 28 * 2, 9 * 2 * outputs);
        check(
            &format!("{lines} lines"),
            &shape,
            &given,
            [0, 0],
            batch * results,
        );
    }
}

#[test]
fn every_convolution_is_its_chains() {
    let _alone = alone();
    compare::<f32>(1, 120);
    compare::<f64>(2, 40);
    compare::<bf16>(3, 40);
    compare::<f16>(4, 20);
}

#[test]
fn between_dilated_neighbours_nothing_takes_part() {
    let _alone = alone();
    let shape = Shape {
        groups: 1,
        batch: 1,
        features: 1,
        outputs: 1,
        axes: vec![Axis {
            size: 2,
            kernel: 2,
            result: 4,
            window: Window {
                stride: 1,
                low: 1,
                input_dilation: 2,
                kernel_dilation: 1,
            },
        }],
        features_first: false,
        winograd: false,
        input: vec![2, 2, 1, 1],
        kernel: vec![2, 1, 1, 1],
        result: vec![4, 4, 1, 1],
        dtype: DType::F32,
        following: None,
    };
    let (x, w, mut y) = ([1.0f32, 2.0], [f32::INFINITY, 3.0], [0.0f32; 4]);
    let planned = Convolution::new(shape, Isa::best()).unwrap();
    let mut scratch = vec![[0u8; 64]; planned.scratch_bytes().div_ceil(64)];
    // SAFETY: the arrays are as long as the shape says.
    unsafe {
        planned.run(
            Operands::new(x.as_ptr().cast(), w.as_ptr().cast()),
            Target::whole(y.as_mut_ptr().cast()),
            scratch.as_mut_ptr().cast(),
            None,
        );
    }
    assert_eq!(y, [3.0, f32::INFINITY, 6.0, f32::INFINITY]);
}
