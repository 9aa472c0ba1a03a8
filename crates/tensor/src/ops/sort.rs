//! Elements in order.
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
    ops::compare::stablehlo_kind,
};
use bouton_array::with_dtype;
use bouton_ir as ir;

impl Tensor {
    /// The elements along `axis` from the least to the greatest; negative counts from the end. NaN comes last, and `-0.0`
    /// before `0.0`.
    ///
    /// # Gradient
    /// Flows back to where the elements came from.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3, 1, 2].sort(0)), "i32[3] [1, 2, 3]");
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: i32) -> Tensor {
        match axis_in(self, "sort", axis) {
            Ok(axis) => apply1(Sort { axis }, &[self]),
            Err(e) => e,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Sort {
    axis: usize,
}

impl Sort {
    fn form(self, x: &Type) -> ir::Form {
        let (n, dtype) = (x.shape[self.axis], x.dtype);
        let cost = 3 * (n.max(2).ilog2() as usize);
        lanes(&self, x, self.axis, false, cost, move |lanes, x, y| {
            with_dtype!(dtype, T => match T::WIDTH {
                64 => order::<T, u64>(&lanes, n, x[0].slice(), y[0].slice()),
                _ => order::<T, u32>(&lanes, n, x[0].slice(), y[0].slice()),
            });
        })
    }

    /// The indices that sort the input.
    fn indices(self, x: &Tensor) -> Tensor {
        x.argsort(self.axis as i32)
    }
}

fn order<T: Ordered, K: Rank>(lanes: &Lanes, n: usize, x: &[T], y: &mut [T]) {
    let (mut ranks, mut spare) = (Vec::with_capacity(n), vec![]);
    for (from, to) in lanes.each() {
        ranks.clear();
        ranks.extend((0..n).map(|i| K::of(x[from + i * lanes.inner].rank())));
        sort(&mut ranks, &mut spare, T::WIDTH);
        for (i, rank) in ranks.iter().enumerate() {
            y[to + i * lanes.inner] = T::ranked(rank.key());
        }
    }
}

impl Op for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        // The derivative needs indices.
        counted_size_of(x[0], self.axis)?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let axis = self.axis as i32;
        let back = |d: &Tensor| d.take_along_axis(self.indices(&x[0]).argsort(axis), axis);
        Ok(vec![dy[0].as_ref().filter(|_| occupied(&x[0])).map(back)])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let ahead = |d: &Tensor| d.take_along_axis(self.indices(&x[0]), self.axis as i32);
        Ok(vec![dx[0].as_ref().filter(|_| occupied(&x[0])).map(ahead)])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let extra = axes[0].unwrap_or(0);
        let axis = self.axis + usize::from(self.axis >= extra);
        Ok(vec![(apply1(Sort { axis }, &[&x[0]]), Some(extra))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let element = Type::scalar(xt[0].dtype).stablehlo();
        let kind = match xt[0].dtype {
            // -0.0 before 0.0, and NaN last where its sign is not set.
            d if d.is_float() => "TOTALORDER",
            d => stablehlo_kind(d),
        };
        format!(
            "%0 = \"stablehlo.sort\"({}) ({{ ^bb0(%a: {element}, %b: {element}): \
             %before = stablehlo.compare LT, %a, %b, {kind} : ({element}, {element}) -> tensor<i1> \
             stablehlo.return %before : tensor<i1> }}) {{dimension = {} : i64, is_stable = true}} : ({}) -> {}",
            x[0],
            self.axis,
            xt[0].stablehlo(),
            y[0].stablehlo(),
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

/// Whether there is an element: of an empty axis nothing can be taken.
fn occupied(x: &Tensor) -> bool {
    x.shape().is_ok_and(|shape| shape.size() > 0)
}

pub(crate) const ENTRY: Entry = Entry {
    name: "sort",
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
            // Out of order, no two the same.
            let x = counting(DType::F64, shape)?.to_f64_vec();
            let mixed: Vec<f64> = x.iter().map(|v| (v * 7.0).rem_euclid(29.0)).collect();
            let x = Array::from_vec(shape, mixed).ok()?.cast(dtype);
            Some(Sample::new(Sort { axis }, [x]))
        };
        let nan = vec![f64::NAN, 0.0, -0.0, f64::INFINITY, -f64::NAN, -1.0];
        let nan =
            Array::from_vec([6], nan).map(|a| Sample::new(Sort { axis: 0 }, [a.cast(DType::F32)]));
        let many = Array::from_vec([150], (0..150).map(|i| (i * 37 % 101) as f32).collect());
        let many = many.map(|a| Sample::new(Sort { axis: 0 }, [a]));
        let types = [DType::Bool, DType::U8, DType::BF16, DType::I64];
        let all = cases
            .into_iter()
            .flat_map(|c| sample(DType::F64, c))
            .chain(types.iter().flat_map(|&t| sample(t, cases[1])));
        all.chain(nan).chain(many).collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        vec![
            (x.sort(2), "axis 2 does not exist; axes run from -2 to 1"),
            (
                apply1(Sort { axis: 3 }, &[&x]),
                "axis 3 does not exist; there are 2",
            ),
        ]
    },
};
