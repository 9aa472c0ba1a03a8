//! Where along an axis an element is that a member prefers to all others; all rules follow from the preference.
use crate::{
    Array, Axes, DType, Element, Entry, Fault, Op, Sample, Tensor, Type,
    axes::counted_size_of,
    families::{element_types::ElementTypes, reduction::restore, with_numbers},
    kernel::{call_items, evaluate},
    op::apply1,
    ops::compare::stablehlo_kind,
};
use bouton_ir as ir;
use std::{
    fmt::{self, Debug},
    marker::PhantomData,
};

/// A preference among elements. NaN is preferred to every number, and the first of equals to the rest.
pub(crate) trait ArgReduction: Debug + Default + Send + Sync + 'static {
    const NAME: &'static str;
    /// The words that refuse an empty axis 1.
    const REFUSES_NOTHING: &'static str;
    /// StableHLO's comparison that holds between a preferred element and another.
    const STABLEHLO: &'static str;
    /// Whether the first number is preferred.
    fn prefers<T: PartialOrd>(a: T, b: T) -> bool;
    /// The value that nothing is worse than, as StableHLO writes it.
    fn start(dtype: DType) -> String;
}

struct ArgReduce<R> {
    axis: usize,
    member: PhantomData<R>,
}

impl<R: ArgReduction> Debug for ArgReduce<R> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {{ axis: {} }}", R::NAME, self.axis)
    }
}

/// The index among all elements in row-major order.
#[track_caller]
pub(crate) fn arg_reduce<R: ArgReduction>(x: &Tensor) -> Tensor {
    apply1(
        ArgReduce::<R> {
            axis: 0,
            member: PhantomData,
        },
        &[&x.flatten()],
    )
}

/// The index along one axis.
#[track_caller]
pub(crate) fn arg_reduce_axis<R: ArgReduction>(x: &Tensor, axes: &Axes) -> Tensor {
    let Ok(rank) = x.rank() else { return x.clone() };
    let axis = match axes.resolve(rank) {
        Ok(axes) if axes.len() == 1 => axes[0],
        Ok(axes) => {
            let fault = Fault::value(format!("one axis must be named, not {}", axes.len()));
            return Tensor::fault(R::NAME, fault, &[x]);
        }
        Err(fault) => return Tensor::fault(R::NAME, fault, &[x]),
    };
    let y = apply1(
        ArgReduce::<R> {
            axis,
            member: PhantomData,
        },
        &[x],
    );
    if axes.keeps() {
        restore(&y, &[axis])
    } else {
        y
    }
}

#[allow(clippy::eq_op)] // only a NaN differs from itself
fn is_nan<T: Element>(x: T) -> bool {
    x != x
}

/// Whether `a` is preferred to `b`, which comes before it.
pub(crate) fn wins<R: ArgReduction, T: Element>(a: T, b: T) -> bool {
    !is_nan(b) && (is_nan(a) || R::prefers(a, b))
}

/// The index of the preferred among `n` elements, `stride` apart.
fn preferred<R: ArgReduction, T: Element>(x: &[T], n: usize, stride: usize) -> i32 {
    if stride == 1 {
        return preferred_neighbour::<R, T>(&x[..n]);
    }
    let (mut best, mut most) = (0, x[0]);
    for i in 1..n {
        if wins::<R, T>(x[i * stride], most) {
            (best, most) = (i, x[i * stride]);
        }
    }
    best as i32
}

