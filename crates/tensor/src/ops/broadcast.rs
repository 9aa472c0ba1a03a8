//! A tensor repeated along new axes or axes of size 1.
use crate::{
    Array, Entry, Fault, Op, Sample, Shape, Tensor, Type, families::batch_size, op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The tensor repeated to `shape`: its axes line up with the last axes of `shape`, and each has the same size or 1.
    ///
    /// # Errors
    /// An axis that has neither the size of `shape` nor 1; fewer axes in `shape`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![1.0, 2.0].broadcast_to([2, 2]);
    /// assert_eq!(format!("{x:?}"), "f32[2, 2]\n[\n  [1.0, 2.0],\n  [1.0, 2.0]\n]");
    /// ```
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        match self.ty() {
            Ok(ty) if ty.shape != shape => {
                let first = shape.rank().saturating_sub(ty.rank());
                let axes = (first..first + ty.rank()).collect();
                apply1(Broadcast { shape, axes }, &[self])
            }
            _ => self.clone(),
        }
    }

    /// The tensor repeated to the shape of `other`. See [`Tensor::broadcast_to`].
    #[track_caller]
    pub fn broadcast_like(&self, other: &Tensor) -> Tensor {
        match other.shape() {
            Ok(shape) => self.broadcast_to(shape),
            Err(e) => e.into(),
        }
    }

    /// The tensor put into `shape` so that its axis `i` becomes axis `axes[i]`; every other axis repeats it.
    ///
    /// # Errors
    /// `axes` must increase, one for each axis of the tensor; sizes must agree or be 1.
    #[track_caller]
    pub fn broadcast_in_dim(&self, shape: impl Into<Shape>, axes: &[usize]) -> Tensor {
        apply1(
            Broadcast {
                shape: shape.into(),
                axes: axes.to_vec(),
            },
            &[self],
        )
    }
}

/// Repeats every tensor to the shape they share: sizes must agree or be 1, counted from the last axis.
#[track_caller]
pub(crate) fn broadcast_together<const N: usize>(subject: &str, x: [Tensor; N]) -> [Tensor; N] {
    let shapes: Vec<Shape> = x.iter().filter_map(|t| t.shape().ok()).collect();
    if shapes.len() < N || shapes.windows(2).all(|w| w[0] == w[1]) {
        return x;
    }
    match common_shape(&shapes) {
        Ok(shape) => x.map(|t| t.broadcast_to(shape.clone())),
        Err(fault) => {
            let inputs: Vec<&Tensor> = x.iter().collect();
            let wrong = Tensor::fault(subject, fault, &inputs);
            x.map(|_| wrong.clone())
        }
    }
}

fn common_shape(shapes: &[Shape]) -> Result<Shape, Fault> {
    let rank = shapes.iter().map(Shape::rank).max().unwrap_or(0);
    let size = |axis: usize| {
        let mut size = 1;
        for shape in shapes.iter().filter(|s| axis + s.rank() >= rank) {
            let d = shape[axis + shape.rank() - rank];
            if d != 1 && size != 1 && d != size {
                let rule = format!(
                    "shapes must agree, or be 1, on every axis; axis {axis} has {size} and {d}"
                );
                return Err(Fault::shape(rule));
            }
            size = if d == 1 { size } else { d };
        }
        Ok(size)
    };
    (0..rank)
        .map(size)
        .collect::<Result<Vec<usize>, Fault>>()
        .map(Shape::from)
}

/// Input axis `i` becomes result axis `axes[i]`.
#[derive(Debug, Clone)]
struct Broadcast {
    shape: Shape,
    axes: Vec<usize>,
}

impl Op for Broadcast {
    fn name(&self) -> &'static str {
        "broadcast"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let (from, to) = (&x[0].shape, &self.shape);
        if from.rank() > to.rank() || self.axes.len() != from.rank() {
            return Err(Fault::shape(format!(
                "{} axes cannot become {}",
                from.rank(),
                to.rank()
            )));
        }
        if !self.axes.is_sorted_by(|a, b| a < b) || self.axes.iter().any(|&a| a >= to.rank()) {
            return Err(Fault::value("axes must increase and exist in the result"));
        }
        if let Some((i, &axis)) = self
            .axes
            .iter()
            .enumerate()
            .find(|&(i, &a)| from[i] != 1 && from[i] != to[a])
        {
            return Err(Fault::shape(format!(
                "axis {i} must have size 1 or {}, not {}",
                to[axis], from[i]
            )));
        }
        to.checked_size(x[0].dtype)?;
        Ok(vec![x[0].with_shape(to)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let (from, strides) = (x[0].shape(), x[0].shape().strides());
        let mut steps = vec![0; y[0].rank()];
        for (i, &axis) in self.axes.iter().enumerate() {
            steps[axis] = if from[i] == 1 { 0 } else { strides[i] };
        }
        vec![crate::families::walk::strided(x[0], &y[0], 0, &steps)]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let Some(d) = &dy[0] else {
            return Ok(vec![None]);
        };
        let Ok(from) = x[0].shape() else {
            return Ok(vec![None]);
        };
        // Sum over every axis that was made or repeated.
        let repeated = |axis: &usize| match self.axes.iter().position(|a| a == axis) {
            Some(i) => from[i] == 1 && self.shape[*axis] != 1,
            None => true,
        };
        let axes: Vec<usize> = (0..self.shape.rank()).filter(repeated).collect();
        Ok(vec![Some(d.sum_axes(axes).reshape(from))])
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![dx[0].as_ref().map(|d| apply1(self.clone(), &[d]))])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let size = batch_size(x, axes)?;
        let shape = std::iter::once(size)
            .chain(self.shape.iter().copied())
            .collect();
        let inner = std::iter::once(0)
            .chain(self.axes.iter().map(|a| a + 1))
            .collect();
        let x = x[0].bring(axes[0].unwrap_or(0), 0);
        Ok(vec![(
            apply1(Broadcast { shape, axes: inner }, &[&x]),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (from, to) = (xt[0].stablehlo(), y[0].stablehlo());
        format!(
            "%0 = stablehlo.broadcast_in_dim {}, dims = {:?} : ({from}) -> {to}",
            x[0], self.axes
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(
            ir::Form::Broadcast {
                axes: self.axes.clone(),
            },
            x,
            y,
        )
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "broadcast",
    samples: || {
        let cases: [(&[usize], &[usize], &[usize]); 6] = [
            (&[3], &[2, 3], &[1]),
            (&[2, 1], &[2, 3], &[0, 1]),
            (&[], &[2, 2], &[]),
            (&[2], &[2, 1, 3], &[0]),
            (&[0], &[2, 0], &[1]),
            (&[1], &[0], &[0]),
        ];
        let sample = |(from, to, axes): (&[usize], &[usize], &[usize])| {
            let n: usize = from.iter().product();
            let x = Array::from_vec(from, (0..n).map(|i| i as f64 + 0.5).collect()).ok()?;
            Some(Sample::new(
                Broadcast {
                    shape: to.into(),
                    axes: axes.to_vec(),
                },
                [x],
            ))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let x = Tensor::from_vec([2, 3], vec![0.0f32; 6]);
        vec![
            (
                x.broadcast_to([2, 4]),
                "axis 1 must have size 1 or 4, not 3",
            ),
            (x.broadcast_to([3]), "2 axes cannot become 1"),
            (
                x.broadcast_in_dim([2, 3], &[1, 0]),
                "axes must increase and exist in the result",
            ),
            (
                x.broadcast_to([usize::MAX, 2, 3]),
                "f32[18446744073709551615, 2, 3] is too large to address",
            ),
        ]
    },
};
