//! Axes run backwards.
use crate::{
    Array, Axes, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        samples::{MOVED, counting, samples},
        walk::strided,
    },
    op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The elements of the given axes in reverse order.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3].reverse(0)), "i32[3] [3, 2, 1]");
    /// ```
    ///
    /// StableHLO's and Nx's `reverse`, NumPy's `flip`.
    #[track_caller]
    pub fn reverse(&self, axes: impl Into<Axes>) -> Tensor {
        let Ok(rank) = self.rank() else {
            return self.clone();
        };
        match axes.into().resolve(rank) {
            Ok(axes) if axes.is_empty() => self.clone(),
            Ok(axes) => apply1(Reverse { axes }, &[self]),
            Err(fault) => Tensor::fault("reverse", fault, &[self]),
        }
    }
}

#[derive(Debug, Clone)]
struct Reverse {
    axes: Vec<usize>,
}

impl Op for Reverse {
    fn name(&self) -> &'static str {
        "reverse"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        match self.axes.iter().find(|&&a| a >= x[0].rank()) {
            Some(axis) => Err(Fault::value(format!(
                "axis {axis} does not exist; there are {}",
                x[0].rank()
            ))),
            None => Ok(vec![x[0].clone()]),
        }
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let (mut start, mut steps) = (0, x[0].shape().strides());
        for &axis in &self.axes {
            let last = x[0].shape()[axis].wrapping_sub(1);
            start = last.wrapping_mul(steps[axis]).wrapping_add(start);
            steps[axis] = steps[axis].wrapping_neg();
        }
        vec![strided(x[0], &y[0], start, &steps)]
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        Ok(vec![dy[0].as_ref().map(|d| apply1(self.clone(), &[d]))])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(vec![dx[0].as_ref().map(|d| apply1(self.clone(), &[d]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let extra = axes[0].unwrap_or(0);
        let axes = self
            .axes
            .iter()
            .map(|&a| a + usize::from(a >= extra))
            .collect();
        Ok(vec![(apply1(Reverse { axes }, &[&x[0]]), Some(extra))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        format!(
            "%0 = stablehlo.reverse {}, dims = {:?} : {}",
            x[0],
            self.axes,
            xt[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(
            ir::Form::Reverse {
                axes: self.axes.clone(),
            },
            x,
            y,
        )
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "reverse",
    samples: || {
        let cases: [[&[usize]; 2]; 6] = [
            [&[3], &[0]],
            [&[2, 3], &[1]],
            [&[2, 3, 2], &[2, 0]],
            [&[1, 1], &[0]],
            [&[0, 2], &[1]],
            [&[], &[]],
        ];
        let sample = |dtype: DType, [shape, axes]: [&[usize]; 2]| {
            Some(Sample::new(
                Reverse {
                    axes: axes.to_vec(),
                },
                [counting(dtype, shape)?],
            ))
        };
        samples(&cases, DType::F64, (1, MOVED), sample)
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (x.reverse(2), "axis 2 does not exist; axes run from -2 to 1"),
            (x.reverse([0, -2]), "axis -2 is named twice"),
            (
                apply1(Reverse { axes: vec![5] }, &[&x]),
                "axis 5 does not exist; there are 2",
            ),
        ]
    },
};
