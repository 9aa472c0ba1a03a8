//! Sums of products over pairs of axes.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        contraction::{self, cotangent},
        element_types::ElementTypes,
        operands::{common_type, same_dtype},
        samples::{counting, samples},
    },
    op::apply1,
};
use bouton_ir as ir;
use std::fmt;

impl Tensor {
    /// Products of elements summed over pairs of axes, for every combination of the other axes.
    ///
    /// `contract` pairs an axis of this tensor with the axis of `other` that it is summed over with; `batch` pairs axes
    /// that run together and stay.
    ///
    /// # Shapes
    /// The result's axes: batch, then this tensor's others, then the others of `other`, each in order. A matrix product
    /// is `x.dot_general(y, &[], &[(1, 0)])`: `[n, k], [k, m] -> [n, m]`.
    ///
    /// # Types
    /// The operands are promoted to one type, which the result has. Each element is one chain of fused multiply-adds
    /// over the contracted axes in row-major order; `bf16` and `f16` are summed in `f32` and rounded once; integers wrap.
    ///
    /// # Errors
    /// Contracted axes must have the same size; so must batch axes; every axis must exist and be named once; the
    /// elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (x, y) = (tensor![[1.0, 2.0], [3.0, 4.0]], tensor![[1.0, 10.0], [100.0, 1000.0]]);
    /// let diagonal = x.dot_general(&y, &[(0, 0)], &[(1, 1)]);
    /// assert_eq!(format!("{diagonal:?}"), "f32[2] [21.0, 4300.0]");
    /// ```
    ///
    /// StableHLO's `dot_general`.
    #[track_caller]
    pub fn dot_general(
        &self,
        other: impl Into<Operand>,
        batch: &[(usize, usize)],
        contract: &[(usize, usize)],
    ) -> Tensor {
        let [a, b] = common_type([self.into(), other.into()]);
        apply1(DotGeneral::new(batch, contract), &[&a, &b])
    }

    /// [`Tensor::dot_general`] with a result of a wider element type, in which products and sums are taken.
    ///
    /// # Types
    /// The operands are promoted to one type; `dtype` is that type or one of its kind, integers or floats, that holds
    /// it.
    ///
    /// # Errors
    /// As [`Tensor::dot_general`]; `dtype` must hold the operands' type.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, tensor};
    /// let x = tensor![100, -128].convert(DType::I8);
    /// let y = x.dot_general_as(&x, &[], &[(0, 0)], DType::I32);
    /// assert_eq!(format!("{y:?}"), "i32 26384");
    /// ```
    ///
    /// JAX's `dot_general` with a `preferred_element_type`.
    #[track_caller]
    pub fn dot_general_as(
        &self,
        other: impl Into<Operand>,
        batch: &[(usize, usize)],
        contract: &[(usize, usize)],
        dtype: DType,
    ) -> Tensor {
        let [a, b] = common_type([self.into(), other.into()]);
        let mut op = DotGeneral::new(batch, contract);
        op.dtype = Some(dtype).filter(|_| a.dtype().ok() != Some(dtype));
        apply1(op, &[&a, &b])
    }
}

#[derive(Clone)]
struct DotGeneral {
    dot: ir::Dot,
    /// The result's element type, if not that of the inputs.
    dtype: Option<DType>,
}

impl fmt::Debug for DotGeneral {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut form = f.debug_struct("DotGeneral");
        form.field("batch", &self.dot.batch);
        form.field("contract", &self.dot.contract);
        if let Some(dtype) = self.dtype {
            form.field("dtype", &dtype);
        }
        form.finish()
    }
}

impl DotGeneral {
    fn new(batch: &[(usize, usize)], contract: &[(usize, usize)]) -> DotGeneral {
        let (batch, contract) = (batch.to_vec(), contract.to_vec());
        let dot = ir::Dot { batch, contract };
        DotGeneral { dot, dtype: None }
    }
}

