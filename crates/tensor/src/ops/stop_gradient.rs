//! The same tensor, constant to differentiation.
use crate::{
    Array, Entry, Fault, Op, Sample, Tensor, Type,
    families::{Batched, Flows, samples::counting},
    op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The same tensor, through which no derivative flows.
    ///
    /// # Gradient
    /// None, in either direction.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Tensor, grad};
    /// let d = grad(&Tensor::scalar(3.0f32), |x| &x * x.stop_gradient());
    /// assert_eq!(format!("{d:?}"), "f32 3.0");
    /// ```
    #[track_caller]
    pub fn stop_gradient(&self) -> Tensor {
        apply1(StopGradient, &[self])
    }
}

#[derive(Debug)]
struct StopGradient;

impl Op for StopGradient {
    fn name(&self) -> &'static str {
        "stop_gradient"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        vec![x[0].clone()]
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        Ok(vec![(apply1(StopGradient, &[&x[0]]), axes[0])])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        format!(
            "%0 = stablehlo.optimization_barrier {} : {}",
            x[0],
            xt[0].stablehlo()
        )
    }
    fn lower(&self, _: &mut ir::Builder, x: &[ir::Value], _: &[Type]) -> Vec<ir::Value> {
        x.to_vec()
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "stop_gradient",
    samples: || {
        let shapes: [&[usize]; 4] = [&[], &[1], &[0], &[2, 3]];
        shapes
            .into_iter()
            .flat_map(|s| counting(crate::DType::F64, s))
            .chain([Array::scalar(3i32)])
            .map(|a| Sample::new(StopGradient, [a]))
            .collect()
    },
    faults: || vec![],
};
