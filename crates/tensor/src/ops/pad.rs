//! Elements put before, after and between those of a tensor.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Shape, Tensor, Type,
    families::{
        Batched, Flows, batch_size,
        operands::same_dtype,
        picking::copy,
        samples::{MOVED, counting, samples},
    },
    op::apply1,
    ops::slice::Slice,
};
use bouton_ir as ir;

impl Tensor {
    /// The tensor with `value` before, after and between its elements: `(low, high, interior)` for each axis.
    ///
    /// A negative `low` or `high` cuts elements off instead, after the interior ones are put in. A number takes the
    /// tensor's type.
    ///
    /// # Errors
    /// One entry for each axis; no axis may lose more than it has; a `value` that is a tensor must be a scalar of the
    /// tensor's type.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3].pad(0, &[(1, -1, 1)])), "i32[5] [0, 1, 0, 2, 0]");
    /// ```
    ///
    /// Nx's and StableHLO's `pad`.
    #[track_caller]
    pub fn pad(&self, value: impl Into<Operand>, padding: &[(i64, i64, usize)]) -> Tensor {
        let Ok(dtype) = self.dtype() else {
            return self.clone();
        };
        let value = match value.into() {
            Operand::Tensor(t) => t,
            Operand::Number(n) => Tensor::number(n, dtype),
        };
        apply1(Pad::new(padding), &[self, &value])
    }
}

/// [`Tensor::pad`] with zeros that are part of the program.
#[track_caller]
pub(crate) fn with_zeros(x: &Tensor, padding: &[(i64, i64, usize)]) -> Tensor {
    let Ok(dtype) = x.dtype() else {
        return x.clone();
    };
    match padding.iter().all(|p| *p == (0, 0, 0)) {
        true => x.clone(),
        false => apply1(Pad::new(padding), &[x, &Tensor::zeros(dtype, [])]),
    }
}

#[derive(Debug, Clone)]
struct Pad {
    low: Vec<i64>,
    high: Vec<i64>,
    interior: Vec<usize>,
}

impl Pad {
    fn new(padding: &[(i64, i64, usize)]) -> Pad {
        let low = padding.iter().map(|p| p.0).collect();
        let high = padding.iter().map(|p| p.1).collect();
        let interior = padding.iter().map(|p| p.2).collect();
        Pad {
            low,
            high,
            interior,
        } // as three lists, which print plainly
    }

    /// Size of an axis with the interior elements put in.
    fn spread(&self, axis: usize, size: usize) -> usize {
        size.saturating_add(size.saturating_sub(1).saturating_mul(self.interior[axis]))
    }

    /// Padding of an input with an extra axis in front, which is left alone.
    fn behind(&self) -> Pad {
        let mut op = self.clone();
        op.low.insert(0, 0);
        op.high.insert(0, 0);
        op.interior.insert(0, 0);
        op
    }

    /// What of `d`, shaped like the result, lies where the input of this shape went.
    #[track_caller]
    fn inside(&self, d: &Tensor, shape: &Shape) -> Tensor {
        let axes = 0..shape.rank();
        let cut = |a: usize| (-self.low[a], -self.high[a], 0);
        let back: Vec<_> = axes.clone().map(cut).collect();
        let limit = axes.map(|a| self.spread(a, shape[a])).collect();
        let stride = self.interior.iter().map(|i| i + 1).collect();
        let start = vec![0; shape.rank()];
        Slice {
            start,
            limit,
            stride,
        }
        .apply(&with_zeros(d, &back))
    }

    /// `true` in the result where the filler is.
    #[track_caller]
    fn filled(&self, shape: &Shape) -> Tensor {
        let no = Tensor::full(DType::Bool, shape, false);
        let yes = Tensor::full(DType::Bool, [], true);
        apply1(self.clone(), &[&no, &yes])
    }
}

