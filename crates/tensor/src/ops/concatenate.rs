//! Tensors one after the other along an axis.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Result, Sample, Shape, Tensor, Type,
    axes::axis_of,
    blame,
    families::{
        Batched, Flows, align,
        operands::{as_tensor, same_dtype},
        samples::{MOVED, counting, samples},
    },
    here,
    op::apply1,
    ops::slice::Slice,
};
use bouton_ir as ir;

/// The tensors one after the other along `axis`; negative counts from the end.
///
/// # Shapes
/// All agree on every other axis.
///
/// # Types
/// All are promoted to one type.
///
/// # Errors
/// Inputs must agree on every axis but this one; there must be an input; the axis must exist.
///
/// # Example
/// ```
/// # use bouton_tensor::{concatenate, tensor};
/// let y = concatenate([tensor![1, 2], tensor![3, 4, 5]], 0);
/// assert_eq!(format!("{y:?}"), "i32[5] [1, 2, 3, 4, 5]");
/// ```
#[track_caller]
pub fn concatenate<T: Into<Operand>>(tensors: impl IntoIterator<Item = T>, axis: i32) -> Tensor {
    let place = here();
    let tensors = tensors.into_iter().map(|t| as_tensor(t.into())).collect();
    blame(place, || join(tensors, axis)).into()
}

fn join(tensors: Vec<Tensor>, axis: i32) -> Result<Tensor> {
    let types = tensors
        .iter()
        .map(Tensor::ty)
        .collect::<Result<Vec<Type>>>()?;
    let inputs: Vec<&Tensor> = tensors.iter().collect();
    let Some(first) = types.first() else {
        return Ok(Tensor::fault(
            "concatenate",
            Fault::shape("there must be at least one input"),
            &[],
        ));
    };
    match axis_of(i64::from(axis), first.rank()) {
        Ok(_) if inputs.len() == 1 => Ok(tensors[0].clone()),
        Ok(axis) => {
            let dtype = types.iter().fold(first.dtype, |d, t| d.promote(t.dtype));
            let x: Vec<Tensor> = tensors.iter().map(|t| t.convert(dtype)).collect();
            Ok(apply1(Concatenate { axis }, &x.iter().collect::<Vec<_>>()))
        }
        Err(fault) => Ok(Tensor::fault("concatenate", fault, &inputs)),
    }
}

impl Tensor {
    /// This tensor and then `other` along `axis`. See [`concatenate`].
    ///
    /// # Errors
    /// Both must agree on every axis but this one; the axis must exist.
    #[track_caller]
    pub fn concatenate(&self, other: impl Into<Operand>, axis: i32) -> Tensor {
        concatenate([self.clone(), as_tensor(other.into())], axis)
    }
}

#[derive(Debug)]
struct Concatenate {
    axis: usize,
}

impl Op for Concatenate {
    fn name(&self) -> &'static str {
        "concatenate"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let (Some(first), axis) = (x.first(), self.axis) else {
            return Err(Fault::shape("there must be at least one input"));
        };
        if axis >= first.rank() {
            return Err(Fault::value(format!(
                "axis {axis} does not exist; input 0 has {} axes",
                first.rank()
            )));
        }
        same_dtype(x)?;
        let mut total = 0usize;
        for (i, t) in x.iter().enumerate() {
            if t.rank() != first.rank() {
                return Err(Fault::shape(format!(
                    "inputs must have the same number of axes; input {i} has {}, input 0 has {}",
                    t.rank(),
                    first.rank()
                )));
            }
            if let Some(other) = (0..t.rank()).find(|&a| a != axis && t.shape[a] != first.shape[a])
            {
                return Err(Fault::shape(format!(
                    "inputs must agree on every axis but {axis}; input {i} differs on axis {other}"
                )));
            }
            total = total.saturating_add(t.shape[axis]);
        }
        let mut dims = first.shape.to_vec();
        dims[axis] = total;
        let shape = Shape::from(dims);
        shape.checked_size(first.dtype)?;
        Ok(vec![first.with_shape(shape)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let outer: usize = y[0].shape[..self.axis].iter().product();
        let mut result = Array::scratch(&y[0]);
        let (target, mut at) = (result.buffer_mut().bytes_mut(), 0);
        for o in 0..outer {
            for part in x {
                let run = part.bytes().len() / outer;
                target[at..at + run].copy_from_slice(&part.bytes()[o * run..][..run]);
                at += run;
            }
        }
        vec![result]
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let mut at = 0;
        let part = |x: &Tensor| {
            let (d, shape) = (dy[0].as_ref()?, x.shape().ok()?);
            let mut slice = Slice::whole(&shape);
            (slice.start[self.axis], slice.limit[self.axis]) = (at, at + shape[self.axis]);
            at += shape[self.axis];
            Some(slice.apply(d))
        };
        Ok(x.iter().map(part).collect())
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let parts: Vec<Tensor> = x
            .iter()
            .zip(dx)
            .map(|(x, d)| d.clone().unwrap_or_else(|| x.zeros_like()))
            .collect();
        Ok(vec![Some(apply1(
            Concatenate { axis: self.axis },
            &parts.iter().collect::<Vec<_>>(),
        ))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        Ok(vec![(
            apply1(
                Concatenate {
                    axis: self.axis + 1,
                },
                &x.iter().collect::<Vec<_>>(),
            ),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let types = xt
            .iter()
            .map(|t| t.stablehlo())
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "%0 = stablehlo.concatenate {}, dim = {} : ({types}) -> {}",
            x.join(", "),
            self.axis,
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Concatenate { axis: self.axis }, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "concatenate",
    samples: || {
        let cases: [(&[&[usize]], usize); 6] = [
            (&[&[2], &[3]], 0),
            (&[&[2, 2], &[2, 1], &[2, 3]], 1),
            (&[&[1, 3], &[2, 3]], 0),
            (&[&[2, 0], &[2, 2]], 1),
            (&[&[0], &[0]], 0),
            (&[&[1]], 0),
        ];
        let sample = |dtype: DType, (shapes, axis): (&[&[usize]], usize)| {
            let inputs = shapes
                .iter()
                .map(|s| counting(dtype, s))
                .collect::<Option<Vec<Array>>>()?;
            Some(Sample::new(Concatenate { axis }, inputs))
        };
        samples(&cases, DType::F64, (1, MOVED), sample)
    },
    faults: || {
        let x = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        vec![
            (
                concatenate([x(&[2, 3]), x(&[2, 4])], 0),
                "inputs must agree on every axis but 0; input 1 differs on axis 1",
            ),
            (
                x(&[2]).concatenate(x(&[2, 1]), 0),
                "inputs must have the same number of axes; input 1 has 2, input 0 has 1",
            ),
            (
                concatenate([x(&[2]), x(&[2])], 1),
                "axis 1 does not exist; axes run from -1 to 0",
            ),
            (
                concatenate([x(&[]), x(&[])], 0),
                "axis 0 does not exist; a scalar has no axes",
            ),
            (
                concatenate::<Tensor>([], 0),
                "there must be at least one input",
            ),
            (
                apply1(
                    Concatenate { axis: 0 },
                    &[&x(&[2]), &x(&[2]).convert(DType::I32)],
                ),
                "inputs must have the same element type; input 1 is i32, input 0 is f32",
            ),
        ]
    },
};
