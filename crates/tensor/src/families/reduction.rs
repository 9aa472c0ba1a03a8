//! Axes folded away. A member states how two elements are put together and its derivatives; all rules follow.
use crate::{
    Array, Axes, DType, Element, Entry, Fault, Op, Sample, Shape, Tensor, Type,
    families::{element_types::ElementTypes, walk::Walk},
    op::apply1,
};
use bouton_ir as ir;
use std::fmt::{self, Debug};

/// A way to fold axes.
pub(crate) trait Reduction: Debug + Default + Send + Sync + 'static {
    const NAME: &'static str;
    const FORM: ir::Reduction;
    const TYPES: ElementTypes;
    /// StableHLO's operation on two elements.
    const STABLEHLO: &'static str;
    /// The words that refuse an empty axis 1, if folding nothing has no value.
    const REFUSES_NOTHING: Option<&'static str>;
    /// The value that changes nothing it is folded with, as StableHLO writes it for this type.
    fn start(dtype: DType) -> String;
    /// Reference evaluation along the middle axis of `[outer, n, inner]`.
    fn eval(x: &Array, fold: &Fold) -> Array;
    /// Cotangent of `x` from the cotangent `d` of `y`; both `y` and `d` have the folded axes with size 1.
    fn vjp(x: &Tensor, y: &Tensor, d: &Tensor) -> Result<Option<Tensor>, Fault>;
    /// Tangent of `y` from the tangent `d` of `x`; `y` has the folded `axes` with size 1.
    fn jvp(x: &Tensor, y: &Tensor, d: &Tensor, axes: &[usize]) -> Result<Option<Tensor>, Fault>;
}

/// Which elements of `x` go to which element of `y`: for the reference evaluation.
pub(crate) struct Fold<'a> {
    axes: &'a [usize],
    y: &'a Type,
}

impl Fold<'_> {
    /// Folds with `f` from `start`.
    pub(crate) fn run<T: Element, U: Element>(
        &self,
        x: &Array,
        start: U,
        f: fn(U, T) -> U,
    ) -> Array {
        let mut y = Array::scratch(&self.y.with_dtype(U::DTYPE));
        let results = y.slice_mut::<U>();
        results.fill(start);
        let (dims, steps) = (x.shape().dims(), self.steps(x.shape().dims()));
        for (&value, at) in x.slice::<T>().iter().zip(Walk::new(dims, 0, &steps)) {
            results[at] = f(results[at], value);
        }
        y
    }

    /// Distance in `y` that a step along each axis of `x` makes.
    fn steps(&self, dims: &[usize]) -> Vec<usize> {
        let mut steps = vec![0; dims.len()];
        let mut step = 1;
        for axis in (0..dims.len()).rev().filter(|a| !self.axes.contains(a)) {
            steps[axis] = step;
            step *= dims[axis];
        }
        steps
    }
}

/// What a member states, as a value, so that the rules are compiled once.
#[derive(Clone, Copy)]
struct Member {
    name: &'static str,
    form: ir::Reduction,
    types: ElementTypes,
    stablehlo: &'static str,
    refuses_nothing: Option<&'static str>,
    start: fn(DType) -> String,
    eval: fn(&Array, &Fold) -> Array,
    vjp: fn(&Tensor, &Tensor, &Tensor) -> Result<Option<Tensor>, Fault>,
    jvp: fn(&Tensor, &Tensor, &Tensor, &[usize]) -> Result<Option<Tensor>, Fault>,
}

struct Reduce {
    axes: Vec<usize>,
    member: Member,
}

impl Member {
    fn of<R: Reduction>() -> Member {
        Member {
            name: R::NAME,
            form: R::FORM,
            types: R::TYPES,
            stablehlo: R::STABLEHLO,
            refuses_nothing: R::REFUSES_NOTHING,
            start: R::start,
            eval: R::eval,
            vjp: R::vjp,
            jvp: R::jvp,
        }
    }

    fn along(self, axes: Vec<usize>) -> Reduce {
        Reduce { axes, member: self }
    }

    #[track_caller]
    fn reduce(self, x: &Tensor, axes: Option<Axes>) -> Tensor {
        let Ok(rank) = x.rank() else { return x.clone() };
        let (mut resolved, keep) = match &axes {
            None => ((0..rank).collect(), false),
            Some(axes) => match axes.resolve(rank) {
                Ok(resolved) => (resolved, axes.keeps()),
                Err(fault) => return Tensor::fault(self.name, fault, &[x]),
            },
        };
        resolved.sort_unstable();
        let y = apply1(self.along(resolved.clone()), &[x]);
        if keep { restore(&y, &resolved) } else { y }
    }
}

impl Debug for Reduce {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {{ axes: {:?} }}", self.member.name, self.axes)
    }
}

/// Folds the given axes; all of them if `axes` is `None`.
#[track_caller]
pub(crate) fn reduce<R: Reduction>(x: &Tensor, axes: Option<Axes>) -> Tensor {
    Member::of::<R>().reduce(x, axes)
}

/// Puts folded axes back with size 1.
#[track_caller]
pub(crate) fn restore(y: &Tensor, axes: &[usize]) -> Tensor {
    let Ok(shape) = y.shape() else {
        return y.clone();
    };
    let mut dims = shape.to_vec();
    for &axis in axes {
        dims.insert(axis.min(dims.len()), 1);
    }
    y.reshape(dims)
}

