//! Rows added at their indices.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    axes::axis_of,
    bf16, f16,
    families::{
        Batched, Flows, align,
        element_types::ElementTypes,
        operands::{as_tensor, same_dtype},
        picking::{add_halves, add_rows, last_index, with_indices},
        samples::{PICKED, counting, samples, some_indices},
        with_numbers,
    },
    kernel::{call_items, evaluate},
    op::apply1,
    ops::take::Take,
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// The tensor with `updates` added at `indices` along `axis`; negative counts from the end.
    ///
    /// # Shapes
    /// `updates` has the shape of what [`Tensor::take`] would give: `[.., n, ..], [k..], [.., k.., ..] -> [.., n, ..]`.
    ///
    /// # Types
    /// `updates` is converted to the tensor's type. Where an index comes up twice, updates are added in the order of the
    /// indices; `bf16` and `f16` add in `f32` and round once. An index outside the axis is moved to its nearest end.
    ///
    /// # Errors
    /// As [`Tensor::take`]; the updates must have that shape; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1, 2, 3].scatter_add(tensor![2, 0, 2], tensor![10, 20, 30], 0);
    /// assert_eq!(format!("{y:?}"), "i32[3] [21, 2, 43]");
    /// ```
    #[track_caller]
    pub fn scatter_add(
        &self,
        indices: impl Into<Operand>,
        updates: impl Into<Operand>,
        axis: i32,
    ) -> Tensor {
        let (indices, updates) = (as_tensor(indices.into()), as_tensor(updates.into()));
        let (Ok(rank), Ok(dtype)) = (self.rank(), self.dtype()) else {
            return self.clone();
        };
        match axis_of(i64::from(axis), rank) {
            Ok(axis) => apply1(
                ScatterAdd(Take { axis, batch: 0 }),
                &[self, &indices, &updates.convert(dtype)],
            ),
            Err(fault) => Tensor::fault("scatter_add", fault, &[self, &indices, &updates]),
        }
    }
}

/// The transpose of a [`Take`], added to a tensor.
#[derive(Clone)]
pub(crate) struct ScatterAdd(pub Take);

impl std::fmt::Debug for ScatterAdd {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(
            f,
            "scatter_add {{ axis: {}, batch: {} }}",
            self.0.axis, self.0.batch
        )
    }
}

impl ScatterAdd {
    fn form(&self, x: &Type, indices: &Type) -> ir::Form {
        let s = self.0.sizes(&x.shape, &indices.shape);
        // Every chunk reads all indices: only wide rows are worth sharing out.
        let rows = if s.inner < 16 { s.n } else { 1 };
        let items = s.batch * s.pre * s.n / rows.max(1);
        let cost = rows * s.inner + s.k / s.n.max(1);
        let dtype = x.dtype;
        call_items(self, items, cost, move |items, x, y| {
            let rows = items.start * rows..items.end * rows;
            with_indices(&x[1], s.n, &mut |index| {
                let rows = rows.clone();
                match dtype {
                    DType::BF16 => add_halves(x, y, bf16::to_f32, bf16::from_f32, s, rows, index),
                    DType::F16 => add_halves(x, y, f16::to_f32, f16::from_f32, s, rows, index),
                    _ => with_numbers!(dtype, T => {
                        let from = rows.start * s.inner..rows.end * s.inner;
                        y[0].slice::<T>().copy_from_slice(&x[0].slice::<T>()[from]);
                        add_rows::<T, T>(y[0].slice(), x[2].slice(), s, rows, index, Arithmetic::add);
                    }),
                }
            });
        })
    }
}

