//! Where elements would have to be put in to keep a list in order.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{
        Batched, Flows, align,
        operands::{common_type, same_dtype},
        ordering::Ordered,
        samples::counting,
    },
    kernel::{call_items, evaluate},
    op::apply1,
};
use bouton_array::with_dtype;
use bouton_ir as ir;

impl Tensor {
    /// For each of `values` how many elements of this list are below it, as `i32`: there it would be put in before its
    /// equals. The list must increase; NaN lies behind all numbers.
    ///
    /// # Shapes
    /// `[n], [..] -> [..]`; with a list for each, `[b.., n], [b.., ..] -> [b.., ..]`.
    ///
    /// # Types
    /// Promoted to a common one.
    ///
    /// # Gradient
    /// None: indices do not vary.
    ///
    /// # Errors
    /// The list must have an axis; those before it are the first of the values.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 3, 3, 7].searchsorted(tensor![0, 3, 9])), "i32[3] [0, 1, 4]");
    /// ```
    ///
    /// NumPy's `searchsorted(side="left")`.
    #[track_caller]
    pub fn searchsorted(&self, values: impl Into<Operand>) -> Tensor {
        Searchsorted { right: false }.apply(self, values.into())
    }

    /// For each of `values` how many elements of this list are not above it, as `i32`: there it would be put in behind its
    /// equals. See [`Tensor::searchsorted`].
    ///
    /// # Errors
    /// The list must have an axis; those before it are the first of the values.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 3, 3, 7].searchsorted_right(3)), "i32 3");
    /// ```
    ///
    /// NumPy's `searchsorted(side="right")`.
    #[track_caller]
    pub fn searchsorted_right(&self, values: impl Into<Operand>) -> Tensor {
        Searchsorted { right: true }.apply(self, values.into())
    }
}

#[derive(Debug, Clone, Copy)]
struct Searchsorted {
    /// Behind equals.
    right: bool,
}

impl Searchsorted {
    #[track_caller]
    fn apply(self, list: &Tensor, values: Operand) -> Tensor {
        let [list, values] = common_type([list.into(), values]);
        apply1(self, &[&list, &values])
    }

    fn form(self, list: &Type, values: &Type) -> ir::Form {
        let (n, lists, dtype) = (list.shape[list.rank() - 1], list.rank() - 1, list.dtype);
        // So many values belong to one list.
        let of_each: usize = values.shape[lists..].iter().product();
        let cost = 4 * (n.max(2).ilog2() as usize + 1);
        call_items(&self, values.size(), cost, move |items, x, y| {
            with_dtype!(dtype, T => {
                let (lists, values) = (x[0].slice::<T>(), x[1].slice::<T>());
                for (i, y) in items.zip(y[0].slice::<i32>()) {
                    let list = &lists[i / of_each * n..][..n];
                    *y = place(list, values[i], self.right);
                }
            });
        })
    }
}

fn place<T: Ordered>(list: &[T], value: T, right: bool) -> i32 {
    let value = value.rank_of_equals();
    let before = |x: &T| match x.rank_of_equals() {
        x if right => x <= value,
        x => x < value,
    };
    list.partition_point(before) as i32
}