impl Op for DotGeneral {
    fn name(&self) -> &'static str {
        "dot_general"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_dtype(x)?;
        contraction::result(&self.dot, x[0], x[1], self.dtype).map(|t| vec![t])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        vec![contraction::sums(&self.dot, x[0], x[1], &y[0])]
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(a), Ok(b)) = (&dy[0], x[0].ty(), x[1].ty()) else {
            return Ok(vec![None, None]);
        };
        let (ranks, wide) = ([a.rank(), b.rank()], self.dtype.unwrap_or(a.dtype));
        let flow = |i: usize| {
            let contraction::Cotangent { dot, first, order } = cotangent(&self.dot, i, ranks);
            let other = &x[1 - i].convert(wide);
            let (left, right) = if first { (other, d) } else { (d, other) };
            let flow = apply1(DotGeneral { dot, dtype: None }, &[left, right]);
            Some(flow.transpose(order).convert(a.dtype))
        };
        Ok(vec![flow(0), flow(1)])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let left = dx[0].as_ref().map(|d| apply1(self.clone(), &[d, &x[1]]));
        let right = dx[1].as_ref().map(|d| apply1(self.clone(), &[&x[0], d]));
        Ok(vec![match (left, right) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        }])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let rank = |i: usize| x[i].rank().unwrap_or(0);
        let (dot, at) = contraction::batched(&self.dot, axes, [rank(0), rank(1)])?;
        let dtype = self.dtype;
        Ok(vec![(
            apply1(DotGeneral { dot, dtype }, &[&x[0], &x[1]]),
            Some(at),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let side = |pairs: &[(usize, usize)]| {
            let (left, right): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
            format!("{left:?} x {right:?}")
        };
        let batching = match self.dot.batch.is_empty() {
            true => String::new(),
            false => format!(", batching_dims = {}", side(&self.dot.batch)),
        };
        let (a, b, y) = (xt[0].stablehlo(), xt[1].stablehlo(), y[0].stablehlo());
        format!(
            "%0 = stablehlo.dot_general {}, {}{batching}, contracting_dims = {} : ({a}, {b}) -> {y}",
            x[0],
            x[1],
            side(&self.dot.contract)
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Dot(self.dot.clone()), x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "dot_general",
    samples: || {
        let sample = |dtype: DType, (a, b, batch, contract): contraction::Case| {
            let inputs = [counting(dtype, a)?, counting(dtype, b)?];
            Some(Sample::new(DotGeneral::new(batch, contract), inputs))
        };
        let wider = [
            (DType::I8, DType::I32),
            (DType::U8, DType::I32),
            (DType::I16, DType::I32),
            (DType::U16, DType::U64),
            (DType::BF16, DType::F32),
            (DType::F32, DType::F64),
            (DType::I32, DType::I32),
        ];
        let wider = wider.into_iter().filter_map(|(dtype, wide)| {
            let inputs = [counting(dtype, &[2, 3, 4])?, counting(dtype, &[2, 4, 5])?];
            let mut op = DotGeneral::new(&[(0, 0)], &[(2, 1)]);
            op.dtype = Some(wide);
            Some(Sample::new(op, inputs))
        });
        let again = (4, &ElementTypes::Numbers.samples()[1..]);
        let all = samples(contraction::CASES, DType::F64, again, sample);
        all.into_iter().chain(wider).collect()
    },
    faults: || {
        let x = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        let long = x(&[2, 784]).dot_general(x(&[128, 10]), &[], &[(1, 0)]);
        let yes = x(&[2]).convert(DType::Bool);
        let bytes = x(&[2]).convert(DType::U8);
        vec![
            (
                long,
                "contracted axes must have the same size; axis 1 of input 0 has 784, axis 0 of input 1 has 128",
            ),
            (
                x(&[2, 3]).dot_general(x(&[4, 3]), &[(0, 0)], &[(1, 1)]),
                "batch axes must have the same size; axis 0 of input 0 has 2, axis 0 of input 1 has 4",
            ),
            (
                x(&[2]).dot_general(x(&[2]), &[], &[(1, 0)]),
                "axis 1 of input 0 does not exist; it has 1 axes",
            ),
            (
                x(&[2, 2]).dot_general(x(&[2, 2]), &[(0, 0)], &[(0, 1)]),
                "every axis must be named at most once; one of input 0 is named twice",
            ),
            (
                yes.dot_general(&yes, &[], &[(0, 0)]),
                "the element type must be a number, not bool",
            ),
            (
                x(&[2]).dot_general_as(x(&[2]), &[], &[(0, 0)], DType::BF16),
                "the result's element type must be f32 or a wider float that holds it, not bf16",
            ),
            (
                bytes.dot_general_as(&bytes, &[], &[(0, 0)], DType::I8),
                "the result's element type must be u8 or a wider integer that holds it, not i8",
            ),
            (
                apply1(
                    DotGeneral::new(&[], &[(0, 0)]),
                    &[&x(&[2]), &x(&[2]).convert(DType::F64)],
                ),
                "inputs must have the same element type; input 1 is f64, input 0 is f32",
            ),
        ]
    },
};
