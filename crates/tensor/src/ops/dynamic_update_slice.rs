//! A box put in at a position that is computed.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{
        Batched, Flows, batch_size,
        operands::{as_tensor, same_dtype},
        placing::{CASES, Case, check_starts, corner, inside, with_starts},
        samples::{PICKED, counting, samples},
    },
    kernel::{call_items, evaluate},
    op::apply1,
    ops::{dynamic_slice::DynamicSlice, take::Take},
};
use bouton_ir as ir;

impl Tensor {
    /// The tensor with a box replaced by `update`, whose corner lies at `starts`: one integer for each axis, numbers or
    /// scalar tensors.
    ///
    /// The starts are inputs of the program: a changing position compiles nothing anew. A box that would reach outside is
    /// moved inside, as in StableHLO. `update` is converted to the tensor's type.
    ///
    /// # Errors
    /// One start for each axis; starts are integer scalars; `update` has as many axes, none larger.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1, 2, 3, 4].dynamic_update_slice(tensor![10, 20], [1]);
    /// assert_eq!(format!("{y:?}"), "i32[4] [1, 10, 20, 4]");
    /// ```
    #[track_caller]
    pub fn dynamic_update_slice<T: Into<Operand>>(
        &self,
        update: impl Into<Operand>,
        starts: impl IntoIterator<Item = T>,
    ) -> Tensor {
        let starts: Vec<Tensor> = starts.into_iter().map(|t| as_tensor(t.into())).collect();
        let Ok(dtype) = self.dtype() else {
            return self.clone();
        };
        let update = as_tensor(update.into()).convert(dtype);
        apply1(DynamicUpdateSlice, &with_starts(&[self, &update], &starts))
    }
}

#[derive(Debug)]
pub(crate) struct DynamicUpdateSlice;

impl DynamicUpdateSlice {
    /// Rows along the last axis.
    fn form(&self, x: &Type, update: &Type) -> ir::Form {
        let (shape, sizes, width) = (x.shape.clone(), update.shape.clone(), x.dtype.size());
        let (lead, last) = (shape.rank().max(1) - 1, shape.last().copied().unwrap_or(1));
        let part = sizes.last().copied().unwrap_or(1) * width;
        let rows = shape.iter().take(lead).product();
        call_items(self, rows, last.div_ceil(4), move |items, x, y| {
            let (corner, strides) = (corner(&x[2..], &shape, &sizes), sizes.strides());
            let start = corner.get(lead).copied().unwrap_or(0) * width;
            let row = (last * width).max(1);
            let target = y[0].bytes();
            if target.is_empty() {
                return;
            }
            target.copy_from_slice(&x[0].bytes()[items.start * row..][..target.len()]);
            for (item, target) in items.zip(target.chunks_exact_mut(row)) {
                let (mut at, mut rest, mut within) = (0, item, true);
                for axis in (0..lead).rev() {
                    let place = (rest % shape[axis]).wrapping_sub(corner[axis]);
                    within &= place < sizes[axis];
                    at += place.wrapping_mul(strides[axis]) * usize::from(within);
                    rest /= shape[axis];
                }
                if within && part > 0 {
                    target[start..start + part]
                        .copy_from_slice(&x[1].bytes()[at * width..][..part]);
                }
            }
        })
    }
}