impl Op for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let rank = x[0].rank();
        if self.low.len() != rank {
            let rule = "padding must have an entry for each axis";
            let given = self.low.len();
            return Err(Fault::shape(format!(
                "{rule}; {given} were given for {rank} axes"
            )));
        }
        if x[1].rank() != 0 {
            return Err(Fault::shape("the value must be a scalar"));
        }
        same_dtype(x)?;
        let size = |axis: usize| {
            let spread = self.spread(axis, x[0].shape[axis]) as i128;
            let size = spread + i128::from(self.low[axis]) + i128::from(self.high[axis]);
            let rule = "an axis cannot lose more than it has";
            let fault = || Fault::shape(format!("{rule}; axis {axis} would have size {size}"));
            usize::try_from(size).map_err(|_| fault())
        };
        let shape: Shape = (0..rank).map(size).collect::<Result<Vec<_>, _>>()?.into();
        shape.checked_size(x[0].dtype)?;
        Ok(vec![x[0].with_shape(shape)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let (from, to, width) = (
            x[0].shape().strides(),
            y[0].shape.strides(),
            y[0].dtype.size(),
        );
        let mut result = Array::scratch(&y[0]);
        let targets = result.buffer_mut().bytes_mut().chunks_exact_mut(width);
        for (i, target) in targets.enumerate() {
            // Where the element comes from along one axis, if it is not the filler.
            let place = |axis: usize| {
                let at = (i / to[axis] % y[0].shape[axis]) as i128 - i128::from(self.low[axis]);
                let (step, n) = (self.interior[axis] as i128 + 1, x[0].shape()[axis] as i128);
                (at >= 0 && at % step == 0 && at / step < n).then(|| (at / step) as usize)
            };
            let at = (0..from.len()).try_fold(0, |at, axis| Some(at + place(axis)? * from[axis]));
            let source = at.map_or(x[1].bytes(), |at| &x[0].bytes()[at * width..][..width]);
            copy(target, source);
        }
        vec![result]
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(shape)) = (&dy[0], x[0].shape()) else {
            return Ok(vec![None, None]);
        };
        let filler = self.filled(&shape).select(d, d.zeros_like()).sum();
        Ok(vec![Some(self.inside(d, &shape)), Some(filler)])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let part = |i: usize| dx[i].clone().unwrap_or_else(|| x[i].zeros_like());
        Ok(vec![Some(apply1(self.clone(), &[&part(0), &part(1)]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let size = batch_size(x, axes)?;
        let front = match axes[0] {
            Some(axis) => x[0].bring(axis, 0),
            None => x[0].repeat_front(size),
        };
        let op = self.behind();
        if axes[1].is_none() {
            return Ok(vec![(apply1(op, &[&front, &x[1]]), Some(0))]);
        }
        // A filler for each example: put it in afterwards.
        let each = || {
            let (shape, dtype) = (front.shape().ok()?, front.dtype().ok()?);
            let padded = apply1(op.clone(), &[&front, &Tensor::zeros(dtype, [])]);
            let filler = x[1].broadcast_in_dim(padded.shape().ok()?, &[0]);
            Some(op.filled(&shape).select(filler, padded))
        };
        Ok(vec![(each().unwrap_or(front), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (value, padding) = (x[1], (&self.low, &self.high, &self.interior));
        let types = [xt[0], xt[1], &y[0]].map(Type::stablehlo);
        format!(
            "%0 = stablehlo.pad {}, {value}, low = {:?}, high = {:?}, interior = {:?} : ({}, {}) -> {}",
            x[0], padding.0, padding.1, padding.2, types[0], types[1], types[2]
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let (low, interior) = (self.low.clone(), self.interior.clone());
        b.step(ir::Form::Pad { low, interior }, x, y)
    }
}

type Padding = &'static [(i64, i64, usize)];

pub(crate) const ENTRY: Entry = Entry {
    name: "pad",
    samples: || {
        let cases: [(&[usize], Padding); 8] = [
            (&[3], &[(1, 2, 0)]),
            (&[2, 3], &[(0, 1, 2), (-1, 1, 1)]),
            (&[4], &[(-1, -2, 0)]),
            (&[4], &[(-3, 2, 2)]),
            (&[], &[]),
            (&[1, 1], &[(2, 0, 5), (0, 0, 0)]),
            (&[0], &[(2, 1, 3)]),
            (&[2], &[(-1, -1, 0)]),
        ];
        let sample = |dtype: DType, (shape, padding): (&[usize], Padding)| {
            let value = Array::scalar(0.75f64).cast(dtype);
            let x = counting(dtype, shape)?;
            Some(Sample::new(Pad::new(padding), [x, value]))
        };
        samples(&cases, DType::F64, (1, MOVED), sample)
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        let pad = |low: i64, high: i64| x.pad(0.0, &[(low, high, 0), (0, 0, 0)]);
        let of = |value: &Tensor| x.pad(value, &[(0, 0, 0); 2]);
        let axes = "padding must have an entry for each axis; 1 were given for 2 axes";
        let types = "inputs must have the same element type; input 1 is i32, input 0 is f32";
        let size = "an axis cannot lose more than it has; axis 0 would have size -1";
        let large = "f32[9223372036854775809, 3] is too large to address";
        vec![
            (x.pad(0.0, &[(1, 1, 0)]), axes),
            (pad(-1, -2), size),
            (of(&x), "the value must be a scalar"),
            (of(&Tensor::scalar(1i32)), types),
            (pad(i64::MAX, 0), large),
        ]
    },
};
