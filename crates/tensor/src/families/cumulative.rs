//! Which element so far is preferred to all others so far; all rules follow from the preference.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Sample, Tensor, Type,
    axes::counted_size_of,
    families::{
        Batched, Flows,
        arg_reduction::{ArgReduction, preference, wins},
        element_types::ElementTypes,
        lanes::{Lanes, lanes},
        samples::counting,
        with_numbers,
    },
    kernel::evaluate,
    op::apply1,
};
use bouton_ir as ir;
use std::{
    fmt::{self, Debug},
    marker::PhantomData,
};

/// A preference among elements, as for a reduction, and the name of the operation that follows it along an axis.
pub(crate) trait Cumulative: ArgReduction {
    const CUMULATIVE: &'static str;
}

struct CumulativeArg<R> {
    axis: usize,
    member: PhantomData<R>,
}

impl<R: Cumulative> Debug for CumulativeArg<R> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {{ axis: {} }}", R::CUMULATIVE, self.axis)
    }
}

/// At each position along an axis the index of the preferred element up to it.
#[track_caller]
pub(crate) fn cumulative_arg<R: Cumulative>(x: &Tensor, axis: usize) -> Tensor {
    let member = PhantomData;
    apply1(CumulativeArg::<R> { axis, member }, &[x])
}

impl<R: Cumulative> CumulativeArg<R> {
    fn form(&self, x: &Type) -> ir::Form {
        let dtype = x.dtype;
        lanes(self, x, self.axis, false, 2, move |lanes, x, y| {
            with_numbers!(dtype, T => follow::<R, T>(lanes, x[0].slice(), y[0].slice()));
        })
    }
}

fn follow<R: Cumulative, T: Element>(lanes: Lanes, x: &[T], y: &mut [i32]) {
    let mut best = vec![(0, T::default()); lanes.inner];
    for (i, from, to) in lanes.rows() {
        for ((&x, y), best) in x[from].iter().zip(&mut y[to]).zip(&mut best) {
            if i == 0 || wins::<R, T>(x, best.1) {
                *best = (i as i32, x);
            }
            *y = best.0;
        }
    }
}

impl<R: Cumulative> Op for CumulativeArg<R> {
    fn name(&self) -> &'static str {
        R::CUMULATIVE
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(x[0].dtype)?;
        counted_size_of(x[0], self.axis)?;
        Ok(vec![x[0].with_dtype(DType::I32)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let extra = axes[0].unwrap_or(0);
        let axis = self.axis + usize::from(self.axis >= extra);
        Ok(vec![(cumulative_arg::<R>(&x[0], axis), Some(extra))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        // A window that reaches from the first element to each, over pairs of value and index.
        let n = xt[0].shape[self.axis];
        let per_axis = |at: String, else_: &str| {
            let each = (0..xt[0].rank()).map(|a| {
                if a == self.axis {
                    at.clone()
                } else {
                    else_.into()
                }
            });
            each.collect::<Vec<String>>().join(", ")
        };
        let element = Type::scalar(xt[0].dtype).stablehlo();
        let index = Type::scalar(DType::I32).stablehlo();
        let (t, i) = (xt[0].stablehlo(), y[0].stablehlo());
        format!(
            "%index = stablehlo.iota dim = {axis} : {i}\n\
             %start = stablehlo.constant dense<{start}> : {element}\n\
             %none = stablehlo.constant dense<0> : {index}\n\
             %pairs:2 = \"stablehlo.reduce_window\"({x}, %index, %start, %none) ({{\n\
             \x20 ^bb0(%a: {element}, %i: {index}, %b: {element}, %j: {index}):\n\
             {preference}\
             }}) {{window_dimensions = array<i64: {window}>, \
             padding = dense<[{padding}]> : tensor<{rank}x2xi64>}} : ({t}, {i}, {element}, {index}) -> ({t}, {i})\n\
             %0 = stablehlo.optimization_barrier %pairs#1 : {i}",
            axis = self.axis,
            start = R::start(xt[0].dtype),
            preference = preference::<R>(xt[0].dtype),
            window = per_axis(n.max(1).to_string(), "1"),
            padding = per_axis(format!("[{}, 0]", n.max(1) - 1), "[0, 0]"),
            rank = xt[0].rank(),
            x = x[0],
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const fn entry<R: Cumulative>() -> Entry {
    Entry {
        name: R::CUMULATIVE,
        samples: samples::<R>,
        faults: faults::<R>,
    }
}

fn of<R: Cumulative>(axis: usize) -> CumulativeArg<R> {
    let member = PhantomData;
    CumulativeArg { axis, member }
}

fn samples<R: Cumulative>() -> Vec<Sample> {
    let cases: [(&[usize], usize); 7] = [
        (&[5], 0),
        (&[3, 4], 0),
        (&[3, 4], 1),
        (&[2, 3, 2], 1),
        (&[1], 0),
        (&[0], 0),
        (&[2, 0], 1),
    ];
    let sample = |dtype, (shape, axis): (&[usize], usize)| {
        // Up and down, with repetitions.
        let x = counting(DType::F64, shape)?.to_f64_vec();
        let mixed: Vec<f64> = x.iter().map(|v| (v * 7.0).rem_euclid(3.0)).collect();
        let x = Array::from_vec(shape, mixed).ok()?.cast(dtype);
        Some(Sample::new(of::<R>(axis), [x]))
    };
    let types = [DType::F32, DType::U8, DType::BF16, DType::I64];
    let of_shapes = cases.into_iter().flat_map(|c| sample(DType::F64, c));
    let of_types = types.iter().flat_map(|&t| sample(t, cases[2]));
    let nan = Array::from_vec([4], vec![1.0, f64::NAN, 0.0, 2.0]);
    let nan = nan.map(|x| Sample::new(of::<R>(0), [x]));
    of_shapes.chain(of_types).chain(nan).collect()
}

fn faults<R: Cumulative>() -> Vec<(Tensor, &'static str)> {
    let x = Tensor::zeros(DType::F32, [2, 3]);
    let truths = Tensor::zeros(DType::Bool, [2]);
    vec![
        (
            cumulative_arg::<R>(&x, 2),
            "axis 2 does not exist; there are 2",
        ),
        (
            cumulative_arg::<R>(&truths, 0),
            "the element type must be a number, not bool",
        ),
    ]
}