impl Op for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(x[0].dtype)?;
        let wanted = self.0.result(x[0], x[1], "there is nothing to add to")?;
        same_dtype(&[x[0], x[0], x[2]])?;
        if *x[2] != wanted {
            return Err(Fault::shape(format!(
                "the updates must have the shape {}, not {}",
                wanted.shape, x[2].shape
            )));
        }
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let updates = dy[0].as_ref().map(|d| apply1(self.0.clone(), &[d, &x[1]]));
        Ok(vec![dy[0].clone(), None, updates])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        if dx[0].is_none() && dx[2].is_none() {
            return Ok(vec![None]);
        }
        let part = |i: usize| dx[i].clone().unwrap_or_else(|| x[i].zeros_like());
        Ok(vec![Some(apply1(
            self.clone(),
            &[&part(0), &x[1], &part(2)],
        ))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let shared_indices = axes[1].is_none() && self.0.batch == 0;
        let batch = if shared_indices { 0 } else { self.0.batch + 1 };
        let indices = x[1].clone();
        let mut x = align(x, axes)?;
        if shared_indices {
            x[1] = indices;
        }
        Ok(vec![(
            apply1(
                ScatterAdd(Take {
                    axis: self.0.axis + 1,
                    batch,
                }),
                &[&x[0], &x[1], &x[2]],
            ),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        // StableHLO drops what lies outside; here it goes to the nearest end.
        let (shared, whole) = self.0.window(xt[2].rank(), xt[1].rank() - self.0.batch);
        let (index, scalar, element) = (
            xt[1].stablehlo(),
            Type::scalar(xt[1].dtype).stablehlo(),
            Type::scalar(y[0].dtype).stablehlo(),
        );
        let last = last_index(xt[1].dtype, y[0].shape[self.0.axis]);
        format!(
            "%low = stablehlo.constant dense<0> : {scalar}\n\
             %high = stablehlo.constant dense<{last}> : {scalar}\n\
             %inside = stablehlo.clamp %low, {indices}, %high : ({scalar}, {index}, {scalar}) -> {index}\n\
             %0 = \"stablehlo.scatter\"({}, %inside, {}) ({{ ^bb0(%a: {element}, %b: {element}): \
             %sum = stablehlo.add %a, %b : {element} stablehlo.return %sum : {element} }}) {{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = {whole:?}, inserted_window_dims = [{axis}], \
             input_batching_dims = {shared:?}, scatter_indices_batching_dims = {shared:?}, scatter_dims_to_operand_dims = [{axis}], \
             index_vector_dim = {}>}} : ({}, {index}, {}) -> {}",
            x[0],
            x[2],
            xt[1].rank(),
            xt[0].stablehlo(),
            xt[2].stablehlo(),
            y[0].stablehlo(),
            indices = x[1],
            axis = self.0.axis,
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "scatter_add",
    samples: || {
        // Shape, shape of the indices, shape of the updates, axis, number of shared axes.
        type Case = ([&'static [usize]; 3], usize, usize);
        let cases: [Case; 9] = [
            ([&[3], &[4], &[4]], 0, 0),
            ([&[3, 2], &[2, 3], &[2, 3, 2]], 0, 0),
            ([&[2, 3, 2], &[5], &[2, 5, 2]], 1, 0),
            ([&[2, 3], &[], &[2]], 1, 0),
            ([&[1], &[1], &[1]], 0, 0),
            ([&[3, 2], &[0], &[0, 2]], 0, 0),
            ([&[0], &[0], &[0]], 0, 0),
            ([&[2, 3], &[2, 4], &[2, 4]], 1, 1),
            ([&[3, 20], &[5], &[5, 20]], 0, 0),
        ];
        let sample = |(dtype, index): (DType, DType),
                      ([shape, indices, updates], axis, batch): Case| {
            let inputs = [
                counting(dtype, shape)?,
                some_indices(index, indices)?,
                counting(dtype, updates)?,
            ];
            Some(Sample::new(ScatterAdd(Take { axis, batch }), inputs))
        };
        samples(&cases, (DType::F64, DType::I32), (2, PICKED), sample)
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        let indices = Tensor::zeros(DType::I32, [4]);
        let wrong = |y: &Tensor| apply1(ScatterAdd(Take { axis: 0, batch: 0 }), &[&x, &indices, y]);
        vec![
            (
                x.scatter_add(&indices, &x, 0),
                "the updates must have the shape [4, 3], not [2, 3]",
            ),
            (
                x.scatter_add(&x, &x, 0),
                "the indices must be integers, not f32",
            ),
            (
                x.scatter_add(&indices, &x, -3),
                "axis -3 does not exist; axes run from -2 to 1",
            ),
            (
                x.convert(DType::Bool).scatter_add(&indices, &x, 0),
                "the element type must be a number, not bool",
            ),
            (
                Tensor::zeros(DType::F32, [0]).scatter_add(&indices, &indices, 0),
                "axis 0 is empty: there is nothing to add to",
            ),
            (
                wrong(&Tensor::zeros(DType::F64, [4, 3])),
                "inputs must have the same element type; input 2 is f64, input 0 is f32",
            ),
        ]
    },
};
