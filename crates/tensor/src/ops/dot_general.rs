//! Sums of products over pairs of axes.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Shape, Tensor, Type,
    families::{element_types::ElementTypes, with_integers},
    op::apply1,
};
use bouton_array::scalar::Arithmetic;
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
        dot_general(&a, &b, batch.to_vec(), contract.to_vec())
    }
}

#[track_caller]
fn dot_general(
    a: &Tensor,
    b: &Tensor,
    batch: Vec<(usize, usize)>,
    contract: Vec<(usize, usize)>,
) -> Tensor {
    apply1(DotGeneral { batch, contract }, &[a, b])
}

/// The operands converted to their common element type; their shapes stay.
#[track_caller]
pub(crate) fn common_type(x: [Operand; 2]) -> [Tensor; 2] {
    let dtype = |x: &Operand| match x {
        Operand::Tensor(t) => t.dtype().ok(),
        Operand::Number(_) => None,
    };
    let common = match (dtype(&x[0]), dtype(&x[1]), &x) {
        (Some(a), Some(b), _) => Some(a.promote(b)),
        (Some(a), None, [_, Operand::Number(n)]) => Some(a.promote_number(*n)),
        (None, Some(b), [Operand::Number(n), _]) => Some(b.promote_number(*n)),
        _ => None,
    };
    x.map(|x| match (x, common) {
        (Operand::Tensor(t), Some(d)) => t.convert(d),
        (Operand::Tensor(t), None) => t,
        (Operand::Number(n), d) => Tensor::number(n, d.unwrap_or(n.dtype())),
    })
}

#[derive(Debug, Clone)]
struct DotGeneral {
    batch: Vec<(usize, usize)>,
    contract: Vec<(usize, usize)>,
}

impl DotGeneral {
    fn dot(&self) -> ir::Dot {
        ir::Dot {
            batch: self.batch.clone(),
            contract: self.contract.clone(),
        }
    }

