//! The order that sorts.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    axes::{axis_in, counted_size_of},
    families::{
        Batched, Flows,
        lanes::{Lanes, lanes},
        ordering::{Ordered, Rank, sort},
        samples::counting,
    },
    kernel::evaluate,
    op::apply1,
};
use bouton_array::with_dtype;
use bouton_ir as ir;

impl Tensor {
    /// The indices that sort each row along `axis` from the least to the greatest; negative counts from the end.
    ///
    /// Equals stay in order; NaN comes last; `-0.0` equals `0.0`.
    ///
    /// # Types
    /// Any element; the indices are `i32`.
    ///
    /// # Gradient
    /// None: indices do not vary.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3.0, 1.0, 2.0, 1.0].argsort(0)), "i32[4] [1, 3, 2, 0]");
    /// ```
    ///
    /// NumPy's `argsort` with `kind="stable"`.
    #[track_caller]
    pub fn argsort(&self, axis: i32) -> Tensor {
        match axis_in(self, "argsort", axis) {
            Ok(axis) => apply1(Argsort { axis }, &[self]),
            Err(e) => e,
        }
    }
}

#[derive(Debug)]
struct Argsort {
    axis: usize,
}

impl Argsort {
    fn form(&self, x: &Type) -> ir::Form {
        let (n, dtype) = (x.shape[self.axis], x.dtype);
        let cost = 4 * (n.max(2).ilog2() as usize);
        lanes(self, x, self.axis, false, cost, move |lanes, x, y| {
            let y = y[0].slice::<i32>();
            with_dtype!(dtype, T => match T::WIDTH {
                64 => order::<T, u64>(&lanes, n, x[0].slice(), y),
                _ => order::<T, u32>(&lanes, n, x[0].slice(), y),
            });
        })
    }
}

/// Each lane's indices in the order of its elements.
fn order<T: Ordered, K: Rank>(lanes: &Lanes, n: usize, x: &[T], y: &mut [i32]) {
    let (mut items, mut spare) = (Vec::with_capacity(n), vec![]);
    for (from, to) in lanes.each() {
        let lane = (0..n).map(|i| K::of(x[from + i * lanes.inner].rank_of_equals()));
        items.clear();
        items.extend(lane.zip(0u32..));
        sort(&mut items, &mut spare, T::WIDTH);
        for (i, item) in items.iter().enumerate() {
            y[to + i * lanes.inner] = item.1 as i32;
        }
    }
}

impl Op for Argsort {
    fn name(&self) -> &'static str {
        "argsort"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        counted_size_of(x[0], self.axis)?;
        Ok(vec![x[0].with_dtype(DType::I32)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let extra = axes[0].unwrap_or(0);
        let axis = self.axis + usize::from(self.axis >= extra);
        Ok(vec![(apply1(Argsort { axis }, &[&x[0]]), Some(extra))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (element, index) = (
            Type::scalar(xt[0].dtype).stablehlo(),
            Type::scalar(DType::I32).stablehlo(),
        );
        let (t, i) = (xt[0].stablehlo(), y[0].stablehlo());
        let kind = match xt[0].dtype {
            d if d.is_float() => "FLOAT",
            d if d.is_signed_integer() => "SIGNED",
            _ => "UNSIGNED",
        };
        let compare = |direction: &str, a: &str, b: &str| {
            format!(
                "stablehlo.compare {direction}, {a}, {b}, {kind} : ({element}, {element}) -> tensor<i1>"
            )
        };
        let before = match xt[0].dtype.is_float() {
            false => format!("%before = {}", compare("LT", "%a", "%b")),
            // NaN comes after all others.
            true => format!(
                "%less = {} %number = {} %nan = {} %last = stablehlo.and %number, %nan : tensor<i1> %before = stablehlo.or %less, %last : tensor<i1>",
                compare("LT", "%a", "%b"),
                compare("EQ", "%a", "%a"),
                compare("NE", "%b", "%b")
            ),
        };
        format!(
            "%index = stablehlo.iota dim = {axis} : {i}\n\
             %sorted:2 = \"stablehlo.sort\"({}, %index) ({{ ^bb0(%a: {element}, %b: {element}, %i: {index}, %j: {index}): {before} \
             stablehlo.return %before : tensor<i1> }}) {{dimension = {axis} : i64, is_stable = true}} : ({t}, {i}) -> ({t}, {i})\n\
             %0 = stablehlo.optimization_barrier %sorted#1 : {i}",
            x[0],
            axis = self.axis,
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "argsort",
    samples: || {
        let cases: [(&[usize], usize); 6] = [
            (&[4], 0),
            (&[3, 4], 0),
            (&[2, 3, 2], 1),
            (&[1], 0),
            (&[0], 0),
            (&[2, 0], 0),
        ];
        let sample = |dtype, (shape, axis): (&[usize], usize)| {
            // Out of order, some twice.
            let x = counting(DType::F64, shape)?;
            let mixed: Vec<f64> = x
                .to_f64_vec()
                .iter()
                .map(|v| (v * 7.0).rem_euclid(3.0))
                .collect();
            Some(Sample::new(
                Argsort { axis },
                [Array::from_vec(shape, mixed).ok()?.cast(dtype)],
            ))
        };
        let nan = Array::from_vec(
            [6],
            vec![f64::NAN, 0.0, -0.0, f64::INFINITY, -f64::NAN, -1.0],
        )
        .map(|a| Sample::new(Argsort { axis: 0 }, [a]));
        let types = [DType::Bool, DType::U8, DType::BF16, DType::I64];
        let all = cases
            .into_iter()
            .flat_map(|c| sample(DType::F64, c))
            .chain(types.iter().flat_map(|&t| sample(t, cases[1])));
        all.chain(nan).collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (x.argsort(2), "axis 2 does not exist; axes run from -2 to 1"),
            (
                Tensor::scalar(1.0f32).argsort(0),
                "axis 0 does not exist; a scalar has no axes",
            ),
            (
                apply1(Argsort { axis: 3 }, &[&x]),
                "axis 3 does not exist; there are 2",
            ),
            (
                Tensor::zeros(DType::Bool, [1 << 31]).argsort(0),
                "axis 0 has 2147483648 elements, more than i32 counts",
            ),
        ]
    },
};
