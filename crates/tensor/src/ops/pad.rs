//! Elements put before, after and between those of a tensor.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Operand, Sample, Shape, Tensor, Type,
    families::batch_size, op::apply1, ops::slice::Slice,
};
use bouton_array::with_dtype;
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
    /// Nx's `pad`, StableHLO's `pad`.
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
        Pad {
            low,
            high,
            interior: padding.iter().map(|p| p.2).collect(),
        }
    }

    /// Size of an axis with the interior elements put in.
    fn spread(&self, axis: usize, size: usize) -> usize {
        size.saturating_add(size.saturating_sub(1).saturating_mul(self.interior[axis]))
    }

    /// Padding of an input with an extra axis in front, which is left alone.
    fn behind(&self) -> Pad {
        let padding: Vec<_> = (0..self.low.len())
            .map(|a| (self.low[a], self.high[a], self.interior[a]))
            .collect();
        Pad::new(&[&[(0, 0, 0)], &padding[..]].concat())
    }

    /// What of `d`, shaped like the result, lies where the input of this shape went.
    #[track_caller]
    fn inside(&self, d: &Tensor, shape: &Shape) -> Tensor {
        let back: Vec<_> = (0..shape.rank())
            .map(|a| (-self.low[a], -self.high[a], 0))
            .collect();
        let limit = (0..shape.rank())
            .map(|a| self.spread(a, shape[a]))
            .collect();
        let slice = Slice {
            start: vec![0; shape.rank()],
            limit,
            stride: self.interior.iter().map(|i| i + 1).collect(),
        };
        slice.apply(&with_zeros(d, &back))
    }

    /// `true` in the result where the filler is.
    #[track_caller]
    fn filled(&self, shape: &Shape) -> Tensor {
        apply1(
            self.clone(),
            &[
                &Tensor::full(DType::Bool, shape, false),
                &Tensor::full(DType::Bool, [], true),
            ],
        )
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
            return Err(Fault::shape(format!(
                "padding must have an entry for each axis; {} were given for {rank} axes",
                self.low.len()
            )));
        }
        if x[1].rank() != 0 {
            return Err(Fault::shape("the value must be a scalar"));
        }
        if x[0].dtype != x[1].dtype {
            return Err(Fault::dtype(format!(
                "inputs must have the same element type; input 1 is {}, input 0 is {}",
                x[1].dtype, x[0].dtype
            )));
        }
        let size = |axis: usize| {
            let spread = self.spread(axis, x[0].shape[axis]) as i128;
            let size = spread + i128::from(self.low[axis]) + i128::from(self.high[axis]);
            let rule = || {
                format!("an axis cannot lose more than it has; axis {axis} would have size {size}")
            };
            usize::try_from(size).map_err(|_| Fault::shape(rule()))
        };
        let shape = (0..rank)
            .map(size)
            .collect::<Result<Vec<usize>, Fault>>()
            .map(Shape::from)?;
        shape.checked_size(x[0].dtype)?;
        Ok(vec![x[0].with_shape(shape)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        vec![with_dtype!(y[0].dtype, T => self.spread_out::<T>(x[0], x[1], &y[0]))]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let (Some(d), Ok(shape)) = (&dy[0], x[0].shape()) else {
            return Ok(vec![None, None]);
        };
        let filler = self.filled(&shape).select(d, d.zeros_like()).sum();
        Ok(vec![Some(self.inside(d, &shape)), Some(filler)])
    }
    fn jvp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let part = |i: usize| dx[i].clone().unwrap_or_else(|| x[i].zeros_like());
        Ok(vec![Some(apply1(self.clone(), &[&part(0), &part(1)]))])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let size = batch_size(x, axes)?;
        let front = match axes[0] {
            Some(axis) => x[0].move_axis(axis, 0),
            None => x[0].repeat_front(size),
        };
        let op = self.behind();
        if axes[1].is_none() {
            return Ok(vec![(apply1(op, &[&front, &x[1]]), Some(0))]);
        }
        // A filler for each example: put it in afterwards.
        let (Ok(shape), Ok(dtype)) = (front.shape(), front.dtype()) else {
            return Ok(vec![(front, Some(0))]);
        };
        let padded = apply1(op.clone(), &[&front, &Tensor::zeros(dtype, [])]);
        let Ok(to) = padded.shape() else {
            return Ok(vec![(padded, Some(0))]);
        };
        let filler = x[1].broadcast_in_dim(to, &[0]);
        Ok(vec![(op.filled(&shape).select(filler, padded), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        format!(
            "%0 = stablehlo.pad {}, {}, low = {:?}, high = {:?}, interior = {:?} : ({}, {}) -> {}",
            x[0],
            x[1],
            self.low,
            self.high,
            self.interior,
            xt[0].stablehlo(),
            xt[1].stablehlo(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(
            ir::Form::Pad {
                low: self.low.clone(),
                interior: self.interior.clone(),
            },
            x,
            y,
        )
    }
}

impl Pad {
    fn spread_out<T: Element>(&self, x: &Array, filler: &Array, y: &Type) -> Array {
        let (dims, strides) = (x.shape().dims(), y.shape.strides());
        let mut result = Array::scratch(y);
        let values = result.slice_mut::<T>();
        values.fill(filler.slice::<T>()[0]);
        let mut index = vec![0usize; dims.len()];
        for &value in x.slice::<T>() {
            let place = |axis: usize| {
                self.low[axis] as i128 + (index[axis] as i128) * (self.interior[axis] as i128 + 1)
            };
            let inside = |axis: usize| {
                usize::try_from(place(axis))
                    .ok()
                    .filter(|&i| i < y.shape[axis])
            };
            if let Some(at) =
                (0..dims.len()).try_fold(0, |at, axis| Some(at + inside(axis)? * strides[axis]))
            {
                values[at] = value;
            }
            for axis in (0..dims.len()).rev() {
                index[axis] += 1;
                if index[axis] < dims[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        result
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
            Some(Sample::new(
                Pad::new(padding),
                [super::slice::counting(dtype, shape)?, value],
            ))
        };
        let types = [DType::Bool, DType::U8, DType::F16, DType::I32];
        cases
            .into_iter()
            .flat_map(|c| sample(DType::F64, c))
            .chain(types.iter().flat_map(|&t| sample(t, cases[1])))
            .collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (
                x.pad(0.0, &[(1, 1, 0)]),
                "padding must have an entry for each axis; 1 were given for 2 axes",
            ),
            (
                x.pad(0.0, &[(-1, -2, 0), (0, 0, 0)]),
                "an axis cannot lose more than it has; axis 0 would have size -1",
            ),
            (
                x.pad(&x, &[(0, 0, 0), (0, 0, 0)]),
                "the value must be a scalar",
            ),
            (
                x.pad(Tensor::scalar(1i32), &[(0, 0, 0), (0, 0, 0)]),
                "inputs must have the same element type; input 1 is i32, input 0 is f32",
            ),
            (
                x.pad(0.0, &[(i64::MAX, 0, 0), (0, 0, 0)]),
                "f32[9223372036854775809, 3] is too large to address",
            ),
        ]
    },
};
