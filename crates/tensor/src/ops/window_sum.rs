//! Sums of what lies under windows.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type, bf16, f16,
    families::{
        Batched, Flows,
        element_types::ElementTypes,
        samples::counting,
        sliding::Sliding,
        window_sums::{in_f32, in_the_type},
        windows::{Places, Window, Windows, stablehlo_places},
        with_numbers,
    },
    kernel::{call_items, evaluate},
    op::apply1,
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

/// Each result is the sum, from 0 and in row-major order, of what lies under its window; users call
/// [`Tensor::sum_pool`] and [`Tensor::avg_pool`]. Halves are summed in `f32` and rounded once.
///
/// StableHLO's `reduce_window` of a sum.
#[derive(Debug, Clone)]
pub(crate) struct WindowSum {
    pub windows: Windows,
}

/// Adds a row to `sums`.
#[inline(always)]
fn add_up<S: Copy, T: Copy>(sums: &mut [S], x: &[T], add: impl Fn(S, T) -> S) {
    let n = sums.len();
    for (sum, &x) in sums.iter_mut().zip(&x[..n]) {
        *sum = add(*sum, x);
    }
}

impl WindowSum {
    fn form(&self, x: &Type, y: &Type) -> ir::Form {
        let places = Places::of_input(&self.windows, &x.shape, &y.shape);
        let (dtype, cost) = (x.dtype, places.row * self.windows.places());
        call_items(self, places.rows(), cost, move |rows, x, y| {
            let y = &mut y[0];
            match dtype {
                DType::BF16 => in_f32(&places, rows, y.slice(), bf16::from_f32, |sums, _, from| {
                    add_up(sums, &x[0].slice()[from..], |s, x: bf16| s + x.to_f32());
                }),
                DType::F16 => in_f32(&places, rows, y.slice(), f16::from_f32, |sums, _, from| {
                    add_up(sums, &x[0].slice()[from..], |s, x: f16| s + x.to_f32());
                }),
                _ => {
                    with_numbers!(dtype, T => in_the_type(&places, rows, y.slice(), |sums, _, from| {
                        add_up(sums, &x[0].slice()[from..], |s: T, x| Arithmetic::add(s, x));
                    }))
                }
            }
        })
    }

    /// For each axis how often every element comes, side by side, where that is all that the windows do: such is the
    /// gradient of windows that do not overlap.
    fn repeats(&self) -> Option<Vec<usize>> {
        let often = |w: &Window| {
            let around = w.size as i64 - 1;
            let spread = Sliding::new(1, around, around, w.size, 1);
            (w.moves == spread).then_some(w.size)
        };
        self.windows.0.iter().map(often).collect()
    }
}

impl Op for WindowSum {
    fn name(&self) -> &'static str {
        "window_sum"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(x[0].dtype)?;
        Ok(vec![x[0].with_shape(self.windows.result(x[0])?)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), &y[0]), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(input), Ok(result)) = (&dy[0], x[0].shape(), y[0].shape()) else {
            return Ok(vec![None]);
        };
        let windows = self.windows.transposed(&input, &result);
        Ok(vec![Some(apply1(WindowSum { windows }, &[d]))])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(vec![dx[0].as_ref().map(|d| apply1(self.clone(), &[d]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let windows = self.windows.behind();
        let x = x[0].bring(axes[0].unwrap_or(0), 0);
        Ok(vec![(apply1(WindowSum { windows }, &[&x]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let zero = if y[0].dtype.is_float() { "0.0" } else { "0" };
        let mut text = stablehlo_places(&self.windows, x[0], xt[0], zero, &y[0]);
        let t = y[0].stablehlo();
        text += &format!("%s0 = stablehlo.constant dense<{zero}> : {t}\n");
        let count = self.windows.places();
        for i in 0..count {
            let to = if i + 1 == count {
                "0".to_string()
            } else {
                format!("s{}", i + 1)
            };
            text += &format!("%{to} = stablehlo.add %s{i}, %p{i} : {t}\n");
        }
        text.trim_end().to_string()
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let y = &y[0];
        let wide = !matches!(y.dtype, DType::BF16 | DType::F16);
        let add = ir::Form::Binary(ir::Binary::Add);
        let nothing = |b: &mut ir::Builder| {
            let zero = ir::Form::Constant(0);
            let zero = b.one(zero, &[], &Type::scalar(y.dtype));
            b.one(ir::Form::Broadcast { axes: vec![] }, &[zero], y)
        };
        if let (true, Some(often)) = (wide, self.repeats()) {
            // Every element beside itself: an axis behind each.
            let shape = b.ty(x[0]).shape.to_vec();
            let both = shape.iter().zip(&often).flat_map(|(&n, &k)| [n, k]);
            let spread = y.with_shape(both.collect::<Vec<_>>());
            let axes = (0..shape.len()).map(|a| 2 * a).collect();
            let spread = b.one(ir::Form::Broadcast { axes }, x, &spread);
            let spread = b.one(ir::Form::Reshape, &[spread], y);
            let zero = nothing(b);
            return vec![b.one(add, &[zero, spread], y)];
        }
        if let (true, Some(slices)) = (wide, self.windows.slices()) {
            let mut sum = nothing(b);
            for (start, stride) in slices {
                let part = b.one(ir::Form::Slice { start, stride }, x, y);
                sum = b.one(add.clone(), &[sum, part], y);
            }
            return vec![sum];
        }
        let form = self.form(b.ty(x[0]), y);
        b.step(form, x, std::slice::from_ref(y))
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "window_sum",
    samples: || {
        let window = |size, moves| Window { size, moves };
        let cases: Vec<(&[usize], Vec<Window>)> = vec![
            (&[], vec![]),
            (&[1], vec![Window::POINT]),
            (&[6], vec![window(2, Sliding::new(2, 0, 0, 1, 1))]),
            (
                &[2, 3],
                vec![Window::POINT, window(2, Sliding::new(1, 1, 1, 2, 1))],
            ),
            (
                &[2, 5, 3],
                vec![
                    Window::POINT,
                    window(3, Sliding::new(2, 1, 0, 1, 2)),
                    Window::POINT,
                ],
            ),
            (
                &[4, 5],
                vec![
                    window(2, Sliding::PLAIN),
                    window(3, Sliding::new(1, 1, -1, 1, 1)),
                ],
            ),
            (&[0, 3], vec![Window::POINT, window(2, Sliding::PLAIN)]),
            (&[2, 1], vec![window(3, Sliding::PLAIN), Window::POINT]),
        ];
        let types = ElementTypes::Numbers.samples();
        let again = types[1..].iter().map(|&t| (t, cases[4].clone()));
        let all = cases.iter().map(|c| (DType::F64, c.clone())).chain(again);
        all.filter_map(|(t, (shape, windows))| {
            let windows = Windows(windows);
            Some(Sample::new(WindowSum { windows }, [counting(t, shape)?]))
        })
        .collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        let apply = |windows: &[Window], x: &Tensor| {
            let windows = Windows(windows.to_vec());
            apply1(WindowSum { windows }, &[x])
        };
        let none = Window {
            size: 0,
            ..Window::POINT
        };
        vec![
            (
                apply(&[Window::POINT], &x),
                "there must be a window for each of the 2 axes; there are 1",
            ),
            (
                apply(&[Window::POINT, none], &x),
                "windows must have at least 1 place; that of axis 1 has none",
            ),
            (
                apply(&[Window::POINT; 2], &x.convert(DType::Bool)),
                "the element type must be a number, not bool",
            ),
        ]
    },
};
