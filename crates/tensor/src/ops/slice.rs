//! A box cut out of a tensor, every so many elements.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Shape, Span, Spans, Tensor, Type,
    axes::axis_of,
    families::{
        Batched, Flows, batch_size,
        samples::{MOVED, counting, samples},
    },
    op::apply1,
    span::{no_stride, outside},
};
use bouton_ir as ir;

impl Tensor {
    /// A part of every axis: one range for each axis from the first on; axes without one stay whole.
    ///
    /// The bounds are part of the program: a changing range compiles anew. See [`Tensor::at`] and
    /// [`Tensor::dynamic_slice`] for positions that change.
    ///
    /// # Errors
    /// The range must lie inside the axis; no more ranges than axes; the stride must be at least 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{step, tensor};
    /// let x = tensor![[1, 2, 3, 4], [5, 6, 7, 8]];
    /// assert_eq!(format!("{:?}", x.slice(1..)), "i32[1, 4]\n[\n  [5, 6, 7, 8]\n]");
    /// assert_eq!(format!("{:?}", x.slice((1.., 1..-1))), "i32[1, 2]\n[\n  [6, 7]\n]");
    /// assert_eq!(format!("{:?}", x.slice((..1, step(.., 2)))), "i32[1, 2]\n[\n  [1, 3]\n]");
    /// ```
    #[track_caller]
    pub fn slice(&self, spans: impl Spans) -> Tensor {
        let Ok(shape) = self.shape() else {
            return self.clone();
        };
        let spans = spans.spans();
        if spans.len() > shape.rank() {
            let (given, rank) = (spans.len(), shape.rank());
            let fault = Fault::shape(format!("{given} ranges were given for {rank} axes"));
            return Tensor::fault("slice", fault, &[self]);
        }
        let mut op = Slice::whole(&shape);
        for (axis, span) in spans.iter().enumerate() {
            match span.resolve(axis, shape[axis]) {
                Ok((start, limit, stride)) => {
                    (op.start[axis], op.limit[axis], op.stride[axis]) = (start, limit, stride)
                }
                Err(fault) => return Tensor::fault("slice", fault, &[self]),
            }
        }
        op.apply(self)
    }

    /// A part of one axis. See [`Tensor::slice`].
    ///
    /// # Errors
    /// The axis must exist, and the range lie inside it.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].slice_axis(-1, 1..3)), "i32[2] [2, 3]");
    /// ```
    #[track_caller]
    pub fn slice_axis(&self, axis: i32, span: impl Into<Span>) -> Tensor {
        let axis = match self.rank().map(|rank| axis_of(i64::from(axis), rank)) {
            Ok(Ok(axis)) => axis,
            Ok(Err(fault)) => return Tensor::fault("slice", fault, &[self]),
            Err(_) => return self.clone(),
        };
        let mut spans = vec![Span::from(..); axis];
        spans.push(span.into());
        self.slice(spans)
    }
}

/// Every `stride[i]`-th element of axis `i`, from `start[i]`, before `limit[i]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slice {
    pub start: Vec<usize>,
    pub limit: Vec<usize>,
    pub stride: Vec<usize>,
}

impl Slice {
    pub(crate) fn new(start: &[usize], limit: &[usize], stride: &[usize]) -> Slice {
        let [start, limit, stride] = [start, limit, stride].map(<[usize]>::to_vec);
        Slice {
            start,
            limit,
            stride,
        }
    }

    /// Everything.
    pub(crate) fn whole(shape: &Shape) -> Slice {
        let rank = shape.rank();
        Slice::new(&vec![0; rank], shape, &vec![1; rank])
    }

    /// The slice; the tensor itself if that is all of it.
    #[track_caller]
    pub(crate) fn apply(self, x: &Tensor) -> Tensor {
        match x.shape() {
            Ok(shape) if self != Slice::whole(&shape) => apply1(self, &[x]),
            _ => x.clone(),
        }
    }
}

