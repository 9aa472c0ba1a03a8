//! Functions of one element. A member states its scalar function and its derivative; all rules follow.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{align, element_types::ElementTypes},
    op::apply1,
};
use bouton_ir as ir;
use std::{
    fmt::{self, Debug},
    marker::PhantomData,
};

/// A function of one element.
pub(crate) trait Unary: Debug + Default + Send + Sync + 'static {
    const NAME: &'static str;
    const FORM: ir::Unary;
    /// StableHLO's operation, or lines with `{x}` for the operand, `{t}` for its type.
    const STABLEHLO: &'static str;
    const TYPES: ElementTypes;
    /// Points inside the domain, off the kinks.
    const POINTS: &'static [f64];
    /// The scalar function on every element.
    fn eval(x: &Array) -> Array;
    /// `d` times the derivative at `x`, where the function is `y`; `None` if it is zero everywhere.
    fn partial(x: &Tensor, y: &Tensor, d: &Tensor) -> Option<Tensor>;
}

/// The operation of a member.
struct Pointwise<U>(PhantomData<U>);

impl<U: Unary> Debug for Pointwise<U> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(U::NAME)
    }
}

/// Applies a member as it is: the type must be one of its own.
#[track_caller]
pub(crate) fn unary<U: Unary>(x: &Tensor) -> Tensor {
    apply1(Pointwise::<U>(PhantomData), &[x])
}

/// Applies a member that computes in floats; integers and `bool` are converted to `f32` first.
#[track_caller]
pub(crate) fn float_unary<U: Unary>(x: &Tensor) -> Tensor {
    match x.dtype() {
        Ok(d) if !d.is_float() => unary::<U>(&x.convert(DType::F32)),
        _ => unary::<U>(x),
    }
}

impl<U: Unary> Op for Pointwise<U> {
    fn name(&self) -> &'static str {
        U::NAME
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        U::TYPES.check(x[0].dtype)?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        vec![U::eval(x[0])]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![
            dy[0].as_ref().and_then(|d| U::partial(&x[0], &y[0], d)),
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
        Ok(vec![(unary::<U>(&x[0]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        let t = xt[0].stablehlo();
        match U::STABLEHLO.contains('\n') || U::STABLEHLO.contains('{') {
            true => U::STABLEHLO.replace("{x}", x[0]).replace("{t}", &t),
            false => format!("%0 = stablehlo.{} {} : {t}", U::STABLEHLO, x[0]),
        }
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Unary(U::FORM), x, y)
    }
}

pub(crate) const fn entry<U: Unary>() -> Entry {
    Entry {
        name: U::NAME,
        samples: samples::<U>,
        faults: faults::<U>,
    }
}

fn samples<U: Unary>() -> Vec<Sample> {
    let n = U::POINTS.len();
    let points = |dtype| Array::from_vec([n], U::POINTS.to_vec()).map(|a| a.cast(dtype));
    let mut samples = vec![];
    for dtype in U::TYPES.samples() {
        let shapes = [vec![n], vec![1, n, 1]];
        samples.extend(
            points(dtype)
                .into_iter()
                .flat_map(|a| shapes.clone().map(|s| a.clone().reshaped(s)))
                .flatten(),
        );
    }
    let dtype = U::TYPES.samples()[0];
    samples.extend(
        [vec![], vec![1], vec![0], vec![2, 0]]
            .into_iter()
            .flat_map(|s| {
                let first = U::POINTS.iter().copied().take(s.iter().product()).collect();
                Array::from_vec(s, first).map(|a| a.cast(dtype))
            }),
    );
    samples
        .into_iter()
        .map(|a| Sample::new(Pointwise::<U>(PhantomData), [a]))
        .collect()
}

fn faults<U: Unary>() -> Vec<(Tensor, &'static str)> {
    let wrong = |(dtype, rule)| (unary::<U>(&Tensor::scalar(1.0f64).convert(dtype)), rule);
    U::TYPES.refusal().map(wrong).into_iter().collect()
}
