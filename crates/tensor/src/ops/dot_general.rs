//! Sums of products over pairs of axes.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        contraction::{self, chains, cotangent},
        element_types::ElementTypes,
        operands::{common_type, same_dtype},
        samples::{counting, samples},
    },
    op::apply1,
};
use bouton_ir as ir;

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
}

#[derive(Debug, Clone)]
struct DotGeneral {
    batch: Vec<(usize, usize)>,
    contract: Vec<(usize, usize)>,
}

impl DotGeneral {
    fn new(batch: &[(usize, usize)], contract: &[(usize, usize)]) -> DotGeneral {
        DotGeneral {
            batch: batch.to_vec(),
            contract: contract.to_vec(),
        }
    }

    fn dot(&self) -> ir::Dot {
        ir::Dot {
            batch: self.batch.clone(),
            contract: self.contract.clone(),
        }
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
        contraction::result(&self.dot(), x[0], x[1]).map(|t| vec![t])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        // Halves add up in `f32`; integers modulo 2^64, and so modulo any smaller power.
        let wide = match y[0].dtype {
            DType::F64 => DType::F64,
            d if d.is_float() => DType::F32,
            _ => DType::I64,
        };
        let (a, b) = (&x[0].cast(wide), &x[1].cast(wide));
        let (dot, ty) = (&self.dot(), &y[0].with_dtype(wide));
        let sums = match wide {
            DType::F64 => chains(dot, a, b, ty, |s: f64, a: f64, b| a.mul_add(b, s)),
            DType::F32 => chains(dot, a, b, ty, |s: f32, a: f32, b| a.mul_add(b, s)),
            _ => chains(dot, a, b, ty, |s: i64, a: i64, b| {
                s.wrapping_add(a.wrapping_mul(b))
            }),
        };
        vec![sums.cast(y[0].dtype)]
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(a), Ok(b)) = (&dy[0], x[0].rank(), x[1].rank()) else {
            return Ok(vec![None, None]);
        };
        let flow = |i: usize| {
            let contraction::Cotangent { dot, first, order } = cotangent(&self.dot(), i, [a, b]);
            let (left, right) = if first {
                (&x[1 - i], d)
            } else {
                (d, &x[1 - i])
            };
            let op = DotGeneral::new(&dot.batch, &dot.contract);
            Some(apply1(op, &[left, right]).transpose(order))
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
        let past = |axis: usize, extra: Option<usize>| {
            axis + usize::from(extra.is_some_and(|e| axis >= e))
        };
        let shift = |pairs: &[(usize, usize)]| {
            pairs
                .iter()
                .map(|&(i, j)| (past(i, axes[0]), past(j, axes[1])))
                .collect::<Vec<_>>()
        };
        let mut op = DotGeneral::new(&shift(&self.batch), &shift(&self.contract));
        let place =
            |free: Vec<usize>, axis: usize| free.iter().position(|&a| a == axis).unwrap_or(0);
        let rank = |i: usize| x[i].rank().unwrap_or(0);
        let at = match (axes[0], axes[1]) {
            (Some(i), Some(j)) => {
                op.batch.insert(0, (i, j));
                0
            }
            (Some(i), None) => op.batch.len() + place(op.dot().left_free(rank(0)), i),
            (None, Some(j)) => {
                op.batch.len()
                    + op.dot().left_free(rank(0)).len()
                    + place(op.dot().right_free(rank(1)), j)
            }
            (None, None) => return Err(Fault::shape("nothing to batch")),
        };
        Ok(vec![(apply1(op, &[&x[0], &x[1]]), Some(at))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let side = |pairs: &[(usize, usize)]| {
            let (left, right): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
            format!("{left:?} x {right:?}")
        };
        let batching = match self.batch.is_empty() {
            true => String::new(),
            false => format!(", batching_dims = {}", side(&self.batch)),
        };
        let (a, b, y) = (xt[0].stablehlo(), xt[1].stablehlo(), y[0].stablehlo());
        format!(
            "%0 = stablehlo.dot_general {}, {}{batching}, contracting_dims = {} : ({a}, {b}) -> {y}",
            x[0],
            x[1],
            side(&self.contract)
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Dot(self.dot()), x, y)
    }
}

type Pairs = &'static [(usize, usize)];

pub(crate) const ENTRY: Entry = Entry {
    name: "dot_general",
    samples: || {
        let cases: [(&[usize], &[usize], Pairs, Pairs); 14] = [
            (&[2, 3], &[3, 4], &[], &[(1, 0)]),
            (&[3, 2], &[3, 4], &[], &[(0, 0)]),
            (&[2, 3], &[4, 3], &[], &[(1, 1)]),
            (&[3, 2], &[4, 3], &[], &[(0, 1)]),
            (&[2, 3, 4], &[2, 4, 5], &[(0, 0)], &[(2, 1)]),
            (&[3, 2, 4], &[4, 5, 2], &[(1, 2)], &[(2, 0)]),
            (&[2, 3, 4], &[4, 3, 2], &[], &[(1, 1), (0, 2)]),
            (&[2, 3], &[2, 3], &[(0, 0), (1, 1)], &[]),
            (&[3], &[3], &[], &[(0, 0)]),
            (&[2], &[3], &[], &[]),
            (&[], &[], &[], &[]),
            (&[1, 1], &[1, 1], &[], &[(1, 0)]),
            (&[2, 0], &[0, 3], &[], &[(1, 0)]),
            (&[0, 2], &[2, 3], &[], &[(1, 0)]),
        ];
        let sample = |dtype: DType, (a, b, batch, contract): (&[usize], &[usize], Pairs, Pairs)| {
            let inputs = [counting(dtype, a)?, counting(dtype, b)?];
            Some(Sample::new(DotGeneral::new(batch, contract), inputs))
        };
        samples(
            &cases,
            DType::F64,
            (4, &ElementTypes::Numbers.samples()[1..]),
            sample,
        )
    },
    faults: || {
        let x = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        let long = x(&[2, 784]).dot_general(x(&[128, 10]), &[], &[(1, 0)]);
        let yes = x(&[2]).convert(DType::Bool);
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
                apply1(
                    DotGeneral::new(&[], &[(0, 0)]),
                    &[&x(&[2]), &x(&[2]).convert(DType::F64)],
                ),
                "inputs must have the same element type; input 1 is f64, input 0 is f32",
            ),
        ]
    },
};
