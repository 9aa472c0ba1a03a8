//! The axes in another order.
use crate::{
    Array, Axes, Entry, Fault, Op, Sample, Shape, Tensor, Type, families::walk::strided, op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The axes in another order: axis `i` of the result is axis `axes[i]` of the tensor.
    ///
    /// # Errors
    /// `axes` must name every axis once.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2, 3], [4, 5, 6]].transpose([1, 0]);
    /// assert_eq!(format!("{:?}", x.shape()?), "[3, 2]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn transpose(&self, axes: impl Into<Axes>) -> Tensor {
        let Ok(rank) = self.rank() else {
            return self.clone();
        };
        match axes.into().resolve(rank) {
            Ok(axes) if axes.iter().copied().eq(0..rank) => self.clone(),
            Ok(permutation) => apply1(Transpose { permutation }, &[self]),
            Err(fault) => Tensor::fault("transpose", fault, &[self]),
        }
    }

    /// The axes in reverse order; of a matrix, its transpose.
    #[track_caller]
    pub fn t(&self) -> Tensor {
        match self.rank() {
            Ok(rank) => self.transpose((0..rank).rev().collect::<Vec<usize>>()),
            Err(_) => self.clone(),
        }
    }
}

#[derive(Debug)]
struct Transpose {
    permutation: Vec<usize>,
}

impl Op for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let rank = x[0].rank();
        if self.permutation.len() != rank {
            return Err(Fault::shape(format!(
                "every axis must be named once; {} of {rank} are",
                self.permutation.len()
            )));
        }
        let shape: Shape = self.permutation.iter().map(|&a| x[0].shape[a]).collect();
        Ok(vec![x[0].with_shape(shape)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let strides = x[0].shape().strides();
        let steps: Vec<usize> = self.permutation.iter().map(|&a| strides[a]).collect();
        vec![strided(x[0], &y[0], 0, &steps)]
    }
    fn vjp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let mut inverse = vec![0; self.permutation.len()];
        for (i, &a) in self.permutation.iter().enumerate() {
            inverse[a] = i;
        }
        Ok(vec![dy[0].as_ref().map(|d| d.transpose(inverse))])
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![dx[0].as_ref().map(|d| d.transpose(&self.permutation))])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let permutation = std::iter::once(0)
            .chain(self.permutation.iter().map(|a| a + 1))
            .collect();
        Ok(vec![(
            apply1(
                Transpose { permutation },
                &[&x[0].bring(axes[0].unwrap_or(0), 0)],
            ),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (from, to) = (xt[0].stablehlo(), y[0].stablehlo());
        format!(
            "%0 = stablehlo.transpose {}, dims = {:?} : ({from}) -> {to}",
            x[0], self.permutation
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(
            ir::Form::Transpose {
                permutation: self.permutation.clone(),
            },
            x,
            y,
        )
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "transpose",
    samples: || {
        let cases: [(&[usize], &[usize]); 6] = [
            (&[2, 3], &[1, 0]),
            (&[2, 3, 4], &[2, 0, 1]),
            (&[], &[]),
            (&[1, 1], &[1, 0]),
            (&[1, 3], &[1, 0]),
            (&[0, 2], &[1, 0]),
        ];
        let sample = |(shape, permutation): (&[usize], &[usize])| {
            let n: usize = shape.iter().product();
            let x = Array::from_vec(shape, (0..n).map(|i| i as f64 * 0.5).collect()).ok()?;
            Some(Sample::new(
                Transpose {
                    permutation: permutation.to_vec(),
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
                x.transpose([0]),
                "every axis must be named once; 1 of 2 are",
            ),
            (x.transpose([0, 0]), "axis 0 is named twice"),
            (
                x.transpose([0, 2]),
                "axis 2 does not exist; axes run from -2 to 1",
            ),
        ]
    },
};
