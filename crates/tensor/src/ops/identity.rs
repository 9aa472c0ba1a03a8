//! The same tensor: where a differentiation starts.
use crate::{Array, Entry, Fault, Op, Sample, Tensor, Type, op::apply1};
use bouton_ir as ir;

/// The same value. Marks the inputs of a differentiation; compiles to nothing.
#[derive(Debug, Clone)]
pub(crate) struct Identity;

impl Op for Identity {
    fn name(&self) -> &'static str {
        "identity"
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
    fn vjp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(dy.to_vec())
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(dx.to_vec())
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        Ok(vec![(apply1(Identity, &[&x[0]]), axes[0])])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        let t = xt[0].stablehlo();
        format!("%0 = stablehlo.optimization_barrier {} : {t}", x[0])
    }
    fn lower(&self, _: &mut ir::Builder, x: &[ir::Value], _: &[Type]) -> Vec<ir::Value> {
        x.to_vec()
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "identity",
    samples: || {
        let shapes: [&[usize]; 4] = [&[], &[1], &[0], &[2, 3]];
        let counting = |shape: &[usize]| {
            Array::from_vec(
                shape,
                (0..shape.iter().product())
                    .map(|i| i as f64 - 1.5)
                    .collect(),
            )
        };
        let floats = shapes.into_iter().flat_map(counting);
        floats
            .chain([Array::scalar(3i32)])
            .map(|a| Sample::new(Identity, [a]))
            .collect()
    },
    faults: || vec![],
};
