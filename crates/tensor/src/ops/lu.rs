//! Matrices as products of two triangles, their rows in another order.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Triangle, Type, blame,
    families::{
        Batched, Flows,
        matrices::{
            batched, cost, count, custom_call, known, matrices, of_each, sizes, transposed,
            with_reals,
        },
    },
    here,
    kernel::{call_items, evaluate},
    linalg::{Real, elimination::eliminate},
    op::{apply, apply1},
    ops::{take::Take, triangular_solve::TriangularSolve},
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// `L` and `U` of [`Tensor::lu`] in one, `L` below the diagonal and `U` on and above it, and the order of the rows:
    /// row `i` of `L U` is row `order[i]` of `x`.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., m, n], [.., m]`.
    ///
    /// # Types
    /// As [`Tensor::lu`]; the order is `i32`.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (lu, order) = tensor![[1.0, 3.0], [2.0, 4.0]].lu_packed();
    /// assert_eq!(format!("{lu:?}"), "f32[2, 2]\n[\n  [2.0, 4.0],\n  [0.5, 1.0]\n]");
    /// assert_eq!(format!("{order:?}"), "i32[2] [1, 0]");
    /// ```
    ///
    /// LAPACK's `getrf`, whose exchanges are applied to give the order.
    #[track_caller]
    pub fn lu_packed(&self) -> (Tensor, Tensor) {
        blame(here(), || {
            let mut y = apply(Lu, &[&self.to_wide_float()]);
            let order = y.swap_remove(1);
            (y.swap_remove(0).narrowed_like(self), order)
        })
    }
}

#[derive(Debug)]
struct Lu;

impl Lu {
    fn form(&self, x: &Type) -> ir::Form {
        let ([m, n], dtype) = (known(x), x.dtype);
        let cost = cost(&[m, n, m.min(n)]);
        call_items(self, count(x), cost, move |items, x, y| {
            let [packed, order] = y else { return };
            with_reals!(dtype, T => {
                run::<T>(([m, n], items, x[0].slice(), packed.slice(), order.slice()))
            })
        })
    }

    /// With `M = L^-1 P dx U^-1`: `dL` is `L` times its part below the diagonal, `dU` the rest of it times `U`.
    fn tangent(y: &[Tensor], dx: &Tensor) -> Result<Tensor, Fault> {
        let (packed, order) = (&y[0], &y[1]);
        let ty = dx.ty().map_err(|e| Fault::shape(e.to_string()))?;
        let [m, n] = known(&ty);
        let (k, axis) = (m.min(n), ty.rank() - 2);
        let part = |x: &Tensor, rows: Range<usize>, columns: Range<usize>| {
            x.slice_axis(-2, rows).slice_axis(-1, columns)
        };
        let dx = apply1(Take { axis, batch: axis }, &[dx, order]);
        let lower = TriangularSolve(Triangle::lower().unit_diagonal());
        let upper = TriangularSolve(Triangle::upper().right());
        let square = part(packed, 0..k, 0..k);
        let (below, u) = (square.tril(-1), square.triu(0));
        let left = |x: &Tensor| x + below.matmul(x);
        let middle = apply1(lower, &[&square, &part(&dx, 0..k, 0..k)]);
        let middle = apply1(upper, &[&square, &middle]);
        let (dl, du) = (left(&middle.tril(-1)), middle.triu(0).matmul(&u));
        let mut d = &dl + &du;
        if n > k {
            let known = part(&dx, 0..k, k..n) - dl.matmul(part(packed, 0..k, k..n));
            d = d.concatenate(apply1(lower, &[&square, &known]), -1);
        }
        if m > k {
            let known = part(&dx, k..m, 0..k) - part(packed, k..m, 0..k).matmul(&du);
            d = d.concatenate(apply1(upper, &[&square, &known]), -2);
        }
        Ok(d)
    }
}

type Run<'a, T> = (
    [usize; 2],
    Range<usize>,
    &'a [T],
    &'a mut [T],
    &'a mut [i32],
);

fn run<T: Real>(([m, n], items, x, y, orders): Run<T>) {
    let mut scratch = vec![];
    let first = items.start;
    for item in items {
        let here = item - first;
        let y = &mut y[here * m * n..(here + 1) * m * n];
        y.copy_from_slice(&x[item * m * n..(item + 1) * m * n]);
        let order = &mut orders[here * m..(here + 1) * m];
        eliminate(y, [m, n], order, &mut scratch);
    }
}

impl Op for Lu {
    fn name(&self) -> &'static str {
        "lu"
    }
    fn outputs(&self) -> usize {
        2
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let [m, _] = sizes(x[0])?;
        if i32::try_from(m).is_err() {
            return Err(Fault::shape(format!("{m} rows are more than i32 counts")));
        }
        let order = of_each(x[0], &[m]).with_dtype(DType::I32);
        Ok(vec![x[0].clone(), order])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        transposed(&x[0], &dy[..1], |dx| Ok(vec![Lu::tangent(y, dx)?]))
    }
    fn jvp(&self, _: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let tangent = dx[0].as_ref().map(|dx| Lu::tangent(y, dx));
        Ok(vec![tangent.transpose()?, None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        batched(Lu, x, axes)
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        custom_call(self, x, xt, y)
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "lu",
    samples: || {
        let cases: [(DType, &[usize]); 9] = [
            (DType::F64, &[3, 3]),
            (DType::F64, &[2, 4, 4]),
            (DType::F64, &[4, 2]),
            (DType::F64, &[2, 3, 5]),
            (DType::F64, &[1, 1]),
            (DType::F64, &[18, 18]),
            (DType::F64, &[0, 0]),
            (DType::F64, &[0, 2, 3]),
            (DType::F32, &[2, 3, 3]),
        ];
        let sample = |(dtype, shape): (DType, &[usize])| {
            // Rows out of order, each with one element that stands out.
            let x = matrices(dtype, shape, 1.5)?;
            let (n, m) = (*shape.last()?, shape[shape.len() - 2]);
            let values = x.to_f64_vec();
            let row = |i: usize| i / n % m;
            let from = |i: usize| i - row(i) * n + (m - 1 - row(i)) * n;
            let turned = (0..values.len())
                .map(|i| values[from(i)])
                .collect::<Vec<f64>>();
            let x = Array::from_vec(shape, turned).ok()?.cast(dtype);
            Some(Sample::near(Lu, [x]))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        vec![
            (
                Tensor::zeros(DType::F32, [3]).lu_packed().1,
                "there must be two axes, not 1",
            ),
            (
                apply1(Lu, &[&Tensor::zeros(DType::I32, [2, 2])]),
                "the element type must be f32 or f64, not i32",
            ),
            (
                Tensor::zeros(DType::F32, [1 << 31, 0]).lu_packed().0,
                "2147483648 rows are more than i32 counts",
            ),
        ]
    },
};
