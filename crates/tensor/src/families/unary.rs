//! Functions of one element. A member states its scalar function and its derivative; all rules follow.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{align, element_types::ElementTypes},
    op::apply1,
};
use bouton_ir as ir;
use std::fmt::{self, Debug};

/// A function of one element.
pub(crate) trait Unary: Debug + Default + Send + Sync + 'static {
    const NAME: &'static str;
    const FORM: ir::Unary;
    /// StableHLO's operation, or lines with `{x}` for the operand, `{t}` for its type, `{b}` for that of truths.
    const STABLEHLO: &'static str;
    const TYPES: ElementTypes;
    /// Points inside the domain, off the kinks.
    const POINTS: &'static [f64];
    /// The scalar function on every element.
    fn eval(x: &Array) -> Array;
    /// `d` times the derivative at `x`, where the function is `y`; `None` if it is zero everywhere.
    fn partial(x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor>;
}

/// The operation of a member. A value rather than a type, so that the rules are compiled once.
#[derive(Clone, Copy)]
struct Pointwise {
    name: &'static str,
    form: ir::Unary,
    stablehlo: &'static str,
    types: ElementTypes,
    points: &'static [f64],
    eval: fn(&Array) -> Array,
    partial: fn(&Tensor, &Tensor, &Tensor) -> Option<Tensor>,
}

impl Pointwise {
    fn of<U: Unary>() -> Pointwise {
        Pointwise {
            name: U::NAME,
            form: U::FORM,
            stablehlo: U::STABLEHLO,
            types: U::TYPES,
            points: U::POINTS,
            eval: U::eval,
            partial: U::partial,
        }
    }
}

impl Debug for Pointwise {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Applies a member as it is: the type must be one of its own.
#[track_caller]
pub(crate) fn unary<U: Unary>(x: &Tensor) -> Tensor {
    apply1(Pointwise::of::<U>(), &[x])
}

/// Applies a member that computes in floats; integers and `bool` are converted to `f32` first.
#[track_caller]
pub(crate) fn float_unary<U: Unary>(x: &Tensor) -> Tensor {
    match x.dtype() {
        Ok(d) if !d.is_float() => unary::<U>(&x.convert(DType::F32)),
        _ => unary::<U>(x),
    }
}

impl Op for Pointwise {
    fn name(&self) -> &'static str {
        self.name
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        self.types.check(x[0].dtype)?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        vec![(self.eval)(x[0])]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![
            dy[0].as_ref().and_then(|d| (self.partial)(&x[0], &y[0], d)),
        ])
    }
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        self.vjp(x, y, dx)
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let x = align(x, axes)?;
        Ok(vec![(apply1(*self, &[&x[0]]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        let t = xt[0].stablehlo();
        match self.stablehlo.contains('{') {
            true => {
                let truths = xt[0].with_dtype(DType::Bool).stablehlo();
                let text = self.stablehlo.replace("{x}", x[0]).replace("{t}", &t);
                text.replace("{b}", &truths)
            }
            false => format!("%0 = stablehlo.{} {} : {t}", self.stablehlo, x[0]),
        }
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Unary(self.form), x, y)
    }
}

pub(crate) const fn entry<U: Unary>() -> Entry {
    Entry {
        name: U::NAME,
        samples: || samples(Pointwise::of::<U>()),
        faults: || faults(Pointwise::of::<U>()),
    }
}

fn samples(member: Pointwise) -> Vec<Sample> {
    let n = member.points.len();
    let points = |dtype| Array::from_vec([n], member.points.to_vec()).map(|a| a.cast(dtype));
    let mut samples = vec![];
    for dtype in member.types.samples() {
        let shapes = [vec![n], vec![1, n, 1]];
        samples.extend(
            points(dtype)
                .into_iter()
                .flat_map(|a| shapes.clone().map(|s| a.clone().reshaped(s)))
                .flatten(),
        );
    }
    let dtype = member.types.samples()[0];
    samples.extend(
        [vec![], vec![1], vec![0], vec![2, 0]]
            .into_iter()
            .flat_map(|s| {
                let first = member
                    .points
                    .iter()
                    .copied()
                    .take(s.iter().product())
                    .collect();
                Array::from_vec(s, first).map(|a| a.cast(dtype))
            }),
    );
    samples
        .into_iter()
        .map(|a| Sample::new(member, [a]))
        .collect()
}

fn faults(member: Pointwise) -> Vec<(Tensor, &'static str)> {
    let wrong = |(dtype, rule)| {
        (
            apply1(member, &[&Tensor::scalar(1.0f64).convert(dtype)]),
            rule,
        )
    };
    member.types.refusal().map(wrong).into_iter().collect()
}
