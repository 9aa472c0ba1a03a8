//! Rows picked by their indices.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    axes::axis_of,
    families::{
        Batched, Flows, align,
        operands::as_tensor,
        picking::{copy, read_indices},
        samples::{PICKED, counting, samples, some_indices},
    },
    kernel::{call_items, evaluate},
    op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The elements at `indices` along `axis`; negative counts from the end.
    ///
    /// # Shapes
    /// The axes of `indices` take the place of `axis`: `[.., n, ..], [k..] -> [.., k.., ..]`.
    ///
    /// # Types
    /// Indices are integers of any type. One below 0 is taken as 0, one beyond the axis as its last, as in StableHLO.
    ///
    /// # Gradient
    /// Flows back to where the elements came from; it adds up, in the order of the indices, where one was taken twice.
    ///
    /// # Errors
    /// The axis must exist and not be empty; the indices must be integers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![10, 20, 30].take(tensor![2, 0, 2], 0)), "i32[3] [30, 10, 30]");
    /// ```
    ///
    /// NumPy's and Nx's `take`.
    #[track_caller]
    pub fn take(&self, indices: impl Into<Operand>, axis: i32) -> Tensor {
        let indices = as_tensor(indices.into());
        match self.rank().map(|rank| axis_of(i64::from(axis), rank)) {
            Ok(Ok(axis)) => apply1(Take { axis, batch: 0 }, &[self, &indices]),
            Ok(Err(fault)) => Tensor::fault("take", fault, &[self, &indices]),
            Err(_) => self.clone(),
        }
    }
}

/// Picks along `axis`, for each position of the first `batch` axes, which the tensor and the indices share.
#[derive(Debug, Clone)]
pub(crate) struct Take {
    pub axis: usize,
    pub batch: usize,
}

impl Take {
    fn form(&self, x: &Type, indices: &Type) -> ir::Form {
        let s = self.sizes(&x.shape, &indices.shape);
        let row = s.inner * x.dtype.size();
        call_items(
            self,
            s.batch * s.pre * s.k,
            s.inner.div_ceil(4),
            move |items, x, y| {
                let (source, target) = (x[0].bytes(), y[0].bytes());
                let mut targets = target.chunks_exact_mut(row.max(1));
                let (mut at, mut places) = (items.start, vec![]);
                while at < items.end {
                    // A few indices of one of the arrays side by side.
                    let (outer, first) = (at / s.k, at % s.k);
                    let n = (s.k - first).min(items.end - at).min(1024);
                    let numbers = outer / s.pre * s.k + first;
                    read_indices(&x[1], s.n, numbers..numbers + n, &mut places);
                    for (&place, target) in places.iter().zip(&mut targets) {
                        copy(target, &source[(outer * s.n + place) * row..][..row]);
                    }
                    at += n;
                }
            },
        )
    }
}

impl Op for Take {
    fn name(&self) -> &'static str {
        "take"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        self.result(x[0], x[1], "there is nothing to take")
            .map(|t| vec![t])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let back = super::scatter_add::ScatterAdd(self.clone());
        let dx = dy[0]
            .as_ref()
            .map(|d| apply1(back, &[&x[0].zeros_like(), &x[1], d]));
        Ok(vec![dx, None])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(vec![
            dx[0].as_ref().map(|d| apply1(self.clone(), &[d, &x[1]])),
        ])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let (axis, batch) = (self.axis + 1, self.batch + 1);
        Ok(vec![match (axes[0], axes[1]) {
            (Some(a), None) if self.batch == 0 => (
                apply1(Take { axis, batch: 0 }, &[&x[0].bring(a, 0), &x[1]]),
                Some(0),
            ),
            (None, Some(a)) if self.batch == 0 => (
                apply1(self.clone(), &[&x[0], &x[1].bring(a, 0)]),
                Some(self.axis),
            ),
            _ => {
                let x = align(x, axes)?;
                (apply1(Take { axis, batch }, &[&x[0], &x[1]]), Some(0))
            }
        }])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let picked = xt[1].rank() - self.batch;
        let (shared, whole) = self.window(y[0].rank(), picked);
        let sizes: Vec<String> = (0..xt[0].rank())
            .map(|a| {
                if a < self.batch || a == self.axis {
                    1
                } else {
                    xt[0].shape[a]
                }
            })
            .map(|n| n.to_string())
            .collect();
        format!(
            "%0 = \"stablehlo.gather\"({}, {}) {{dimension_numbers = #stablehlo.gather<offset_dims = {whole:?}, \
             collapsed_slice_dims = [{axis}], operand_batching_dims = {shared:?}, start_indices_batching_dims = {shared:?}, \
             start_index_map = [{axis}], index_vector_dim = {}>, slice_sizes = array<i64: {}>}} : ({}, {}) -> {}",
            x[0],
            x[1],
            xt[1].rank(),
            sizes.join(", "),
            xt[0].stablehlo(),
            xt[1].stablehlo(),
            y[0].stablehlo(),
            axis = self.axis,
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "take",
    samples: || {
        // Shape, shape of the indices, axis, number of shared axes.
        type Case = (&'static [usize], &'static [usize], usize, usize);
        let cases: [Case; 10] = [
            (&[3], &[4], 0, 0),
            (&[3, 2], &[2, 3], 0, 0),
            (&[2, 3, 2], &[5], 1, 0),
            (&[2, 3], &[], 1, 0),
            (&[1], &[1], 0, 0),
            (&[3, 2], &[0], 0, 0),
            (&[0], &[0], 0, 0),
            (&[2, 3], &[2, 4], 1, 1),
            (&[2, 2, 3, 2], &[2, 2], 2, 1),
            (&[3, 0], &[2], 0, 0),
        ];
        let sample = |(dtype, index): (DType, DType), (shape, indices, axis, batch): Case| {
            Some(Sample::new(
                Take { axis, batch },
                [counting(dtype, shape)?, some_indices(index, indices)?],
            ))
        };
        samples(&cases, (DType::F64, DType::I32), (2, PICKED), sample)
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        let indices = Tensor::zeros(DType::I32, [4]);
        vec![
            (
                x.take(&indices, 2),
                "axis 2 does not exist; axes run from -2 to 1",
            ),
            (x.take(&x, 0), "the indices must be integers, not f32"),
            (
                Tensor::zeros(DType::F32, [0, 2]).take(&indices, 0),
                "axis 0 is empty: there is nothing to take",
            ),
            (
                apply1(Take { axis: 1, batch: 1 }, &[&x, &indices]),
                "shared axes must have the same size; axis 0 differs",
            ),
            (
                apply1(Take { axis: 0, batch: 1 }, &[&x, &indices]),
                "axis 0 with 1 shared axes does not exist",
            ),
        ]
    },
};
