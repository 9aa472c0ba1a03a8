//! Sums of all elements so far.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Sample, Tensor, Type,
    axes::{axis_in, size_of},
    bf16, f16,
    families::{
        Batched, Flows,
        element_types::ElementTypes,
        lanes::{Lanes, lanes},
        samples::counting,
        with_numbers,
    },
    kernel::evaluate,
    op::apply1,
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// At each position the sum of the elements up to it along `axis`; negative counts from the end.
    ///
    /// # Types
    /// `bool` and integers of less than 32 bits are widened to 32, as in [`Tensor::sum`]; halves add in `f32`, and each
    /// sum is rounded once.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3].cumulative_sum(0)), "i32[3] [1, 3, 6]");
    /// ```
    ///
    /// Nx's `cumulative_sum`, NumPy's `cumsum`.
    #[track_caller]
    pub fn cumulative_sum(&self, axis: i32) -> Tensor {
        match axis_in(self, "cumulative_sum", axis) {
            Ok(axis) => apply1(CumulativeSum::new(axis, false), &[&self.aggregate()]),
            Err(e) => e,
        }
    }
}

#[derive(Debug, Clone)]
struct CumulativeSum {
    axis: usize,
    /// From the end.
    reverse: bool,
}

impl CumulativeSum {
    fn new(axis: usize, reverse: bool) -> CumulativeSum {
        CumulativeSum { axis, reverse }
    }

    fn form(&self, x: &Type) -> ir::Form {
        let dtype = x.dtype;
        lanes(
            self,
            x,
            self.axis,
            self.reverse,
            2,
            move |lanes, x, y| match dtype {
                DType::BF16 => add_up(lanes, x, y, |s, h: bf16| s + h.to_f32(), bf16::from_f32),
                DType::F16 => add_up(lanes, x, y, |s, h: f16| s + h.to_f32(), f16::from_f32),
                _ => {
                    with_numbers!(dtype, T => add_up(lanes, x, y, |s, x: T| Arithmetic::add(s, x), |s| s))
                }
            },
        )
    }
}

fn add_up<T: Element, S: Copy + Default>(
    lanes: Lanes,
    x: &[ir::View],
    y: &mut [ir::ViewMut],
    add: impl Fn(S, T) -> S,
    round: impl Fn(S) -> T,
) {
    let (x, y) = (x[0].slice::<T>(), y[0].slice::<T>());
    if let Some(alone) = lanes.alone() {
        for lane in alone {
            let mut sum = S::default();
            for (from, to) in lane {
                sum = add(sum, x[from]);
                y[to] = round(sum);
            }
        }
        return;
    }
    let mut sums = vec![S::default(); lanes.inner];
    for (i, from, to) in lanes.rows() {
        if i == 0 {
            sums.fill(S::default());
        }
        for ((x, y), sum) in x[from].iter().zip(&mut y[to]).zip(&mut sums) {
            *sum = add(*sum, *x);
            *y = round(*sum);
        }
    }
}

impl Op for CumulativeSum {
    fn name(&self) -> &'static str {
        "cumulative_sum"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(x[0].dtype)?;
        size_of(x[0], self.axis)?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let back = CumulativeSum::new(self.axis, !self.reverse);
        Ok(vec![dy[0].as_ref().map(|d| apply1(back, &[d]))])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(vec![dx[0].as_ref().map(|d| apply1(self.clone(), &[d]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let extra = axes[0].unwrap_or(0);
        let axis = self.axis + usize::from(self.axis >= extra);
        Ok(vec![(
            apply1(CumulativeSum { axis, ..*self }, &[&x[0]]),
            Some(extra),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (t, scalar) = (xt[0].stablehlo(), Type::scalar(xt[0].dtype).stablehlo());
        let n = xt[0].shape[self.axis];
        if n == 0 {
            return format!("%0 = stablehlo.optimization_barrier {} : {t}", x[0]);
        }
        let zero = if xt[0].dtype.is_float() { "0.0" } else { "0" };
        let per_axis = |here: String, other: &str| -> String {
            let entries = (0..xt[0].rank()).map(|a| {
                if a == self.axis {
                    here.clone()
                } else {
                    other.to_string()
                }
            });
            entries.collect::<Vec<_>>().join(", ")
        };
        let padding = if self.reverse {
            format!("[0, {}]", n - 1)
        } else {
            format!("[{}, 0]", n - 1)
        };
        format!(
            "%start = stablehlo.constant dense<{zero}> : {scalar}\n\
             %0 = \"stablehlo.reduce_window\"({}, %start) ({{ ^bb0(%a: {scalar}, %b: {scalar}): %sum = stablehlo.add %a, %b : {scalar} \
             stablehlo.return %sum : {scalar} }}) {{window_dimensions = array<i64: {}>, padding = dense<[{}]> : tensor<{}x2xi64>}} : \
             ({t}, {scalar}) -> {}",
            x[0],
            per_axis(n.to_string(), "1"),
            per_axis(padding, "[0, 0]"),
            xt[0].rank(),
            y[0].stablehlo(),
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "cumulative_sum",
    samples: || {
        let cases: [(&[usize], usize); 6] = [
            (&[4], 0),
            (&[2, 3], 1),
            (&[2, 3, 2], 1),
            (&[1], 0),
            (&[0], 0),
            (&[2, 0], 1),
        ];
        let sample = |dtype, reverse, (shape, axis): (&[usize], usize)| {
            Some(Sample::new(
                CumulativeSum { axis, reverse },
                [counting(dtype, shape)?],
            ))
        };
        let types = ElementTypes::Numbers.samples();
        let all = cases
            .into_iter()
            .flat_map(|c| [sample(DType::F64, false, c), sample(DType::F64, true, c)])
            .flatten();
        all.chain(types[1..].iter().flat_map(|&t| sample(t, false, cases[2])))
            .collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        let yes = Tensor::full(DType::Bool, [2], true);
        vec![
            (
                x.cumulative_sum(2),
                "axis 2 does not exist; axes run from -2 to 1",
            ),
            (
                apply1(CumulativeSum::new(2, false), &[&x]),
                "axis 2 does not exist; there are 2",
            ),
            (
                apply1(CumulativeSum::new(0, false), &[&yes]),
                "the element type must be a number, not bool",
            ),
        ]
    },
};
