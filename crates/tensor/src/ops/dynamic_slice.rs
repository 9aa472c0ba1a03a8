//! A box cut out at a position that is computed.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Shape, Tensor, Type,
    families::{
        Batched, Flows, batch_size,
        operands::as_tensor,
        placing::{CASES, Case, check_starts, corner, inside, with_starts},
        samples::{PICKED, counting, samples},
    },
    kernel::{call_items, evaluate},
    op::apply1,
    ops::{dynamic_update_slice::DynamicUpdateSlice, take::Take},
};
use bouton_ir as ir;

impl Tensor {
    /// A box of the given sizes, whose corner lies at `starts`: one integer for each axis, numbers or scalar tensors.
    ///
    /// The starts are inputs of the program: a changing position compiles nothing anew. A box that would reach outside is
    /// moved inside, as in StableHLO.
    ///
    /// # Errors
    /// One start and one size for each axis; starts are integer scalars; no size exceeds its axis.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].dynamic_slice([1], [2])), "i32[2] [2, 3]");
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].dynamic_slice([9], [2])), "i32[2] [3, 4]");
    /// ```
    #[track_caller]
    pub fn dynamic_slice<T: Into<Operand>>(
        &self,
        starts: impl IntoIterator<Item = T>,
        sizes: impl Into<Shape>,
    ) -> Tensor {
        let starts: Vec<Tensor> = starts.into_iter().map(|t| as_tensor(t.into())).collect();
        apply1(
            DynamicSlice {
                sizes: sizes.into(),
            },
            &with_starts(&[self], &starts),
        )
    }
}

#[derive(Debug, Clone)]
pub(crate) struct DynamicSlice {
    pub sizes: Shape,
}

impl DynamicSlice {
    /// Rows along the last axis.
    fn form(&self, x: &Type) -> ir::Form {
        let (shape, sizes, width) = (x.shape.clone(), self.sizes.clone(), x.dtype.size());
        let (lead, last) = (sizes.rank().max(1) - 1, sizes.last().copied().unwrap_or(1));
        let rows = sizes.iter().take(lead).product();
        call_items(self, rows, last.div_ceil(4), move |items, x, y| {
            let (corner, strides) = (corner(&x[1..], &shape, &sizes), shape.strides());
            let end = corner.get(lead).copied().unwrap_or(0);
            for (item, row) in items.zip(y[0].bytes().chunks_exact_mut((last * width).max(1))) {
                let (mut at, mut rest) = (end, item);
                for axis in (0..lead).rev() {
                    at += (corner[axis] + rest % sizes[axis]) * strides[axis];
                    rest /= sizes[axis];
                }
                row.copy_from_slice(&x[0].bytes()[at * width..(at + last) * width]);
            }
        })
    }
}

impl Op for DynamicSlice {
    fn name(&self) -> &'static str {
        "dynamic_slice"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        check_starts(x[0], &self.sizes, &x[1..])?;
        Ok(vec![x[0].with_shape(&self.sizes)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let dx = dy[0].as_ref().map(|d| {
            apply1(
                DynamicUpdateSlice,
                &with_starts(&[&x[0].zeros_like(), d], &x[1..]),
            )
        });
        Ok(std::iter::once(dx)
            .chain(x[1..].iter().map(|_| None))
            .collect())
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(vec![dx[0].as_ref().map(|d| {
            apply1(self.clone(), &with_starts(&[d], &x[1..]))
        })])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let size = batch_size(x, axes)?;
        let front = match axes[0] {
            Some(axis) => x[0].bring(axis, 0),
            None => x[0].repeat_front(size),
        };
        if axes[1..].iter().all(Option::is_none) {
            let sizes = std::iter::once(size)
                .chain(self.sizes.iter().copied())
                .collect();
            let starts: Vec<Tensor> = std::iter::once(Tensor::zeros(DType::I32, []))
                .chain(x[1..].iter().cloned())
                .collect();
            return Ok(vec![(
                apply1(DynamicSlice { sizes }, &with_starts(&[&front], &starts)),
                Some(0),
            )]);
        }
        // A place for each example: pick along one axis after the other.
        let mut y = front;
        for (axis, &n) in self.sizes.iter().enumerate() {
            let Ok(shape) = y.shape() else {
                return Ok(vec![(y, Some(0))]);
            };
            if n < shape[axis + 1] {
                let (start, batched) = (&x[axis + 1], axes[axis + 1].is_some());
                let places = inside(start, shape[axis + 1] - n).new_axis(-1)
                    + Tensor::iota(DType::I64, [n], 0);
                y = apply1(
                    Take {
                        axis: axis + 1,
                        batch: usize::from(batched),
                    },
                    &[&y, &places],
                );
            }
        }
        Ok(vec![(y, Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let types = xt
            .iter()
            .map(|t| t.stablehlo())
            .collect::<Vec<_>>()
            .join(", ");
        format!(
            "%0 = stablehlo.dynamic_slice {}, sizes = {} : ({types}) -> {}",
            x.join(", "),
            self.sizes,
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "dynamic_slice",
    samples: || {
        let sample = |(dtype, index): (DType, DType), (shape, sizes, starts): Case| {
            let starts = starts.iter().map(|&i| Array::scalar(i).cast(index));
            Some(Sample::new(
                DynamicSlice {
                    sizes: sizes.into(),
                },
                std::iter::once(counting(dtype, shape)?).chain(starts),
            ))
        };
        samples(CASES, (DType::F64, DType::I32), (1, PICKED), sample)
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (
                x.dynamic_slice([0, 0], [2, 4]),
                "the box must fit; axis 1 has size 3, the box 4",
            ),
            (
                x.dynamic_slice([0], [2, 3]),
                "there must be a start and a size for each axis; 1 and 2 were given for 2",
            ),
            (
                x.dynamic_slice([0.5, 0.5], [1, 1]),
                "a start must be an integer scalar; that of axis 0 is f32",
            ),
            (
                x.dynamic_slice([&x, &x], [1, 1]),
                "a start must be an integer scalar; that of axis 0 is f32[2, 3]",
            ),
        ]
    },
};
