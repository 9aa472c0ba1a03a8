//! Another element type.
use crate::{Array, DType, Entry, Fault, Op, Sample, Tensor, Type, op::apply1};
use bouton_ir as ir;

impl Tensor {
    /// The same numbers in another element type; free if it is the type already.
    ///
    /// Float to integer truncates and saturates, NaN gives 0; integer to a narrower one keeps the low bits; anything
    /// to `bool` is "not zero"; a float is rounded once, to nearest.
    ///
    /// # Gradient
    /// Between floats it is converted back; to and from integers nothing flows.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, tensor};
    /// assert_eq!(format!("{:?}", tensor![1.9, -2.5, 1e10].convert(DType::I32)), "i32[3] [1, -2, 2147483647]");
    /// ```
    #[track_caller]
    pub fn convert(&self, dtype: DType) -> Tensor {
        match self.dtype() {
            Ok(d) if d != dtype => apply1(Convert { dtype }, &[self]),
            _ => self.clone(),
        }
    }
}

#[derive(Debug)]
struct Convert {
    dtype: DType,
}

impl Convert {
    /// The derivative in either direction: conversion to the type of `to`, between floats.
    fn linear(&self, from: &Tensor, to: &Tensor, d: &Option<Tensor>) -> Option<Tensor> {
        let (Ok(from), Ok(to)) = (from.dtype(), to.dtype()) else {
            return None;
        };
        d.as_ref()
            .filter(|_| from.is_float() && to.is_float())
            .map(|d| d.convert(to))
    }
}

impl Op for Convert {
    fn name(&self) -> &'static str {
        "convert"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        Ok(vec![x[0].with_dtype(self.dtype)])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        vec![x[0].cast(self.dtype)]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![self.linear(&y[0], &x[0], &dy[0])])
    }
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![self.linear(&x[0], &y[0], &dx[0])])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        Ok(vec![(
            apply1(Convert { dtype: self.dtype }, &[&x[0]]),
            axes[0],
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        format!(
            "%0 = stablehlo.convert {} : ({}) -> {}",
            x[0],
            xt[0].stablehlo(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        if b.ty(x[0]) == &y[0] {
            x.to_vec()
        } else {
            b.step(ir::Form::Convert, x, y)
        }
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "convert",
    samples: || {
        let values = || Array::from_vec([5], vec![-3.7, 0.0, 0.5, 200.2, 70000.0]);
        let all = DType::ALL
            .into_iter()
            .flat_map(|from| DType::ALL.into_iter().map(move |to| (from, to)));
        let vectors = all.flat_map(|(from, dtype)| {
            Some(Sample::new(Convert { dtype }, [values().ok()?.cast(from)]))
        });
        let empty = Array::zeros(&Type::new(DType::F64, [0, 3]))
            .map(|a| Sample::new(Convert { dtype: DType::F32 }, [a]));
        let others = [
            Array::from_vec([], vec![0.1]),
            Array::from_vec([1], vec![0.1]),
            Array::from_vec([2, 1], vec![0.1, -3.0]),
        ];
        let others = others
            .into_iter()
            .flatten()
            .map(|a| Sample::new(Convert { dtype: DType::F32 }, [a]));
        vectors.chain(empty).chain(others).collect()
    },
    faults: || vec![],
};
