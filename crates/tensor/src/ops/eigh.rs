//! Eigenvalues and eigenvectors of symmetric matrices.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type, blame,
    families::{
        Batched, Flows,
        matrices::{
            batched, cost, count, custom_call, known, matrices, of_each, side, transposed,
            with_reals,
        },
    },
    here,
    kernel::{call_items, evaluate},
    linalg::{Real, reflectors::Workspace, symmetric::eigen},
    op::{apply, apply1},
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// The eigenvalues `w` of symmetric matrices, ascending, and orthonormal eigenvectors as the columns of `V`:
    /// `x V = V diag(w)`.
    ///
    /// Of a matrix that is not symmetric, the average with its transpose counts. Of each eigenvector, the first element of
    /// at least half the largest magnitude is positive. Where a matrix is not finite, all is NaN.
    ///
    /// # Shapes
    /// `[.., n, n] -> [.., n], [.., n, n]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// That of the eigenvectors grows as eigenvalues come near each other. Where two are equal, how their vectors turn into
    /// each other has no derivative and counts as zero.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (values, vectors) = tensor![[2.0, 0.0], [0.0, 1.0]].eigh();
    /// assert_eq!(format!("{values:?}"), "f32[2] [1.0, 2.0]");
    /// assert_eq!(format!("{vectors:?}"), "f32[2, 2]\n[\n  [0.0, 1.0],\n  [1.0, 0.0]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `eigh`, which leave the signs open.
    #[track_caller]
    pub fn eigh(&self) -> (Tensor, Tensor) {
        blame(here(), || {
            let mut y = apply(Eigh { vectors: true }, &[&self.to_wide_float()]);
            let vectors = y.swap_remove(1).narrowed_like(self);
            (y.swap_remove(0).narrowed_like(self), vectors)
        })
    }

    /// The eigenvalues of [`Tensor::eigh`] alone, which take less time.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[2.0, 0.0], [0.0, 1.0]].eigvalsh();
    /// assert_eq!(format!("{y:?}"), "f32[2] [1.0, 2.0]");
    /// ```
    ///
    /// NumPy's `eigvalsh`.
    #[track_caller]
    pub fn eigvalsh(&self) -> Tensor {
        blame(here(), || {
            apply1(Eigh { vectors: false }, &[&self.to_wide_float()]).narrowed_like(self)
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Eigh {
    vectors: bool,
}

impl Eigh {
    fn form(&self, x: &Type) -> ir::Form {
        let ([n, _], dtype) = (known(x), x.dtype);
        let weight = if self.vectors { 8 } else { 2 };
        let cost = cost(&[weight, n, n, n]);
        call_items(self, count(x), cost, move |items, x, y| {
            with_reals!(dtype, T => {
                let (values, vectors) = match y {
                    [values, vectors] => (values.slice(), Some(vectors.slice())),
                    [values] => (values.slice(), None),
                    _ => return,
                };
                run::<T>((n, items, x[0].slice(), values, vectors));
            })
        })
    }

    /// `dw = diag(V^T dx V)`; `dV = V (F * V^T dx V)` with `F[i, j] = 1 / (w[j] - w[i])`.
    fn tangent(self, x: &Tensor, y: &[Tensor], dx: &Tensor) -> Vec<Tensor> {
        let dx = (dx + dx.matrix_transpose()) * 0.5;
        if !self.vectors {
            let v = &apply(Eigh { vectors: true }, &[x])[1];
            return vec![(v * dx.matmul(v)).sum_axes(-2)];
        }
        let (w, v) = (&y[0], &y[1]);
        let moved = dx.matmul(v);
        let dw = (v * &moved).sum_axes(-2);
        let apart = w.as_row() - w.as_column();
        let turned = apart.inverse_or_zero() * v.matrix_transpose().matmul(&moved);
        vec![dw, v.matmul(turned)]
    }
}

type Run<'a, T> = (
    usize,
    Range<usize>,
    &'a [T],
    &'a mut [T],
    Option<&'a mut [T]>,
);

fn run<T: Real>((n, items, x, values, mut vectors): Run<T>) {
    let mut work = Workspace::default();
    for (item, values) in items.clone().zip(values.chunks_exact_mut(n.max(1))) {
        let here = (item - items.start) * n * n;
        let vectors = vectors.as_mut().map(|v| &mut v[here..here + n * n]);
        eigen(
            &x[item * n * n..(item + 1) * n * n],
            n,
            values,
            vectors,
            &mut work,
        );
    }
}

impl Op for Eigh {
    fn name(&self) -> &'static str {
        "eigh"
    }
    fn outputs(&self) -> usize {
        1 + usize::from(self.vectors)
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let n = side(x[0])?;
        let mut y = vec![of_each(x[0], &[n])];
        y.extend(self.vectors.then(|| x[0].clone()));
        Ok(y)
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        transposed(&x[0], dy, |dx| Ok(self.tangent(&x[0], y, dx)))
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        Ok(match &dx[0] {
            Some(dx) => self.tangent(&x[0], y, dx).into_iter().map(Some).collect(),
            None => vec![None; self.outputs()],
        })
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
    name: "eigh",
    samples: || {
        let cases: [(DType, bool, &[usize]); 8] = [
            (DType::F64, true, &[3, 3]),
            (DType::F64, true, &[2, 4, 4]),
            (DType::F64, false, &[2, 3, 3]),
            (DType::F64, true, &[1, 1]),
            (DType::F64, true, &[0, 0]),
            (DType::F64, false, &[0, 2, 2]),
            (DType::F64, true, &[0, 2, 2]),
            (DType::F32, true, &[2, 3, 3]),
        ];
        let sample = |(dtype, vectors, shape): (DType, bool, &[usize])| {
            Some(Sample::near(
                Eigh { vectors },
                [matrices(dtype, shape, 3.0)?],
            ))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let zeros = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        vec![
            (zeros(&[3]).eigh().1, "there must be two axes, not 1"),
            (
                zeros(&[2, 3]).eigvalsh(),
                "the matrices must be square; they are 2 by 3",
            ),
            (
                apply1(
                    Eigh { vectors: true },
                    &[&zeros(&[2, 2]).convert(DType::F16)],
                ),
                "the element type must be f32 or f64, not f16",
            ),
        ]
    },
};
