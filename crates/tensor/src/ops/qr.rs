//! Matrices as products of an orthogonal one and a triangle.
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
    linalg::{
        Real,
        reflectors::{Workspace, qr},
    },
    op::{apply, apply1},
    ops::triangular_solve::TriangularSolve,
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// `Q` with orthonormal columns and `R`, zero below the diagonal, with `Q R = x`; `k` is the lesser of `m` and `n`.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., m, k], [.., k, n]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// Where the first `k` columns are linearly dependent, infinite or NaN.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (q, r) = tensor![[3.0, 1.0], [4.0, 2.0]].qr();
    /// assert!(q.matmul(&r).all_close(tensor![[3.0, 1.0], [4.0, 2.0]]).item()? == 1.0);
    /// assert_eq!(format!("{:?}", r.at(1).at(0)), "f32 0.0");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// NumPy's and Nx's `qr` in mode `reduced`, with the signs of LAPACK.
    #[track_caller]
    pub fn qr(&self) -> (Tensor, Tensor) {
        blame(here(), || factors(self, false))
    }

    /// [`Tensor::qr`] with a square `Q`.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., m, m], [.., m, n]`.
    ///
    /// # Gradient
    /// None where there are more rows than columns: the columns of `Q` that are added are any that fit.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (q, r) = tensor![[3.0], [4.0]].qr_complete();
    /// assert_eq!(format!("{:?} {:?}", q.shape()?, r.shape()?), "[2, 2] [2, 1]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn qr_complete(&self) -> (Tensor, Tensor) {
        blame(here(), || factors(self, true))
    }
}

fn factors(x: &Tensor, complete: bool) -> (Tensor, Tensor) {
    let mut y = apply(Qr { complete }, &[&x.to_wide_float()]);
    let r = y.swap_remove(1).narrowed_like(x);
    (y.swap_remove(0).narrowed_like(x), r)
}

#[derive(Clone, Copy, Debug)]
struct Qr {
    complete: bool,
}

impl Qr {
    /// The columns of `Q`.
    fn width(self, [m, n]: [usize; 2]) -> usize {
        if self.complete { m } else { m.min(n) }
    }

    fn form(&self, x: &Type) -> ir::Form {
        let ([m, n], dtype) = (known(x), x.dtype);
        let wide = self.width([m, n]);
        let cost = cost(&[4, m, n.max(wide), m.min(n)]);
        call_items(self, count(x), cost, move |items, x, y| {
            let [q, r] = y else { return };
            with_reals!(dtype, T => {
                run::<T>(([m, n, wide], items, x[0].slice(), q.slice(), r.slice()))
            })
        })
    }

    /// With `C = dx R^-1` and `W` the antisymmetric matrix that `Q^T C` is below the diagonal:
    /// `dQ = C - Q (Q^T C - W)`, `dR = (Q^T C - W) R`. What is right of a square part follows from `R = Q^T x`.
    fn tangent(self, x: &Tensor, y: &[Tensor], dx: &Tensor) -> Result<Vec<Tensor>, Fault> {
        let (q, r) = (&y[0], &y[1]);
        let ty = dx.ty().map_err(|e| Fault::shape(e.to_string()))?;
        let [m, n] = known(&ty);
        if self.complete && m > n {
            return Err(Fault::not_differentiable(
                "the complete Q of a matrix with more rows than columns has no derivative",
            )
            .help("use .qr()"));
        }
        let k = m.min(n);
        let first = |x: &Tensor| x.slice_axis(-1, 0..k);
        let right = TriangularSolve(Triangle::upper().right());
        let c = apply1(right, &[&first(r), &first(dx)]);
        let along = q.matrix_transpose().matmul(&c);
        let below = along.tril(-1);
        let upper = along.triu(0) + below.matrix_transpose();
        let dq = c - q.matmul(&upper);
        let mut dr = upper.matmul(first(r).triu(0)).triu(0);
        if n > k {
            let rest = |x: &Tensor| x.slice_axis(-1, k..n);
            let turned = dq.matrix_transpose().matmul(rest(x));
            dr = dr.concatenate(turned + q.matrix_transpose().matmul(rest(dx)), -1);
        }
        Ok(vec![dq, dr])
    }
}

type Run<'a, T> = ([usize; 3], Range<usize>, &'a [T], &'a mut [T], &'a mut [T]);

fn run<T: Real>(([m, n, wide], items, x, qs, rs): Run<T>) {
    let mut work = Workspace::default();
    let first = items.start;
    for item in items {
        let here = item - first;
        let q = &mut qs[here * m * wide..(here + 1) * m * wide];
        let r = &mut rs[here * wide * n..(here + 1) * wide * n];
        qr(
            &x[item * m * n..(item + 1) * m * n],
            [m, n, wide],
            (q, r),
            &mut work,
        );
    }
}

impl Op for Qr {
    fn name(&self) -> &'static str {
        "qr"
    }
    fn outputs(&self) -> usize {
        2
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let [m, n] = sizes(x[0])?;
        let wide = self.width([m, n]);
        Ok(vec![of_each(x[0], &[m, wide]), of_each(x[0], &[wide, n])])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        transposed(&x[0], dy, |dx| self.tangent(&x[0], y, dx))
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let Some(dx) = &dx[0] else {
            return Ok(vec![None, None]);
        };
        Ok(self.tangent(&x[0], y, dx)?.into_iter().map(Some).collect())
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        batched(*self, x, axes)
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
    name: "qr",
    samples: || {
        let cases: [(DType, bool, &[usize]); 12] = [
            (DType::F64, false, &[3, 3]),
            (DType::F64, false, &[4, 2]),
            (DType::F64, false, &[2, 3, 5]),
            (DType::F64, false, &[2, 4, 3]),
            (DType::F64, true, &[3, 3]),
            (DType::F64, true, &[2, 4]),
            (DType::F64, true, &[4, 2]),
            (DType::F64, false, &[1, 1]),
            (DType::F64, false, &[0, 0]),
            (DType::F64, true, &[2, 0]),
            (DType::F64, false, &[0, 2, 3]),
            (DType::F32, false, &[2, 3, 2]),
        ];
        let sample = |(dtype, complete, shape): (DType, bool, &[usize])| {
            Some(Sample::near(
                Qr { complete },
                [matrices(dtype, shape, 1.5)?],
            ))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [3, 2]);
        vec![
            (
                Tensor::scalar(1.0f32).qr().0,
                "there must be two axes, not 0",
            ),
            (
                apply1(Qr { complete: true }, &[&x.convert(DType::I64)]),
                "the element type must be f32 or f64, not i64",
            ),
            (
                crate::grad(&x, |x| x.qr_complete().1.sum()),
                "the complete Q of a matrix with more rows than columns has no derivative",
            ),
        ]
    },
};