impl Op for Searchsorted {
    fn name(&self) -> &'static str {
        "searchsorted"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_dtype(x)?;
        let Some((&n, lists)) = x[0].shape.split_last() else {
            return Err(Fault::shape("the list must have an axis"));
        };
        if x[1].shape.get(..lists.len()) != Some(lists) {
            return Err(Fault::shape(
                "the list must have one axis, or before it those that the values begin with",
            ));
        }
        if i32::try_from(n).is_err() {
            return Err(Fault::shape(format!(
                "the list has {n} elements, more than i32 counts"
            )));
        }
        Ok(vec![x[1].with_dtype(DType::I32)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None, None])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let extra = match (axes[0], axes[1]) {
            // The values of one list.
            (None, Some(axis)) => {
                let last = x[1].rank().unwrap_or(1) - 1;
                let values = x[1].bring(axis, last);
                return Ok(vec![(apply1(*self, &[&x[0], &values]), Some(last))]);
            }
            _ => align(x, axes)?,
        };
        Ok(vec![(apply1(*self, &[&extra[0], &extra[1]]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        // Every value beside every element of its list.
        let (list, values) = (xt[0], xt[1]);
        let rank = values.rank();
        let mut shape = values.shape.to_vec();
        shape.extend(list.shape.last());
        let both = values.with_shape(shape);
        let (truths, counts) = (both.with_dtype(DType::Bool), both.with_dtype(DType::I32));
        let [both, truths, counts] = [both, truths, counts].map(|t| t.stablehlo());
        let along: Vec<usize> = (0..list.rank() - 1).chain([rank]).collect();
        let compare = |name: &str, word: &str, a: &str, b: &str| {
            format!("%{name} = stablehlo.compare {word}, {a}, {b} : ({both}, {both}) -> {truths}\n")
        };
        // NaN lies behind all numbers, and equals NaN.
        let before = match self.right {
            true => [
                compare("less", "LE", "%l", "%v"),
                compare("behind", "NE", "%v", "%v"),
            ],
            false => [
                compare("less", "LT", "%l", "%v"),
                compare("nan", "NE", "%v", "%v")
                    + &compare("number", "EQ", "%l", "%l")
                    + &format!("%behind = stablehlo.and %nan, %number : {truths}\n"),
            ],
        };
        format!(
            "%l = stablehlo.broadcast_in_dim {}, dims = {along:?} : ({}) -> {both}\n\
             %v = stablehlo.broadcast_in_dim {}, dims = {:?} : ({}) -> {both}\n\
             {}\
             %before = stablehlo.or %less, %behind : {truths}\n\
             %i = stablehlo.convert %before : ({truths}) -> {counts}\n\
             %z = stablehlo.constant dense<0> : tensor<i32>\n\
             %0 = stablehlo.reduce(%i init: %z) applies stablehlo.add across dimensions = [{rank}] : ({counts}, tensor<i32>) -> {}",
            x[0],
            list.stablehlo(),
            x[1],
            (0..rank).collect::<Vec<_>>(),
            values.stablehlo(),
            before.concat(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "searchsorted",
    samples: || {
        let sample = |dtype, n: usize, shape: &[usize], right| {
            let list = counting(dtype, &[n])?;
            // Below, between, equal and above.
            let some = |i: usize| [0.5, -3.0, 2.0, 99.0, 1.0][i % 5];
            let values = (0..shape.iter().product()).map(some).collect();
            let values = Array::from_vec(shape, values).ok()?.cast(dtype);
            let mut list: Vec<f64> = list.to_f64_vec();
            list.sort_by(f64::total_cmp);
            let list = Array::from_vec([n], list).ok()?.cast(dtype);
            Some(Sample::new(Searchsorted { right }, [list, values]))
        };
        let shapes: [&[usize]; 5] = [&[5], &[], &[2, 3], &[0], &[1]];
        let of_shapes = shapes.into_iter().flat_map(|s| {
            [
                sample(DType::F64, 4, s, false),
                sample(DType::F64, 4, s, true),
            ]
        });
        let sizes = [0, 1, 7].map(|n| sample(DType::F64, n, &[5], true));
        let types = [DType::F32, DType::I32, DType::U8, DType::BF16, DType::I64];
        let types = types.map(|t| sample(t, 4, &[5], false));
        let rows = Array::from_literal([[1.0, 2.0, f64::NAN], [0.0, 4.0, 5.0]]).ok();
        let values = Array::from_literal([[2.0, f64::NAN], [4.5, -1.0]]).ok();
        let lists = [false, true].map(|right| {
            Some(Sample::new(
                Searchsorted { right },
                [rows.clone()?, values.clone()?],
            ))
        });
        of_shapes
            .chain(sizes)
            .chain(types)
            .chain(lists)
            .flatten()
            .collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (
                x.searchsorted(1.0),
                "the list must have one axis, or before it those that the values begin with",
            ),
            (
                Tensor::scalar(1.0).searchsorted(1.0),
                "the list must have an axis",
            ),
        ]
    },
};
