//! A box cut out at a position that is computed.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Shape, Tensor, Type,
    families::with_integers,
    kernel::{call_items, evaluate},
    op::apply1,
    ops::{
        concatenate::as_tensor,
        dynamic_update_slice::DynamicUpdateSlice,
        slice::counting,
        take::{Take, clamped},
    },
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
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3, 4].dynamic_slice([tensor!(9)], [2])), "i32[2] [3, 4]");
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

pub(crate) fn with_starts<'a>(first: &[&'a Tensor], starts: &'a [Tensor]) -> Vec<&'a Tensor> {
    first.iter().copied().chain(starts).collect()
}

#[derive(Debug, Clone)]
pub(crate) struct DynamicSlice {
    pub sizes: Shape,
}

/// The rule for the starts of a box of these sizes in a tensor of this type.
pub(crate) fn check_starts(x: &Type, sizes: &Shape, starts: &[&Type]) -> Result<(), Fault> {
    if sizes.rank() != x.rank() || starts.len() != x.rank() {
        let rule = format!(
            "there must be a start and a size for each axis; {} and {} were given for {}",
            starts.len(),
            sizes.rank(),
            x.rank()
        );
        return Err(Fault::shape(rule));
    }
    for (axis, start) in starts.iter().enumerate() {
        if start.rank() != 0 || !start.dtype.is_integer() {
            return Err(Fault::dtype(format!(
                "a start must be an integer scalar; that of axis {axis} is {start}"
            )));
        }
        if sizes[axis] > x.shape[axis] {
            return Err(Fault::shape(format!(
                "the box must fit; axis {axis} has size {}, the box {}",
                x.shape[axis], sizes[axis]
            )));
        }
    }
    Ok(())
}

/// Where the box of these sizes starts along each axis, moved inside.
pub(crate) fn corner(x: &[ir::View], shape: &Shape, sizes: &Shape) -> Vec<usize> {
    let start = |(axis, view): (usize, &ir::View)| with_integers!(view.ty().dtype, T => clamped(view.slice::<T>()[0], shape[axis] - sizes[axis] + 1));
    x.iter().enumerate().map(start).collect()
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
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
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
    fn jvp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![dx[0].as_ref().map(|d| {
            apply1(self.clone(), &with_starts(&[d], &x[1..]))
        })])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let size = crate::families::batch_size(x, axes)?;
        let front = match axes[0] {
            Some(axis) => x[0].move_axis(axis, 0),
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

/// Starts as `i64`, moved into `0..=last`.
#[track_caller]
pub(crate) fn inside(start: &Tensor, last: usize) -> Tensor {
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    // A large u64 must not become negative.
    let small = if start.dtype().is_ok_and(|d| d == DType::U64) {
        start.minimum(last)
    } else {
        start.clone()
    };
    small.convert(DType::I64).clamp(0, last)
}

pub(crate) const ENTRY: Entry = Entry {
    name: "dynamic_slice",
    samples: || {
        // Shape, sizes, starts.
        let cases: [(&[usize], &[usize], &[i32]); 8] = [
            (&[5], &[2], &[1]),
            (&[3, 4], &[2, 4], &[1, 0]),
            (&[3, 4, 2], &[1, 2, 2], &[9, -3, 1]),
            (&[], &[], &[]),
            (&[1], &[1], &[0]),
            (&[0, 2], &[0, 1], &[0, 1]),
            (&[3], &[0], &[1]),
            (&[2, 3], &[2, 3], &[1, 1]),
        ];
        let sample = |dtype, index, (shape, sizes, starts): (&[usize], &[usize], &[i32])| {
            let starts = starts.iter().map(|&i| Array::scalar(i).cast(index));
            Some(Sample::new(
                DynamicSlice {
                    sizes: sizes.into(),
                },
                std::iter::once(counting(dtype, shape)?).chain(starts),
            ))
        };
        let types = [
            (DType::Bool, DType::U8),
            (DType::U8, DType::I64),
            (DType::BF16, DType::U32),
            (DType::F32, DType::U64),
        ];
        let all = cases
            .into_iter()
            .flat_map(|c| sample(DType::F64, DType::I32, c));
        all.chain(types.iter().flat_map(|&(t, i)| sample(t, i, cases[1])))
            .collect()
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