impl Op for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let rank = x[0].rank();
        if [&self.start, &self.limit, &self.stride]
            .iter()
            .any(|v| v.len() != rank)
        {
            return Err(Fault::shape(format!(
                "start, limit and stride must have an entry for each of {rank} axes"
            )));
        }
        for (axis, &size) in x[0].shape.iter().enumerate() {
            let (start, limit) = (self.start[axis], self.limit[axis]);
            if start > limit || limit > size {
                return Err(outside(start as i64, limit as i64, axis, size));
            }
            if self.stride[axis] == 0 {
                return Err(no_stride(axis));
            }
        }
        let sizes = (0..rank).map(|a| (self.limit[a] - self.start[a]).div_ceil(self.stride[a]));
        Ok(vec![x[0].with_shape(sizes.collect::<Shape>())])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let (mut start, mut steps) = (0, x[0].shape().strides());
        for (axis, step) in steps.iter_mut().enumerate() {
            start += *step * self.start[axis];
            *step = step.saturating_mul(self.stride[axis]);
        }
        vec![crate::families::walk::strided(x[0], &y[0], start, &steps)]
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(from), Ok(to)) = (&dy[0], x[0].shape(), y[0].shape()) else {
            return Ok(vec![None]);
        };
        // Zeros where the slice took nothing.
        let padding = |a: usize| {
            let gap = if to[a] < 2 { 0 } else { self.stride[a] - 1 };
            let covered = to[a] + to[a].saturating_sub(1) * gap;
            let (before, after) = (self.start[a], from[a] - self.start[a] - covered);
            (before as i64, after as i64, gap)
        };
        let padding: Vec<_> = (0..from.rank()).map(padding).collect();
        Ok(vec![Some(super::pad::with_zeros(d, &padding))])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(vec![dx[0].as_ref().map(|d| apply1(self.clone(), &[d]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let axis = axes[0].unwrap_or(0);
        let size = batch_size(x, axes)?;
        let mut op = self.clone();
        op.start.insert(axis, 0);
        op.limit.insert(axis, size);
        op.stride.insert(axis, 1);
        Ok(vec![(apply1(op, &[&x[0]]), Some(axis))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let range = |a: usize| match self.stride[a] {
            1 => format!("{}:{}", self.start[a], self.limit[a]),
            s => format!("{}:{}:{s}", self.start[a], self.limit[a]),
        };
        let ranges = (0..self.start.len())
            .map(range)
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "%0 = stablehlo.slice {} [{ranges}] : ({}) -> {}",
            x[0],
            xt[0].stablehlo(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let (start, stride) = (self.start.clone(), self.stride.clone());
        b.step(ir::Form::Slice { start, stride }, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "slice",
    samples: || {
        let cases: [[&[usize]; 4]; 8] = [
            [&[4], &[1], &[3], &[1]],
            [&[3, 5], &[0, 1], &[3, 5], &[2, 3]],
            [&[2, 6], &[1, 0], &[2, 5], &[1, 2]],
            [&[], &[], &[], &[]],
            [&[1], &[0], &[1], &[1]],
            [&[1, 3], &[0, 2], &[1, 3], &[7, 9]],
            [&[3], &[1], &[1], &[1]],
            [&[0, 2], &[0, 0], &[0, 1], &[1, 1]],
        ];
        let sample = |dtype, [shape, start, limit, stride]: [&[usize]; 4]| {
            Some(Sample::new(
                Slice::new(start, limit, stride),
                [counting(dtype, shape)?],
            ))
        };
        samples(&cases, DType::F64, (1, MOVED), sample)
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (
                x.slice((.., 1..4)),
                "the range must lie inside the axis; 1..4 does not in axis 1 of size 3",
            ),
            (
                x.slice(3..),
                "the range must lie inside the axis; 3..2 does not in axis 0 of size 2",
            ),
            (
                x.slice_axis(-1, -4..),
                "the range must lie inside the axis; -1..3 does not in axis 1 of size 3",
            ),
            (
                x.slice_axis(2, ..),
                "axis 2 does not exist; axes run from -2 to 1",
            ),
            (x.slice((.., .., ..)), "3 ranges were given for 2 axes"),
            (
                x.slice(crate::step(.., 0)),
                "the stride must be at least 1; that of axis 0 is 0",
            ),
            (
                apply1(Slice::new(&[0], &[1], &[1]), &[&x]),
                "start, limit and stride must have an entry for each of 2 axes",
            ),
        ]
    },
};