/// The index of the preferred among neighbours: first what it is, side by side, then where it is first.
fn preferred_neighbour<R: ArgReduction, T: Element>(x: &[T]) -> i32 {
    const SIDE: usize = 16;
    // Without leaving a block early, so that its elements are looked at together.
    let first = |is: &dyn Fn(&[T]) -> bool, one: &dyn Fn(T) -> bool| {
        let block = x.chunks(SIDE).position(is)?;
        let within = x[block * SIDE..].iter().position(|&x| one(x))?;
        Some((block * SIDE + within) as i32)
    };
    let any_nan = |block: &[T]| block.iter().fold(false, |any, &x| any | is_nan(x));
    if let Some(nan) = first(&any_nan, &is_nan::<T>) {
        return nan;
    }
    let better = |a: T, b: T| if R::prefers(a, b) { a } else { b };
    let mut lanes = [x[0]; SIDE];
    let blocks = x.chunks_exact(SIDE);
    let rest = blocks.remainder();
    for block in blocks {
        for (lane, &x) in lanes.iter_mut().zip(block) {
            *lane = better(x, *lane);
        }
    }
    let most = rest
        .iter()
        .chain(&lanes)
        .fold(x[0], |most, &x| better(x, most));
    let any_most = |block: &[T]| block.iter().fold(false, |any, &x| any | (x == most));
    first(&any_most, &|x| x == most).unwrap_or(0)
}

/// StableHLO's lines that return the preferred of the values `%a` and `%b` with its index, `%i` or `%j`.
pub(crate) fn preference<R: ArgReduction>(dtype: DType) -> String {
    let (word, kind) = (R::STABLEHLO, stablehlo_kind(dtype));
    let [v, i] = [dtype, DType::I32].map(|d| Type::scalar(d).stablehlo());
    format!(
        "\x20   %better = stablehlo.compare {word}, %a, %b, {kind} : ({v}, {v}) -> tensor<i1>\n\
         \x20   %a_nan = stablehlo.compare NE, %a, %a, {kind} : ({v}, {v}) -> tensor<i1>\n\
         \x20   %b_nan = stablehlo.compare NE, %b, %b, {kind} : ({v}, {v}) -> tensor<i1>\n\
         \x20   %b_not = stablehlo.not %b_nan : tensor<i1>\n\
         \x20   %first_nan = stablehlo.and %a_nan, %b_not : tensor<i1>\n\
         \x20   %wins = stablehlo.or %better, %first_nan : tensor<i1>\n\
         \x20   %same = stablehlo.compare EQ, %a, %b, {kind} : ({v}, {v}) -> tensor<i1>\n\
         \x20   %two_nan = stablehlo.and %a_nan, %b_nan : tensor<i1>\n\
         \x20   %alike = stablehlo.or %same, %two_nan : tensor<i1>\n\
         \x20   %lower = stablehlo.compare LT, %i, %j, SIGNED : ({i}, {i}) -> tensor<i1>\n\
         \x20   %tie = stablehlo.and %alike, %lower : tensor<i1>\n\
         \x20   %take = stablehlo.or %wins, %tie : tensor<i1>\n\
         \x20   %value = stablehlo.select %take, %a, %b : tensor<i1>, {v}\n\
         \x20   %at = stablehlo.select %take, %i, %j : tensor<i1>, {i}\n\
         \x20   stablehlo.return %value, %at : {v}, {i}\n"
    )
}

/// Results `at`, alone in `y`, of an input read as `[outer, n, inner]`.
fn fill<R: ArgReduction, T: Element>(
    x: &[T],
    y: &mut [i32],
    at: std::ops::Range<usize>,
    n: usize,
    inner: usize,
) {
    for (y, i) in y.iter_mut().zip(at) {
        let (o, k) = (i / inner, i % inner);
        *y = preferred::<R, T>(&x[o * n * inner + k..], n, inner);
    }
}

impl<R: ArgReduction> ArgReduce<R> {
    fn form(&self, x: &Type) -> ir::Form {
        let (n, dtype) = (x.shape[self.axis], x.dtype);
        let inner: usize = x.shape[self.axis + 1..].iter().product();
        let outer: usize = x.shape[..self.axis].iter().product();
        call_items(self, outer * inner, n, move |at, x, y| {
            with_numbers!(dtype, T => fill::<R, T>(x[0].slice(), y[0].slice(), at, n, inner));
        })
    }
}

