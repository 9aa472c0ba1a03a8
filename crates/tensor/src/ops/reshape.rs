//! The same elements under another shape.
use crate::{
    Array, Axes, Entry, Fault, Op, Sample, Shape, Tensor, Type, families::batch_size, op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The same elements in row-major order under another shape.
    ///
    /// # Errors
    /// The number of elements must stay.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4]].reshape([4]);
    /// assert_eq!(format!("{x:?}"), "i32[4] [1, 2, 3, 4]");
    /// ```
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        match self.shape() {
            Ok(s) if s == shape => self.clone(),
            _ => apply1(Reshape { shape }, &[self]),
        }
    }

    /// All elements along one axis, in row-major order.
    #[track_caller]
    pub fn flatten(&self) -> Tensor {
        match self.shape() {
            Ok(shape) => self.reshape([shape.size()]),
            Err(_) => self.clone(),
        }
    }

    /// The tensor with an axis of size 1 put in so that it becomes axis `axis`; negative counts from the end of the
    /// result.
    ///
    /// # Errors
    /// The axis must exist in the result.
    #[track_caller]
    pub fn new_axis(&self, axis: i32) -> Tensor {
        let Ok(shape) = self.shape() else {
            return self.clone();
        };
        match crate::axes::axis_of(i64::from(axis), shape.rank() + 1) {
            Ok(axis) => {
                let mut dims = shape.to_vec();
                dims.insert(axis, 1);
                self.reshape(dims)
            }
            Err(fault) => Tensor::fault("new_axis", fault, &[self]),
        }
    }

    /// The tensor without its axes of size 1.
    #[track_caller]
    pub fn squeeze(&self) -> Tensor {
        match self.shape() {
            Ok(shape) => self.reshape(shape.iter().copied().filter(|&d| d != 1).collect::<Shape>()),
            Err(_) => self.clone(),
        }
    }

    /// The tensor without these axes, which must have size 1; negative ones count from the end.
    ///
    /// # Errors
    /// The axes must exist, be named once and have size 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2]].squeeze_axes(0)), "i32[2] [1, 2]");
    /// ```
    #[track_caller]
    pub fn squeeze_axes(&self, axes: impl Into<Axes>) -> Tensor {
        let Ok(shape) = self.shape() else {
            return self.clone();
        };
        let one = |axes: Vec<usize>| match axes.iter().find(|&&a| shape[a] != 1) {
            Some(&a) => Err(Fault::shape(format!(
                "the axes must have size 1; axis {a} has {}",
                shape[a]
            ))),
            None => Ok(axes),
        };
        match axes.into().resolve(shape.rank()).and_then(one) {
            Ok(axes) => {
                let rest = (0..shape.rank()).filter(|a| !axes.contains(a));
                self.reshape(rest.map(|a| shape[a]).collect::<Shape>())
            }
            Err(fault) => Tensor::fault("squeeze_axes", fault, &[self]),
        }
    }
}

#[derive(Debug)]
struct Reshape {
    shape: Shape,
}

impl Op for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let size = self.shape.checked_size(x[0].dtype)?;
        if size != x[0].size() {
            return Err(Fault::shape(format!(
                "the number of elements must stay; {} has {size}, the input {}",
                self.shape,
                x[0].size()
            )));
        }
        Ok(vec![x[0].with_shape(&self.shape)])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        x[0].clone().reshaped(&self.shape).into_iter().collect()
    }
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![
            dy[0]
                .as_ref()
                .zip(x[0].shape().ok())
                .map(|(d, shape)| d.reshape(shape)),
        ])
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![dx[0].as_ref().map(|d| d.reshape(&self.shape))])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let size = batch_size(x, axes)?;
        let shape: Shape = std::iter::once(size)
            .chain(self.shape.iter().copied())
            .collect();
        Ok(vec![(
            apply1(Reshape { shape }, &[&x[0].bring(axes[0].unwrap_or(0), 0)]),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        format!(
            "%0 = stablehlo.reshape {} : ({}) -> {}",
            x[0],
            xt[0].stablehlo(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        if b.ty(x[0]) == &y[0] {
            x.to_vec()
        } else {
            b.step(ir::Form::Reshape, x, y)
        }
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "reshape",
    samples: || {
        let cases: [(&[usize], &[usize]); 5] = [
            (&[2, 3], &[3, 2]),
            (&[6], &[1, 6, 1]),
            (&[1, 1], &[]),
            (&[], &[1]),
            (&[0, 3], &[2, 0]),
        ];
        let sample = |(from, to): (&[usize], &[usize])| {
            let n: usize = from.iter().product();
            let x = Array::from_vec(from, (0..n).map(|i| i as f64 - 1.5).collect()).ok()?;
            Some(Sample::new(Reshape { shape: to.into() }, [x]))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let x = Tensor::from_vec([2, 3], vec![0.0f32; 6]);
        vec![(
            x.reshape([4]),
            "the number of elements must stay; [4] has 4, the input 6",
        )]
    },
};
