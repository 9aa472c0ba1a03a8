//! Functions of two elements. A member states its scalar function and its partial derivatives; all rules follow.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{align, element_types::ElementTypes, same_types},
    op::apply1,
};
use bouton_ir as ir;
use std::fmt::{self, Debug};

/// A function of two elements of one type.
pub(crate) trait Binary: Debug + Default + Send + Sync + 'static {
    const NAME: &'static str;
    const FORM: ir::Binary;
    /// StableHLO's operation, or lines with `{x}` and `{y}` for the operands, `{t}` for their type, `{b}` for that of truths,
    /// `{axes}` for all axes.
    const STABLEHLO: &'static str;
    const TYPES: ElementTypes;
    /// Points inside the domain, off the kinks.
    const POINTS: &'static [(f64, f64)];
    /// The scalar function on every pair of elements.
    fn eval(a: &Array, b: &Array) -> Array;
    /// `d` times the derivative by input `i` at `x`, where the function is `y`; `None` if it is zero everywhere.
    fn partial(i: usize, x: &[Tensor], y: &Tensor, d: &Tensor) -> Option<Tensor>;
}

/// The operation of a member. A value rather than a type, so that the rules are compiled once.
#[derive(Clone, Copy)]
struct Pointwise {
    name: &'static str,
    form: ir::Binary,
    stablehlo: &'static str,
    types: ElementTypes,
    points: &'static [(f64, f64)],
    eval: fn(&Array, &Array) -> Array,
    partial: fn(usize, &[Tensor], &Tensor, &Tensor) -> Option<Tensor>,
}

impl Pointwise {
    fn of<B: Binary>() -> Pointwise {
        Pointwise {
            name: B::NAME,
            form: B::FORM,
            stablehlo: B::STABLEHLO,
            types: B::TYPES,
            points: B::POINTS,
            eval: B::eval,
            partial: B::partial,
        }
    }

    #[track_caller]
    fn apply(self, a: Operand, b: Operand) -> Tensor {
        let [a, b] = promote(self.name, [a, b]);
        apply1(self, &[&a, &b])
    }
}

impl Debug for Pointwise {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Applies a member to two operands: a number takes the tensor's type, two types are promoted, shapes broadcast.
#[track_caller]
pub(crate) fn binary<B: Binary>(a: Operand, b: Operand) -> Tensor {
    Pointwise::of::<B>().apply(a, b)
}

/// As [`binary`] for a member that computes in floats: integers and `bool` become `f32` first.
#[track_caller]
pub(crate) fn float_binary<B: Binary>(a: Operand, b: Operand) -> Tensor {
    let [a, b] = promote(B::NAME, [a, b]);
    let float = |t: Tensor| match t.dtype() {
        Ok(d) => t.convert(d.to_float()),
        Err(_) => t,
    };
    apply1(Pointwise::of::<B>(), &[&float(a), &float(b)])
}

/// The operands as tensors of one type: promoted, and broadcast against each other. `subject` is named in the error.
#[track_caller]
pub(crate) fn promote<const N: usize>(subject: &str, x: [Operand; N]) -> [Tensor; N] {
    let types = x.iter().filter_map(|x| match x {
        Operand::Tensor(t) => t.dtype().ok(),
        Operand::Number(_) => None,
    });
    let common = types.reduce(crate::DType::promote);
    let dtype = x.iter().fold(common, |d, x| match (d, x) {
        (Some(d), Operand::Number(n)) => Some(d.promote_number(*n)),
        (None, Operand::Number(n)) => Some(n.dtype()),
        (d, Operand::Tensor(_)) => d,
    });
    let x = x.map(|x| match (x, dtype) {
        (Operand::Tensor(t), Some(d)) => t.convert(d),
        (Operand::Tensor(t), None) => t,
        (Operand::Number(n), d) => Tensor::number(n, d.unwrap_or(n.dtype())),
    });
    crate::ops::broadcast::broadcast_together(subject, x)
}

impl Op for Pointwise {
    fn name(&self) -> &'static str {
        self.name
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_types(x)?;
        self.types.check(x[0].dtype)?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        vec![(self.eval)(x[0], x[1])]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok((0..2)
            .map(|i| dy[0].as_ref().and_then(|d| (self.partial)(i, x, &y[0], d)))
            .collect())
    }
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let part = |i: usize| dx[i].as_ref().and_then(|d| (self.partial)(i, x, &y[0], d));
        Ok(vec![match (part(0), part(1)) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        }])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let x = align(x, axes)?;
        Ok(vec![(apply1(*self, &[&x[0], &x[1]]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        let t = xt[0].stablehlo();
        match self.stablehlo.contains('{') {
            true => {
                let truths = xt[0].with_dtype(DType::Bool).stablehlo();
                let axes = format!("{:?}", (0..xt[0].rank()).collect::<Vec<_>>());
                let text = self.stablehlo.replace("{x}", x[0]).replace("{y}", x[1]);
                let text = text.replace("{t}", &t).replace("{b}", &truths);
                text.replace("{axes}", &axes)
            }
            false => format!("%0 = stablehlo.{} {}, {} : {t}", self.stablehlo, x[0], x[1]),
        }
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Binary(self.form), x, y)
    }
}

pub(crate) const fn entry<B: Binary>() -> Entry {
    Entry {
        name: B::NAME,
        samples: || samples(Pointwise::of::<B>()),
        faults: || faults(Pointwise::of::<B>()),
    }
}

fn samples(member: Pointwise) -> Vec<Sample> {
    let side = |pick: fn(&(f64, f64)) -> f64, dtype, shape: Vec<usize>| {
        let values: Vec<f64> = member
            .points
            .iter()
            .map(pick)
            .take(shape.iter().product())
            .collect();
        Array::from_vec(shape, values).map(|a| a.cast(dtype))
    };
    let mut samples = vec![];
    let mut add = |dtype, shape: Vec<usize>| {
        if let (Ok(a), Ok(b)) = (
            side(|p| p.0, dtype, shape.clone()),
            side(|p| p.1, dtype, shape),
        ) {
            samples.push(Sample::new(member, [a, b]));
        }
    };
    for dtype in member.types.samples() {
        add(dtype, vec![member.points.len()]);
    }
    let dtype = member.types.samples()[0];
    for shape in [vec![], vec![1], vec![0], vec![1, 2, 1], vec![3, 0]] {
        add(dtype, shape);
    }
    samples
}

fn faults(member: Pointwise) -> Vec<(Tensor, &'static str)> {
    let ones = |shape: &[usize]| Tensor::scalar(1.0f64).broadcast_to(shape);
    let clash = member.apply((&ones(&[2, 3])).into(), (&ones(&[2, 4])).into());
    let rank = apply1(member, &[&ones(&[2]), &ones(&[])]);
    let mut faults = vec![
        (
            clash,
            "shapes must agree, or be 1, on every axis; axis 1 has 3 and 4",
        ),
        (rank, "inputs must have the same shape; input 1 differs"),
    ];
    if let Some((dtype, rule)) = member.types.refusal() {
        let x = ones(&[]).convert(dtype);
        faults.push((apply1(member, &[&x, &x]), rule));
    }
    faults
}
