//! One element from each window put back at a given place, elements that meet added up.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type, bf16, f16,
    families::{
        Batched, Flows, align,
        element_types::ElementTypes,
        samples::counting,
        window_sums::{in_f32, in_the_type},
        windows::{Places, Window, Windows, stablehlo_put},
        with_integers, with_numbers,
    },
    kernel::{call_items, evaluate},
    op::apply1,
    ops::window_take::{WindowTake, cases, check, some_places},
};
use bouton_array::{Element, scalar::Arithmetic};
use bouton_ir as ir;
use std::ops::Range;

/// Inputs: an element for each window, and the number of a place. The result has the shape that the windows move over:
/// each element is the sum from 0, over the places of a window in order, of what is put there. Halves are summed in
/// `f32` and rounded once. The gradient of [`Tensor::max_pool`].
#[derive(Debug, Clone)]
pub(crate) struct WindowPut {
    pub windows: Windows,
    /// The result's shape.
    pub input: Vec<usize>,
}

impl WindowPut {
    fn form(&self, x: &Type, y: &Type) -> ir::Form {
        let places = Places::of_result(&self.windows, &y.shape, &x.shape);
        let index = self.windows.index_type();
        let (dtype, cost) = (x.dtype, 4 * places.row * self.windows.places());
        call_items(self, places.rows(), cost, move |rows, x, y| {
            with_integers!(index, I => {
                let (index, y) = (x[1].slice::<I>(), &mut y[0]);
                let here = |place: usize| I::from_i128(place as i128);
                match dtype {
                    DType::BF16 => in_f32(&places, rows, y.slice(), bf16::from_f32, |sums, place, from| {
                        put(sums, here(place), (&x[0].slice()[from..], &index[from..]), |s, d: bf16| s + d.to_f32());
                    }),
                    DType::F16 => in_f32(&places, rows, y.slice(), f16::from_f32, |sums, place, from| {
                        put(sums, here(place), (&x[0].slice()[from..], &index[from..]), |s, d: f16| s + d.to_f32());
                    }),
                    _ => with_numbers!(dtype, T => in_the_type(&places, rows, y.slice(), |sums, place, from| {
                        put(sums, here(place), (&x[0].slice()[from..], &index[from..]), |s: T, d| Arithmetic::add(s, d));
                    })),
                }
            });
        })
    }

    /// Windows that lie side by side and cover everything: for each axis up to the last that is not all points, its size
    /// and the window's.
    fn side_by_side(&self) -> Option<Vec<(usize, usize)>> {
        let axes = || self.windows.0.iter().zip(&self.input);
        let last = axes().rposition(|(w, _)| w.size > 1)?;
        let tiles = axes().all(|(w, &n)| w.tiles(n));
        tiles.then(|| axes().take(last + 1).map(|(w, &n)| (n, w.size)).collect())
    }

    /// Every element of the result has one window: it is written once.
    fn form_side_by_side(&self, axes: Vec<(usize, usize)>, y: &Type) -> ir::Form {
        let (index, dtype) = (self.windows.index_type(), y.dtype);
        let lines = axes[..axes.len() - 1].iter().map(|a| a.0).product();
        let row = y.shape[axes.len()..].iter().product::<usize>().max(1);
        let cost = axes[axes.len() - 1].0 * row;
        call_items(self, lines, cost, move |lines, x, y| {
            with_integers!(index, I => {
                let (index, y) = (x[1].slice::<I>(), &mut y[0]);
                match dtype {
                    DType::BF16 => spread(&axes, row, lines, (x[0].slice(), index), y.slice(), |d: bf16| bf16::from_f32(0.0 + d.to_f32())),
                    DType::F16 => spread(&axes, row, lines, (x[0].slice(), index), y.slice(), |d: f16| f16::from_f32(0.0 + d.to_f32())),
                    _ => with_numbers!(dtype, T => {
                        spread(&axes, row, lines, (x[0].slice(), index), y.slice(), |d: T| Arithmetic::add(T::default(), d));
                    }),
                }
            });
        })
    }
}