    /// The cotangent of operand `i` from the cotangent `d` of the result: `d` times the other operand.
    fn vjp_of(&self, i: usize, x: &[Tensor], d: &Tensor) -> Option<Tensor> {
        let rank = x[i].rank().ok()?;
        // Pairs as (axis of operand i, axis of the other operand).
        let turn = |pairs: &[(usize, usize)]| {
            pairs
                .iter()
                .map(|&(a, b)| if i == 0 { (a, b) } else { (b, a) })
                .collect::<Vec<_>>()
        };
        let (batch, contract) = (turn(&self.batch), turn(&self.contract));
        let other_rank = x[1 - i].rank().ok()?;
        let dot = ir::Dot {
            batch: batch.clone(),
            contract: contract.clone(),
        };
        let (free, other_free) = (dot.left_free(rank), dot.right_free(other_rank));
        // Where each axis of the result came from: batch, left free, right free.
        let first = batch.len() + if i == 0 { free.len() } else { 0 };
        let over: Vec<(usize, usize)> = other_free
            .iter()
            .enumerate()
            .map(|(k, &j)| (first + k, j))
            .collect();
        let along: Vec<(usize, usize)> = batch
            .iter()
            .enumerate()
            .map(|(k, &(_, j))| (k, j))
            .collect();
        // What the product's axes are, as axes of operand i: those of `d` and those of the other operand.
        let batch_axes = batch.iter().map(|p| p.0);
        let mut contracted = contract.clone();
        contracted.sort_unstable_by_key(|p| p.1);
        let contracted = contracted.into_iter().map(|p| p.0);
        let d_first: Vec<usize> = batch_axes
            .clone()
            .chain(free.iter().copied())
            .chain(contracted.clone())
            .collect();
        let other_first: Vec<usize> = batch_axes
            .chain(contracted)
            .chain(free.iter().copied())
            .collect();
        let swapped =
            |pairs: &[(usize, usize)]| pairs.iter().map(|&(a, b)| (b, a)).collect::<Vec<_>>();
        // The order of the operands that leaves the axes where they belong; for matrices there always is one.
        let (product, axes) = match other_first.is_sorted() && !d_first.is_sorted() {
            true => (
                dot_general(&x[1 - i], d, swapped(&along), swapped(&over)),
                other_first,
            ),
            false => (dot_general(d, &x[1 - i], along, over), d_first),
        };
        let mut inverse = vec![0; axes.len()];
        for (at, &axis) in axes.iter().enumerate() {
            inverse[axis] = at;
        }
        Some(product.transpose(inverse))
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
        if x[0].dtype != x[1].dtype {
            let rule = format!(
                "inputs must have the same element type; input 1 is {}, input 0 is {}",
                x[1].dtype, x[0].dtype
            );
            return Err(Fault::dtype(rule));
        }
        ElementTypes::Numbers.check(x[0].dtype)?;
        for (what, pairs) in [("batch", &self.batch), ("contracted", &self.contract)] {
            for &(i, j) in pairs {
                for (input, axis) in [(0, i), (1, j)] {
                    if axis >= x[input].rank() {
                        let rule = format!(
                            "axis {axis} of input {input} does not exist; it has {} axes",
                            x[input].rank()
                        );
                        return Err(Fault::value(rule));
                    }
                }
                let (m, n) = (x[0].shape[i], x[1].shape[j]);
                if m != n {
                    let rule = format!(
                        "{what} axes must have the same size; axis {i} of input 0 has {m}, axis {j} of input 1 has {n}"
                    );
                    return Err(Fault::shape(rule));
                }
            }
        }
        let dot = self.dot();
        for (input, free) in [
            (0, dot.left_free(x[0].rank())),
            (1, dot.right_free(x[1].rank())),
        ] {
            if free.len() + self.batch.len() + self.contract.len() != x[input].rank() {
                return Err(Fault::value(format!(
                    "every axis must be named at most once; one of input {input} is named twice"
                )));
            }
        }
        let shape = result_shape(&dot, &x[0].shape, &x[1].shape);
        shape.checked_size(x[0].dtype)?;
        Ok(vec![x[0].with_shape(shape)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let (dot, ty) = (self.dot(), &y[0]);
        let run_f32 = |a: &Array, b: &Array| {
            chains(
                &dot,
                a,
                b,
                &ty.with_dtype(DType::F32),
                |s: f32, a: f32, b: f32| a.mul_add(b, s),
            )
        };
        vec![match ty.dtype {
            DType::F64 => chains(&dot, x[0], x[1], ty, |s: f64, a: f64, b: f64| {
                a.mul_add(b, s)
            }),
            d if d.is_float() => run_f32(&x[0].cast(DType::F32), &x[1].cast(DType::F32)).cast(d),
            d => {
                with_integers!(d, T => chains(&dot, x[0], x[1], ty, |s: T, a: T, b: T| Arithmetic::add(s, Arithmetic::multiply(a, b))))
            }
        }]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok((0..2)
            .map(|i| dy[0].as_ref().and_then(|d| self.vjp_of(i, x, d)))
            .collect())
    }
    fn jvp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let left = dx[0].as_ref().map(|d| apply1(self.clone(), &[d, &x[1]]));
        let right = dx[1].as_ref().map(|d| apply1(self.clone(), &[&x[0], d]));
        Ok(vec![match (left, right) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        }])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let past = |axis: usize, extra: Option<usize>| {
            axis + usize::from(extra.is_some_and(|e| axis >= e))
        };
        let shift = |pairs: &[(usize, usize)]| {
            pairs
                .iter()
                .map(|&(i, j)| (past(i, axes[0]), past(j, axes[1])))
                .collect::<Vec<_>>()
        };
        let mut op = DotGeneral {
            batch: shift(&self.batch),
            contract: shift(&self.contract),
        };
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
        let batching = if self.batch.is_empty() {
            String::new()
        } else {
            format!(", batching_dims = {}", side(&self.batch))
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

fn result_shape(dot: &ir::Dot, a: &Shape, b: &Shape) -> Shape {
    let batch = dot.batch.iter().map(|&(i, _)| a[i]);
    let left = dot.left_free(a.rank()).into_iter().map(|i| a[i]);
    let right = dot.right_free(b.rank()).into_iter().map(|j| b[j]);
    batch.chain(left).chain(right).collect()
}

/// Where the elements lie that `axes` run over, in row-major order of the axes given.
fn offsets(shape: &Shape, axes: &[usize]) -> Vec<usize> {
    let strides = shape.strides();
    axes.iter().fold(vec![0], |starts, &axis| {
        let (size, step) = (shape[axis], strides[axis]);
        starts
            .iter()
            .flat_map(|start| (0..size).map(move |i| start + i * step))
            .collect()
    })
}

/// Every result element as one chain from zero over the contracted axes. The chains of a row advance together, which
/// changes no bit.
fn chains<T: crate::Element>(
    dot: &ir::Dot,
    a: &Array,
    b: &Array,
    y: &Type,
    add_product: impl Fn(T, T, T) -> T,
) -> Array {
    let left = |pairs: &[(usize, usize)]| {
        offsets(a.shape(), &pairs.iter().map(|p| p.0).collect::<Vec<_>>())
    };
    let right = |pairs: &[(usize, usize)]| {
        offsets(b.shape(), &pairs.iter().map(|p| p.1).collect::<Vec<_>>())
    };
    let (rows, columns) = (
        offsets(a.shape(), &dot.left_free(a.shape().rank())),
        offsets(b.shape(), &dot.right_free(b.shape().rank())),
    );
    let (batch_a, batch_b, sum_a, sum_b) = (
        left(&dot.batch),
        right(&dot.batch),
        left(&dot.contract),
        right(&dot.contract),
    );
    let mut result = Array::scratch(y);
    let (a, b, values) = (a.slice::<T>(), b.slice::<T>(), result.slice_mut::<T>());
    values.fill(T::default());
    if values.is_empty() {
        return result;
    }
    let places = batch_a
        .iter()
        .zip(&batch_b)
        .flat_map(|(&p, &q)| rows.iter().map(move |&row| (p + row, q)));
    for (chunk, (p, q)) in values.chunks_exact_mut(columns.len()).zip(places) {
        for (&i, &j) in sum_a.iter().zip(&sum_b) {
            let left = a[p + i];
            for (sum, &column) in chunk.iter_mut().zip(&columns) {
                *sum = add_product(*sum, left, b[q + j + column]);
            }
        }
    }
    result
}

fn numbers(shape: &[usize], seed: usize) -> Option<Array> {
    let n: usize = shape.iter().product();
    Array::from_vec(
        shape,
        (0..n)
            .map(|i| ((i * 5 + seed) % 11) as f64 * 0.25 - 1.1)
            .collect::<Vec<f64>>(),
    )
    .ok()
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
            let op = DotGeneral {
                batch: batch.to_vec(),
                contract: contract.to_vec(),
            };
            Some(Sample::new(
                op,
                [numbers(a, 3)?.cast(dtype), numbers(b, 7)?.cast(dtype)],
            ))
        };
        let types = ElementTypes::Numbers.samples();
        cases
            .into_iter()
            .flat_map(|c| sample(DType::F64, c))
            .chain(types[1..].iter().flat_map(|&d| sample(d, cases[4])))
            .collect()
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
                    DotGeneral {
                        batch: vec![],
                        contract: vec![(0, 0)],
                    },
                    &[&x(&[2]), &x(&[2]).convert(DType::F64)],
                ),
                "inputs must have the same element type; input 1 is f64, input 0 is f32",
            ),
        ]
    },
};