impl<R: ArgReduction> Op for ArgReduce<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(x[0].dtype)?;
        if counted_size_of(x[0], self.axis)? == 0 {
            return Err(Fault::shape(format!(
                "axis {} is empty and {} of nothing has no value",
                self.axis,
                R::NAME
            )));
        }
        Ok(vec![Type::new(DType::I32, x[0].shape.without(self.axis))])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![None])
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
        let Some(axis) = axes[0] else {
            return Err(Fault::shape("nothing to batch"));
        };
        let op = ArgReduce::<R> {
            axis: self.axis + 1,
            member: PhantomData,
        };
        Ok(vec![(apply1(op, &[&x[0].bring(axis, 0)]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (axis, dtype) = (self.axis, xt[0].dtype);
        let (t, u, indices) = (
            xt[0].stablehlo(),
            y[0].stablehlo(),
            xt[0].with_dtype(DType::I32).stablehlo(),
        );
        let (v, i) = (
            Type::scalar(dtype).stablehlo(),
            Type::scalar(DType::I32).stablehlo(),
        );
        let (x, start, preference) = (x[0], R::start(dtype), preference::<R>(dtype));
        let values = xt[0].with_shape(xt[0].shape.without(axis)).stablehlo();
        // Preferred: better, or the first NaN; of equals and of several NaN the lower index.
        format!(
            "%index = stablehlo.iota dim = {axis} : {indices}\n\
             %worst = stablehlo.constant dense<{start}> : {v}\n\
             %zero = stablehlo.constant dense<0> : {i}\n\
             %both:2 = stablehlo.reduce({x} init: %worst), (%index init: %zero) across dimensions = [{axis}] : \
             ({t}, {indices}, {v}, {i}) -> ({values}, {u})\n\
             \x20 reducer(%a: {v}, %b: {v}) (%i: {i}, %j: {i}) {{\n\
             {preference}\
             \x20 }}\n\
             %0 = stablehlo.reshape %both#1 : ({u}) -> {u}"
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const fn entry<R: ArgReduction>() -> Entry {
    Entry {
        name: R::NAME,
        samples: samples::<R>,
        faults: faults::<R>,
    }
}

fn samples<R: ArgReduction>() -> Vec<Sample> {
    let sample = |dtype, shape: &[usize], axis| {
        // Every value twice, not in order.
        let n = shape.iter().product::<usize>();
        let values: Vec<f64> = (0..n).map(|i| ((i * 7) % (n + 1) / 2) as f64).collect();
        let x = Array::from_vec(shape, values).ok()?.cast(dtype);
        Some(Sample::new(
            ArgReduce::<R> {
                axis,
                member: PhantomData,
            },
            [x],
        ))
    };
    let with_nan = Array::from_vec([2, 3], vec![1.0, f64::NAN, f64::NAN, 0.0, -0.0, 0.0]);
    let with_nan = with_nan.map(|x| {
        Sample::new(
            ArgReduce::<R> {
                axis: 1,
                member: PhantomData,
            },
            [x],
        )
    });
    let types = ElementTypes::Numbers
        .samples()
        .into_iter()
        .map(|dtype| sample(dtype, &[3, 4], 1));
    let cases: [(&[usize], usize); 5] = [
        (&[1], 0),
        (&[7], 0),
        (&[3, 4], 0),
        (&[2, 3, 2], 1),
        (&[0, 2], 1),
    ];
    types
        .chain(cases.map(|(shape, axis)| sample(DType::F64, shape, axis)))
        .chain([with_nan.ok()])
        .flatten()
        .collect()
}

fn faults<R: ArgReduction>() -> Vec<(Tensor, &'static str)> {
    let ones = |shape: &[usize]| Tensor::ones(DType::F32, shape);
    vec![
        (
            arg_reduce_axis::<R>(&ones(&[2, 3]), &2.into()),
            "axis 2 does not exist; axes run from -2 to 1",
        ),
        (
            arg_reduce_axis::<R>(&ones(&[2, 3]), &[0, 1].into()),
            "one axis must be named, not 2",
        ),
        (
            arg_reduce_axis::<R>(&ones(&[]), &0.into()),
            "axis 0 does not exist; a scalar has no axes",
        ),
        (
            arg_reduce_axis::<R>(&ones(&[2, 0]), &1.into()),
            R::REFUSES_NOTHING,
        ),
        (
            arg_reduce::<R>(&ones(&[2]).convert(DType::Bool)),
            "the element type must be a number, not bool",
        ),
    ]
}