/// Lines of the result, along the last of the axes, of windows side by side: size and window of each axis.
fn spread<T: Element, I: Element>(
    axes: &[(usize, usize)],
    row: usize,
    lines: Range<usize>,
    (d, index): (&[T], &[I]),
    y: &mut [T],
    from_zero: impl Fn(T) -> T,
) {
    let Some((&(width, size), outer)) = axes.split_last() else {
        return;
    };
    for (line, y) in lines.zip(y.chunks_exact_mut((width * row).max(1))) {
        // The first window of the line, and the number of its first place here.
        let (mut rest, mut window, mut windows) = (line, 0, width / size);
        let (mut place, mut places) = (0, size);
        for &(n, size) in outer.iter().rev() {
            let at = rest % n;
            window += at / size * windows;
            place += at % size * places;
            rest /= n;
            windows *= n / size;
            places *= size;
        }
        for (i, y) in y.chunks_exact_mut(size * row).enumerate() {
            let from = (window + i) * row;
            for (k, y) in y.chunks_exact_mut(row).enumerate() {
                let place = I::from_i128((place + k) as i128);
                let terms = d[from..][..row].iter().zip(&index[from..][..row]);
                for (y, (&d, &index)) in y.iter_mut().zip(terms) {
                    let here = from_zero(d);
                    *y = if index == place { here } else { T::default() };
                }
            }
        }
    }
}

/// Adds to `sums` what is put at this place.
#[inline(always)]
fn put<S: Copy, T: Copy, I: Copy + PartialEq>(
    sums: &mut [S],
    place: I,
    (d, index): (&[T], &[I]),
    add: impl Fn(S, T) -> S,
) {
    let n = sums.len();
    for ((sum, &d), &index) in sums.iter_mut().zip(&d[..n]).zip(&index[..n]) {
        // Read before the choice, or every element is a branch.
        let (old, more) = (*sum, add(*sum, d));
        *sum = if index == place { more } else { old };
    }
}

impl Op for WindowPut {
    fn name(&self) -> &'static str {
        "window_put"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        check(&self.windows, x)?;
        let y = x[0].with_shape(&self.input[..]);
        let windows = self.windows.result(&y)?;
        for (i, t) in x.iter().enumerate() {
            if t.shape != windows {
                return Err(Fault::shape(format!(
                    "input {i} must have an element for each window, {windows}; it has {}",
                    t.shape
                )));
            }
        }
        Ok(vec![y])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), &y[0]), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let windows = self.windows.clone();
        let take = |d| apply1(WindowTake { windows }, &[d, &x[1]]);
        Ok(vec![dy[0].as_ref().map(take), None])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let put = |d| apply1(self.clone(), &[d, &x[1]]);
        Ok(vec![dx[0].as_ref().map(put)])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        let size = x[0].shape().map_or(0, |s| s[0]);
        let op = WindowPut {
            windows: self.windows.behind(),
            input: std::iter::once(size)
                .chain(self.input.iter().copied())
                .collect(),
        };
        Ok(vec![(apply1(op, &[&x[0], &x[1]]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        stablehlo_put(&self.windows, &self.input, x, xt, &y[0])
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let d = b.ty(x[0]).clone();
        let form = match self.side_by_side() {
            Some(axes) => self.form_side_by_side(axes, &y[0]),
            None => self.form(&d, &y[0]),
        };
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "window_put",
    samples: || {
        let sample = |t, (input, windows): (&[usize], Windows)| {
            let result = windows.result(&Type::new(t, input)).ok()?;
            let inputs = [counting(t, &result)?, some_places(&windows, &result)?];
            let input = input.to_vec();
            Some(Sample::new(WindowPut { windows, input }, inputs))
        };
        let types = ElementTypes::Numbers.samples();
        let again = types[1..].iter().map(|&t| (t, cases().swap_remove(4)));
        let all = cases().into_iter().map(|c| (DType::F64, c)).chain(again);
        all.filter_map(|(t, c)| sample(t, c)).collect()
    },
    faults: || {
        let (d, at) = (
            Tensor::zeros(DType::F32, [2]),
            Tensor::zeros(DType::U8, [2]),
        );
        let apply = |input: usize, d: &Tensor| {
            let windows = Windows(vec![Window {
                size: 2,
                ..Window::POINT
            }]);
            apply1(
                WindowPut {
                    windows,
                    input: vec![input],
                },
                &[d, &at],
            )
        };
        vec![
            (
                apply(4, &d),
                "input 0 must have an element for each window, [3]; it has [2]",
            ),
            (
                apply(3, &d.convert(DType::Bool)),
                "the element type must be a number, not bool",
            ),
        ]
    },
};
