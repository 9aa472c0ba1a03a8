//! Operations held by a handle, as samples hold them, applied like any other.
use bouton_ir as ir;
use bouton_tensor::{Array, Fault, Op, Tensor, Type, apply};
use std::{fmt, sync::Arc};

/// An operation behind a handle, as an operation.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<dyn Op>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Op for Shared {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    fn outputs(&self) -> usize {
        self.0.outputs()
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        self.0.infer(x)
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        self.0.eval(x, y)
    }
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        self.0.vjp(x, y, dy)
    }
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        self.0.jvp(x, y, dx)
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        self.0.batch(x, axes)
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        self.0.stablehlo(x, xt, y)
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        self.0.lower(b, x, y)
    }
}

/// The operation applied lazily.
pub(crate) fn applied(op: &Arc<dyn Op>, x: &[Tensor]) -> Vec<Tensor> {
    apply(Shared(op.clone()), &x.iter().collect::<Vec<_>>())
}
