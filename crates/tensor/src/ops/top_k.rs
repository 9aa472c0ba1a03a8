//! Where the greatest elements are.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    axes::counted_size_of,
    families::{Batched, Flows, ordering::Ordered, samples::counting},
    kernel::{call_items, evaluate},
    op::apply1,
    ops::compare::stablehlo_kind,
};
use bouton_array::with_dtype;
use bouton_ir as ir;
use std::cmp::Reverse;

impl Tensor {
    /// The `k` greatest elements along the last axis, from the greatest down, and their indices as `i32`. NaN is above all;
    /// of equals, the first comes first.
    ///
    /// # Shapes
    /// `[.., n] -> [.., k], [.., k]`.
    ///
    /// # Errors
    /// There must be an axis, and `k` elements on it.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (values, indices) = tensor![1.0, 9.0, 3.0].top_k(2);
    /// assert_eq!(format!("{values:?} {indices:?}"), "f32[2] [9.0, 3.0] i32[2] [1, 2]");
    /// ```
    ///
    /// JAX's and Nx's `top_k`.
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Tensor, Tensor) {
        let indices = apply1(TopK { k }, &[self]);
        let values = match self.shape() {
            // Nothing can be taken from an empty axis.
            Ok(shape) if shape.last() == Some(&0) => self.clone(),
            _ => crate::blame(crate::here(), || self.take_along_axis(&indices, -1)),
        };
        match indices.error() {
            Some(e) => (Tensor::from_error(e.clone()), indices),
            None => (values, indices),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct TopK {
    k: usize,
}

impl TopK {
    fn form(self, x: &Type) -> ir::Form {
        let n = x.shape.last().copied().unwrap_or(0);
        let rows = x.size() / n.max(1);
        let (k, dtype) = (self.k, x.dtype);
        call_items(&self, rows, 2 * n, move |rows, x, y| {
            let y = y[0].slice::<i32>().chunks_exact_mut(k.max(1));
            with_dtype!(dtype, T => {
                let x = x[0].slice::<T>();
                let mut best = vec![];
                for (row, y) in rows.zip(y) {
                    greatest(&x[row * n..][..n], k, &mut best);
                    for (y, &(_, Reverse(i))) in y.iter_mut().zip(&best) {
                        *y = i as i32;
                    }
                }
            });
        })
    }
}

/// The places of the `k` greatest elements, from the greatest down; of equals the first come first.
fn greatest<T: Ordered>(x: &[T], k: usize, best: &mut Vec<(u64, Reverse<u32>)>) {
    best.clear();
    if k == 0 {
        return;
    }
    // What is not above the k-th greatest so far cannot be among them: of equals the first stays.
    let (mut limit, room) = (None, (4 * k).max(64));
    let order = |a: &(u64, Reverse<u32>), b: &(u64, Reverse<u32>)| b.cmp(a);
    for (&x, i) in x.iter().zip(0u32..) {
        let rank = x.rank_of_equals();
        if limit.is_some_and(|limit| rank <= limit) {
            continue;
        }
        best.push((rank, Reverse(i)));
        if best.len() == room {
            limit = Some(best.select_nth_unstable_by(k - 1, order).1.0);
            best.truncate(k);
        }
    }
    best.sort_unstable_by(order);
    best.truncate(k);
}

impl Op for TopK {
    fn name(&self) -> &'static str {
        "top_k"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let Some(last) = x[0].rank().checked_sub(1) else {
            return Err(Fault::shape("there must be an axis to choose from"));
        };
        let n = counted_size_of(x[0], last)?;
        if self.k > n {
            return Err(Fault::shape(format!(
                "the last axis has {n} elements, fewer than {}",
                self.k
            )));
        }
        let mut shape = x[0].shape.to_vec();
        shape[last] = self.k;
        Ok(vec![Type::new(DType::I32, shape)])
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
        let x = x[0].bring(axes[0].unwrap_or(0), 0);
        Ok(vec![(apply1(*self, &[&x]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (t, i) = (xt[0].stablehlo(), xt[0].with_dtype(DType::I32).stablehlo());
        let (element, index) = (
            Type::scalar(xt[0].dtype).stablehlo(),
            Type::scalar(DType::I32).stablehlo(),
        );
        let kind = stablehlo_kind(xt[0].dtype);
        let (zeros, ones) = (vec![0; xt[0].rank()], vec![1; xt[0].rank()]);
        format!(
            "%index = stablehlo.iota dim = {axis} : {i}\n\
             %sorted:2 = \"stablehlo.sort\"({x}, %index) ({{ ^bb0(%a: {element}, %b: {element}, %i: {index}, %j: {index}): \
             %greater = stablehlo.compare GT, %a, %b, {kind} : ({element}, {element}) -> tensor<i1> \
             %nan = stablehlo.compare NE, %a, %a, {kind} : ({element}, {element}) -> tensor<i1> \
             %number = stablehlo.compare EQ, %b, %b, {kind} : ({element}, {element}) -> tensor<i1> \
             %first = stablehlo.and %nan, %number : tensor<i1> %before = stablehlo.or %greater, %first : tensor<i1> \
             stablehlo.return %before : tensor<i1> }}) {{dimension = {axis} : i64, is_stable = true}} : ({t}, {i}) -> ({t}, {i})\n\
             %0 = \"stablehlo.slice\"(%sorted#1) {{start_indices = array<i64: {zeros}>, limit_indices = array<i64: {limits}>, \
             strides = array<i64: {ones}>}} : ({i}) -> {y}",
            axis = xt[0].rank() - 1,
            x = x[0],
            zeros = list(&zeros),
            limits = list(&y[0].shape),
            ones = list(&ones),
            y = y[0].stablehlo(),
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

fn list(numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    numbers.join(", ")
}

pub(crate) const ENTRY: Entry = Entry {
    name: "top_k",
    samples: || {
        let cases: [(&[usize], usize); 7] = [
            (&[5], 2),
            (&[5], 0),
            (&[3, 4], 4),
            (&[2, 2, 3], 1),
            (&[1], 1),
            (&[0], 0),
            (&[0, 3], 2),
        ];
        let sample = |dtype, (shape, k): (&[usize], usize)| {
            let x = counting(DType::F64, shape)?.to_f64_vec();
            let mixed: Vec<f64> = x.iter().map(|v| (v * 7.0).rem_euclid(3.0)).collect();
            let x = Array::from_vec(shape, mixed).ok()?.cast(dtype);
            Some(Sample::new(TopK { k }, [x]))
        };
        let nan = Array::from_vec([4], vec![1.0, f64::NAN, f64::INFINITY, -f64::NAN]);
        let nan = nan.map(|x| Sample::new(TopK { k: 3 }, [x]));
        let many = Array::from_vec([500], (0..500).map(|i| (i * 37 % 101) as f32).collect());
        let many = many.map(|x| Sample::new(TopK { k: 7 }, [x]));
        let types = [DType::Bool, DType::U8, DType::BF16, DType::I64];
        let all = cases
            .into_iter()
            .flat_map(|c| sample(DType::F64, c))
            .chain(types.iter().flat_map(|&t| sample(t, cases[2])));
        all.chain(nan).chain(many).collect()
    },
    faults: || {
        vec![
            (
                Tensor::scalar(1.0).top_k(1).1,
                "there must be an axis to choose from",
            ),
            (
                Tensor::zeros(DType::F32, [2, 3]).top_k(4).1,
                "the last axis has 3 elements, fewer than 4",
            ),
        ]
    },
};