/// For the derivative of a choice: 1 where `x` has the chosen value `y`, else 0; and how many those are.
pub(crate) fn share_among(x: &Tensor, y: &Tensor) -> (Tensor, Tensor) {
    let (Ok(from), Ok(to), Ok(dtype)) = (x.shape(), y.shape(), x.dtype()) else {
        return (x.clone(), x.clone());
    };
    let equal = x.eq(y).convert(dtype);
    let axes: Vec<usize> = (0..from.rank()).filter(|&a| to[a] == 1).collect();
    let count = restore(&equal.sum_axes(&axes), &axes);
    (equal, count)
}

/// The shape without `axes`.
fn folded(shape: &Shape, axes: &[usize]) -> Shape {
    shape
        .iter()
        .enumerate()
        .filter(|(i, _)| !axes.contains(i))
        .map(|(_, &d)| d)
        .collect()
}

impl Op for Reduce {
    fn name(&self) -> &'static str {
        self.member.name
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        self.member.types.check(x[0].dtype)?;
        if let Some(&axis) = self.axes.iter().find(|&&a| a >= x[0].rank()) {
            return Err(Fault::value(format!(
                "axis {axis} does not exist; there are {}",
                x[0].rank()
            )));
        }
        let empty = self.axes.iter().find(|&&a| x[0].shape[a] == 0);
        if let Some(axis) = empty.filter(|_| self.member.refuses_nothing.is_some()) {
            return Err(Fault::shape(format!(
                "axis {axis} is empty and {} of nothing has no value",
                self.member.name
            )));
        }
        Ok(vec![x[0].with_shape(folded(&x[0].shape, &self.axes))])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        vec![(self.member.eval)(
            x[0],
            &Fold {
                axes: &self.axes,
                y: &y[0],
            },
        )]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let Some(d) = &dy[0] else {
            return Ok(vec![None]);
        };
        Ok(vec![(self.member.vjp)(
            &x[0],
            &restore(&y[0], &self.axes),
            &restore(d, &self.axes),
        )?])
    }
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let Some(d) = &dx[0] else {
            return Ok(vec![None]);
        };
        Ok(vec![(self.member.jvp)(
            &x[0],
            &restore(&y[0], &self.axes),
            d,
            &self.axes,
        )?])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let Some(axis) = axes[0] else {
            return Err(Fault::shape("nothing to batch"));
        };
        let shifted = self.axes.iter().map(|a| a + 1).collect();
        Ok(vec![(
            apply1(self.member.along(shifted), &[&x[0].bring(axis, 0)]),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let scalar = Type::scalar(xt[0].dtype).stablehlo();
        let start = (self.member.start)(xt[0].dtype);
        format!(
            "%start = stablehlo.constant dense<{start}> : {scalar}\n\
             %0 = stablehlo.reduce({} init: %start) applies stablehlo.{} across dimensions = {:?} : ({}, {scalar}) -> {}",
            x[0],
            self.member.stablehlo,
            self.axes,
            xt[0].stablehlo(),
            y[0].stablehlo(),
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(
            ir::Form::Reduce {
                reduction: self.member.form,
                axes: self.axes.clone(),
            },
            x,
            y,
        )
    }
}

pub(crate) const fn entry<R: Reduction>() -> Entry {
    Entry {
        name: R::NAME,
        samples: || samples(Member::of::<R>()),
        faults: || faults(Member::of::<R>()),
    }
}

fn samples(member: Member) -> Vec<Sample> {
    let mut samples = vec![];
    let mut add = |dtype: DType, shape: &[usize], axes: &[usize]| {
        // Distinct, away from zero, not in order.
        let n = shape.iter().product::<usize>();
        let values: Vec<f64> = (0..n)
            .map(|i| ((i * 7) % (n + 1)) as f64 * 0.25 - 0.6)
            .collect();
        if let Ok(a) = Array::from_vec(shape, values) {
            samples.push(Sample::new(member.along(axes.to_vec()), [a.cast(dtype)]));
        }
    };
    for dtype in member.types.samples() {
        add(dtype, &[3, 4], &[1]);
    }
    let dtype = member.types.samples()[0];
    let cases: &[(&[usize], &[usize])] = &[
        (&[], &[]),
        (&[1], &[0]),
        (&[3, 4], &[0]),
        (&[3, 4], &[0, 1]),
        (&[2, 3, 2], &[0, 2]),
        (&[2, 3], &[]),
        (&[0, 2], &[1]),
        (&[5, 1], &[1]),
    ];
    for (shape, axes) in cases {
        add(dtype, shape, axes);
    }
    if member.refuses_nothing.is_none() {
        add(dtype, &[0, 2], &[0]);
    }
    samples
}

fn faults(member: Member) -> Vec<(Tensor, &'static str)> {
    let dtype = member.types.samples()[0];
    let x = Tensor::scalar(1.0f64).convert(dtype).broadcast_to([2, 3]);
    let mut faults = vec![
        (
            member.reduce(&x, Some(2.into())),
            "axis 2 does not exist; axes run from -2 to 1",
        ),
        (
            member.reduce(&x, Some([0, -2].into())),
            "axis -2 is named twice",
        ),
    ];
    if let Some((dtype, rule)) = member.types.refusal() {
        faults.push((member.reduce(&x.convert(dtype), None), rule));
    }
    if let Some(rule) = member.refuses_nothing {
        faults.push((
            member.reduce(&Tensor::zeros(dtype, [2, 0]), Some(1.into())),
            rule,
        ));
    }
    faults
}