impl Op for DynamicUpdateSlice {
    fn name(&self) -> &'static str {
        "dynamic_update_slice"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_dtype(&x[..2])?;
        check_starts(x[0], &x[1].shape, &x[2..])?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(sizes)) = (&dy[0], x[1].shape()) else {
            return Ok(vec![None; x.len()]);
        };
        let dx = apply1(
            DynamicUpdateSlice,
            &with_starts(&[d, &x[1].zeros_like()], &x[2..]),
        );
        let update = apply1(DynamicSlice { sizes }, &with_starts(&[d], &x[2..]));
        Ok([Some(dx), Some(update)]
            .into_iter()
            .chain(x[2..].iter().map(|_| None))
            .collect())
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        if dx[0].is_none() && dx[1].is_none() {
            return Ok(vec![None]);
        }
        let part = |i: usize| dx[i].clone().unwrap_or_else(|| x[i].zeros_like());
        Ok(vec![Some(apply1(
            DynamicUpdateSlice,
            &with_starts(&[&part(0), &part(1)], &x[2..]),
        ))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let size = batch_size(x, axes)?;
        let front = |i: usize| match axes[i] {
            Some(axis) => x[i].bring(axis, 0),
            None => x[i].repeat_front(size),
        };
        let (target, mut update) = (front(0), front(1));
        let (Ok(shape), Ok(sizes)) = (target.shape(), update.shape()) else {
            return Ok(vec![(target, Some(0))]);
        };
        if axes[2..].iter().all(Option::is_none) {
            let starts: Vec<Tensor> = std::iter::once(Tensor::zeros(DType::I32, []))
                .chain(x[2..].iter().cloned())
                .collect();
            return Ok(vec![(
                apply1(
                    DynamicUpdateSlice,
                    &with_starts(&[&target, &update], &starts),
                ),
                Some(0),
            )]);
        }
        if sizes.size() == 0 {
            return Ok(vec![(target, Some(0))]);
        }
        // A place for each example: the update spread over the whole tensor, and where it counts.
        let mut covered = Tensor::full(DType::Bool, &shape, true);
        for axis in 1..shape.rank() {
            let (start, batched) = (&x[axis + 1], axes[axis + 1].is_some());
            let place = Tensor::iota(DType::I64, [shape[axis]], 0)
                - inside(start, shape[axis] - sizes[axis]).new_axis(-1);
            let along: &[usize] = if batched { &[0, axis] } else { &[axis] };
            let place = if batched {
                place
            } else {
                place.reshape([shape[axis]])
            };
            update = apply1(
                Take {
                    axis,
                    batch: usize::from(batched),
                },
                &[&update, &place],
            );
            let within = place.ge(0).and(place.lt(sizes[axis] as i64));
            covered = covered.and(within.broadcast_in_dim(&shape, along));
        }
        Ok(vec![(covered.select(update, target), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let types = xt
            .iter()
            .map(|t| t.stablehlo())
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "%0 = stablehlo.dynamic_update_slice {} : ({types}) -> {}",
            x.join(", "),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "dynamic_update_slice",
    samples: || {
        let sample = |(dtype, index): (DType, DType), (shape, sizes, starts): Case| {
            let starts = starts.iter().map(|&i| Array::scalar(i).cast(index));
            let update = counting(DType::F64, sizes)?
                .to_f64_vec()
                .iter()
                .map(|v| v * 3.0 + 1.0)
                .collect();
            let update = Array::from_vec(sizes, update).ok()?.cast(dtype);
            Some(Sample::new(
                DynamicUpdateSlice,
                [counting(dtype, shape)?, update].into_iter().chain(starts),
            ))
        };
        samples(CASES, (DType::F64, DType::I32), (1, PICKED), sample)
    },
    faults: || {
        let x = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        let half = x(&[1]).convert(DType::F16);
        vec![
            (
                x(&[2, 3]).dynamic_update_slice(x(&[2, 4]), [0, 0]),
                "the box must fit; axis 1 has size 3, the box 4",
            ),
            (
                x(&[2]).dynamic_update_slice(x(&[]), [0]),
                "there must be a start and a size for each axis; 1 and 0 were given for 1",
            ),
            (
                x(&[2]).dynamic_update_slice(x(&[1]), [true]),
                "a start must be an integer scalar; that of axis 0 is bool",
            ),
            (
                apply1(
                    DynamicUpdateSlice,
                    &[&x(&[2]), &half, &Tensor::scalar(0i32)],
                ),
                "inputs must have the same element type; input 1 is f16, input 0 is f32",
            ),
        ]
    },
};
