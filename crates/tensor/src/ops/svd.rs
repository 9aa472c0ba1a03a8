//! Singular values and singular vectors.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        matrices::{
            batched, cost, count, custom_call, known, matrices, of_each, sizes, transposed,
            with_reals,
        },
    },
    kernel::{call_items, evaluate},
    linalg::{
        Real,
        reflectors::Workspace,
        singular::{Vectors, svd},
    },
    op::{apply, apply1},
};
use bouton_ir as ir;
use std::ops::Range;

/// Which singular vectors are made; the public functions are in `fns/svd.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    None,
    /// As many as there are singular values.
    Thin,
    Full,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Svd {
    pub(crate) vectors: Wanted,
}

const THIN: Svd = Svd {
    vectors: Wanted::Thin,
};

impl Svd {
    /// The columns of `U` and the rows of `V^T`.
    fn widths(self, [m, n]: [usize; 2]) -> [usize; 2] {
        match self.vectors {
            Wanted::Full => [m, n],
            _ => [m.min(n); 2],
        }
    }

    fn form(&self, x: &Type) -> ir::Form {
        let ([m, n], dtype, wanted) = (known(x), x.dtype, self.vectors);
        let widths = self.widths([m, n]);
        let weight = if wanted == Wanted::None { 4 } else { 12 };
        let cost = cost(&[weight, m.max(n), m.max(n), m.min(n)]);
        call_items(self, count(x), cost, move |items, x, y| {
            with_reals!(dtype, T => {
                let (values, vectors) = match y {
                    [u, values, v] => (values.slice(), Some((u.slice(), v.slice()))),
                    [values] => (values.slice(), None),
                    _ => return,
                };
                let full = wanted == Wanted::Full;
                run::<T>((([m, n], widths, full), items, x[0].slice(), values, vectors));
            })
        })
    }

    /// With `M = U^T dx V`: `ds = diag(M)`, `dU = U (F * (M S + S M^T)) + (1 - U U^T) dx V S^-1`, and the same for `V` with
    /// transposes; `F[i, j] = 1 / (s[j]^2 - s[i]^2)`.
    fn tangent(self, x: &Tensor, y: &[Tensor], dx: &Tensor) -> Result<Vec<Tensor>, Fault> {
        let ty = dx.ty().map_err(|e| Fault::shape(e.to_string()))?;
        let [m, n] = known(&ty);
        if self.vectors == Wanted::None {
            let y = apply(THIN, &[x]);
            return Ok(vec![
                (&y[0] * dx.matmul(y[2].matrix_transpose())).sum_axes(-2),
            ]);
        }
        if self.vectors == Wanted::Full && m != n {
            let rule = "all singular vectors of a matrix that is not square have no derivative";
            return Err(Fault::not_differentiable(rule).help("use .svd()"));
        }
        let (u, s, vt) = (&y[0], &y[1], &y[2]);
        let (row, column) = (s.as_row(), s.as_column());
        let moved = dx.matmul(vt.matrix_transpose());
        let ds = (u * &moved).sum_axes(-2);
        let middle = u.matrix_transpose().matmul(&moved);
        let across = middle.matrix_transpose();
        let f = ((&row - &column) * (&row + &column)).inverse_or_zero();
        let mut du = u.matmul(&f * (&middle * &row + &across * &column));
        let mut dvt = (&f * (&middle * &column + &across * &row))
            .matrix_transpose()
            .matmul(vt);
        if m > n {
            du += (&moved - u.matmul(&middle)) * row.inverse_or_zero();
        }
        if n > m {
            let along = u.matrix_transpose().matmul(dx);
            dvt += (along - middle.matmul(vt)) * column.inverse_or_zero();
        }
        Ok(vec![du, ds, dvt])
    }
}

type Run<'a, T> = (
    ([usize; 2], [usize; 2], bool),
    Range<usize>,
    &'a [T],
    &'a mut [T],
    Option<(&'a mut [T], &'a mut [T])>,
);

fn run<T: Real>((([m, n], [p, q], full), items, x, values, mut vectors): Run<T>) {
    let (mut work, k) = (Workspace::default(), m.min(n));
    let first = items.start;
    for item in items {
        let here = item - first;
        let vectors = vectors.as_mut().map(|(u, v)| Vectors {
            u: &mut u[here * m * p..(here + 1) * m * p],
            v: &mut v[here * q * n..(here + 1) * q * n],
            full,
        });
        let values = &mut values[here * k..(here + 1) * k];
        svd(
            &x[item * m * n..(item + 1) * m * n],
            [m, n],
            values,
            vectors,
            &mut work,
        );
    }
}

impl Op for Svd {
    fn name(&self) -> &'static str {
        "svd"
    }
    fn outputs(&self) -> usize {
        if self.vectors == Wanted::None { 1 } else { 3 }
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let [m, n] = sizes(x[0])?;
        let ([p, q], values) = (self.widths([m, n]), of_each(x[0], &[m.min(n)]));
        Ok(match self.vectors {
            Wanted::None => vec![values],
            _ => vec![of_each(x[0], &[m, p]), values, of_each(x[0], &[q, n])],
        })
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        transposed(&x[0], dy, |dx| self.tangent(&x[0], y, dx))
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let Some(dx) = &dx[0] else {
            return Ok(vec![None; self.outputs()]);
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
    name: "svd",
    samples: || {
        use Wanted::{Full, None, Thin};
        let cases: [(DType, Wanted, &[usize]); 14] = [
            (DType::F64, Thin, &[3, 3]),
            (DType::F64, Thin, &[4, 2]),
            (DType::F64, Thin, &[2, 2, 4]),
            (DType::F64, None, &[3, 2]),
            (DType::F64, None, &[2, 2, 3]),
            (DType::F64, Full, &[2, 3, 3]),
            (DType::F64, Full, &[4, 2]),
            (DType::F64, Full, &[2, 4]),
            (DType::F64, Thin, &[1, 1]),
            (DType::F64, Thin, &[0, 0]),
            (DType::F64, Full, &[2, 0]),
            (DType::F64, None, &[0, 2, 2]),
            (DType::F64, Thin, &[0, 2, 3]),
            (DType::F32, Thin, &[2, 3, 2]),
        ];
        let sample = |(dtype, vectors, shape): (DType, Wanted, &[usize])| {
            Some(Sample::near(
                Svd { vectors },
                [matrices(dtype, shape, 2.0)?],
            ))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [3, 2]);
        vec![
            (
                Tensor::zeros(DType::F32, [3]).svd().1,
                "there must be two axes, not 1",
            ),
            (
                apply1(THIN, &[&x.convert(DType::BF16)]),
                "the element type must be f32 or f64, not bf16",
            ),
            (
                crate::grad(&x, |x| x.svd_full().1.sum()),
                "all singular vectors of a matrix that is not square have no derivative",
            ),
        ]
    },
};
