//! From each window the element at a given place.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Sample, Tensor, Type,
    families::{
        Batched, Flows, align,
        element_types::ElementTypes,
        samples::counting,
        sliding::Sliding,
        windows::{Places, Window, Windows, stablehlo_places},
        with_integers, with_numbers,
    },
    kernel::{call_items, evaluate},
    op::apply1,
    ops::window_put::WindowPut,
};
use bouton_ir as ir;
use std::ops::Range;

/// Inputs: elements, and for each window the number of a place. Each result is the element there; 0 where there is
/// none. The tangents of [`Tensor::max_pool`] are made of it.
#[derive(Debug, Clone)]
pub(crate) struct WindowTake {
    pub windows: Windows,
}

impl WindowTake {
    fn form(&self, x: &Type, y: &Type) -> ir::Form {
        let places = Places::of_input(&self.windows, &x.shape, &y.shape);
        let index = self.windows.index_type();
        let (dtype, cost) = (x.dtype, 4 * places.row * self.windows.places());
        call_items(self, places.rows(), cost, move |rows, x, y| {
            with_numbers!(dtype, T => with_integers!(index, I => {
                take::<T, I>(&places, rows, x[0].slice(), x[1].slice(), y[0].slice());
            }));
        })
    }
}

fn take<T: Element, I: Element>(
    places: &Places,
    rows: Range<usize>,
    x: &[T],
    index: &[I],
    y: &mut [T],
) {
    let mut here = places.window(rows.start);
    for (row, y) in rows.zip(y.chunks_exact_mut(places.row.max(1))) {
        y.fill(T::default());
        let index = &index[places.of(row)];
        here.each(|place, at| {
            let (x, place) = (&x[places.of(at)], I::from_i128(place as i128));
            for ((y, &index), &x) in y.iter_mut().zip(index).zip(x) {
                // Read before the choice, or every element is a branch.
                let old = *y;
                *y = if index == place { x } else { old };
            }
        });
        here.advance();
    }
}

/// Elements and the numbers of places: types and shapes.
pub(crate) fn check(windows: &Windows, x: &[&Type]) -> Result<(), Fault> {
    ElementTypes::Numbers.check(x[0].dtype)?;
    let wanted = windows.index_type();
    match x[1].dtype == wanted {
        true => Ok(()),
        false => Err(Fault::dtype(format!(
            "input 1 must be {wanted}, the numbers of the {} places of a window; it is {}",
            windows.places(),
            x[1].dtype
        ))),
    }
}

impl Op for WindowTake {
    fn name(&self) -> &'static str {
        "window_take"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        check(&self.windows, x)?;
        let y = x[0].with_shape(self.windows.result(x[0])?);
        match y.shape == x[1].shape {
            true => Ok(vec![y]),
            false => Err(Fault::shape(format!(
                "input 1 must have an element for each window, {}; it has {}",
                y.shape, x[1].shape
            ))),
        }
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), &y[0]), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(input)) = (&dy[0], x[0].shape()) else {
            return Ok(vec![None, None]);
        };
        let (windows, input) = (self.windows.clone(), input.to_vec());
        let put = apply1(WindowPut { windows, input }, &[d, &x[1]]);
        Ok(vec![Some(put), None])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let take = |d| apply1(self.clone(), &[d, &x[1]]);
        Ok(vec![dx[0].as_ref().map(take)])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        let windows = self.windows.behind();
        Ok(vec![(
            apply1(WindowTake { windows }, &[&x[0], &x[1]]),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let zero = if y[0].dtype.is_float() { "0.0" } else { "0" };
        let mut text = stablehlo_places(&self.windows, x[0], xt[0], zero, &y[0]);
        let (t, at) = (y[0].stablehlo(), xt[1].stablehlo());
        let truth = y[0].with_dtype(DType::Bool).stablehlo();
        let kind = if xt[1].dtype == DType::U8 {
            "UNSIGNED"
        } else {
            "SIGNED"
        };
        text += &format!("%y0 = stablehlo.constant dense<{zero}> : {t}\n");
        let count = self.windows.places();
        for i in 0..count {
            let to = if i + 1 == count {
                "0".to_string()
            } else {
                format!("y{}", i + 1)
            };
            text += &format!(
                "%i{i} = stablehlo.constant dense<{i}> : {at}\n\
                 %b{i} = stablehlo.compare EQ, {index}, %i{i}, {kind} : ({at}, {at}) -> {truth}\n\
                 %{to} = stablehlo.select %b{i}, %p{i}, %y{i} : {truth}, {t}\n",
                index = x[1],
            );
        }
        text.trim_end().to_string()
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), &y[0]);
        b.step(form, x, y)
    }
}

/// Shapes of elements, and the windows on them.
pub(crate) fn cases() -> Vec<(&'static [usize], Windows)> {
    let window = |size, moves| Window { size, moves };
    let halves = window(2, Sliding::new(2, 0, 0, 1, 1));
    vec![
        (&[], Windows(vec![])),
        (&[1], Windows(vec![Window::POINT])),
        (&[6], Windows(vec![halves])),
        (
            &[2, 4, 2, 3],
            Windows(vec![Window::POINT, halves, halves, Window::POINT]),
        ),
        (
            &[2, 5, 3],
            Windows(vec![
                Window::POINT,
                window(3, Sliding::new(2, 1, 0, 1, 2)),
                Window::POINT,
            ]),
        ),
        (
            &[4, 5],
            Windows(vec![
                window(2, Sliding::PLAIN),
                window(3, Sliding::new(1, 1, -1, 2, 1)),
            ]),
        ),
        (
            &[0, 3],
            Windows(vec![Window::POINT, window(2, Sliding::PLAIN)]),
        ),
    ]
}

/// Numbers of places, some of which do not exist.
pub(crate) fn some_places(windows: &Windows, shape: &[usize]) -> Option<Array> {
    let n: usize = shape.iter().product();
    let places = windows.places();
    let values: Vec<f64> = (0..n)
        .map(|i| ((i * 7 + i / 3) % (places + 1)) as f64)
        .collect();
    Some(
        Array::from_vec(shape, values)
            .ok()?
            .cast(windows.index_type()),
    )
}

pub(crate) const ENTRY: Entry = Entry {
    name: "window_take",
    samples: || {
        let sample = |t, (shape, windows): (&[usize], Windows)| {
            let x = counting(t, shape)?;
            let at = some_places(&windows, &windows.result(x.ty()).ok()?)?;
            Some(Sample::new(WindowTake { windows }, [x, at]))
        };
        let types = ElementTypes::Numbers.samples();
        let again = types[1..].iter().map(|&t| (t, cases().swap_remove(4)));
        let all = cases().into_iter().map(|c| (DType::F64, c)).chain(again);
        all.filter_map(|(t, c)| sample(t, c)).collect()
    },
    faults: || {
        let (x, at) = (
            Tensor::zeros(DType::F32, [3]),
            Tensor::zeros(DType::I32, [2]),
        );
        let apply = |x: &Tensor, at: &Tensor| {
            let windows = Windows(vec![Window {
                size: 2,
                ..Window::POINT
            }]);
            apply1(WindowTake { windows }, &[x, at])
        };
        vec![
            (
                apply(&x, &at),
                "input 1 must be u8, the numbers of the 2 places of a window; it is i32",
            ),
            (
                apply(&x, &x.convert(DType::U8)),
                "input 1 must have an element for each window, [2]; it has [3]",
            ),
            (
                apply(&x.convert(DType::Bool), &at),
                "the element type must be a number, not bool",
            ),
        ]
    },
};
