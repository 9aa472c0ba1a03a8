//! The triangular square root of a positive definite matrix.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Triangle, Type, blame,
    families::{
        Batched, Flows,
        matrices::{batched, cost, count, known, matrices, side, transposed, with_reals},
    },
    here,
    kernel::{call_items, evaluate},
    linalg::{Real, triangles::cholesky},
    op::apply1,
    ops::triangular_solve::TriangularSolve,
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// The lower triangular `L` with a positive diagonal and `L L^T = x`, for symmetric positive definite matrices.
    ///
    /// Of a matrix that is not symmetric, the average with its transpose counts. Where that is not positive definite, or
    /// not finite, the diagonal and what is below it are NaN.
    ///
    /// # Shapes
    /// `[.., n, n] -> [.., n, n]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[4.0, 2.0], [2.0, 10.0]].cholesky();
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [2.0, 0.0],\n  [1.0, 3.0]\n]");
    /// ```
    ///
    /// NumPy's and Nx's `cholesky`; StableHLO's with `lower = true`.
    #[track_caller]
    pub fn cholesky(&self) -> Tensor {
        blame(here(), || {
            apply1(Cholesky, &[&self.to_wide_float()]).narrowed_like(self)
        })
    }
}

#[derive(Debug)]
struct Cholesky;

impl Cholesky {
    fn form(&self, x: &Type) -> ir::Form {
        let [n, _] = known(x);
        let dtype = x.dtype;
        call_items(
            self,
            count(x),
            cost(&[n, n, n]) / 2,
            move |items, x, y| with_reals!(dtype, T => run::<T>((n, items, x[0].slice(), y[0].slice()))),
        )
    }

    /// `L` times the lower half of `L^-1 dx L^-T`.
    fn tangent(l: &Tensor, dx: &Tensor) -> Tensor {
        let across = |b: &Tensor| apply1(TriangularSolve(Triangle::lower()), &[l, b]);
        let dx = (dx + dx.matrix_transpose()) * 0.5;
        let middle = across(&across(&dx).matrix_transpose());
        l.matmul(middle.half_lower())
    }
}

fn run<T: Real>((n, items, x, y): (usize, Range<usize>, &[T], &mut [T])) {
    let half = T::from_f64(0.5);
    let mut scratch = vec![];
    for (item, y) in items.zip(y.chunks_exact_mut((n * n).max(1))) {
        let x = &x[item * n * n..(item + 1) * n * n];
        for i in 0..n {
            for j in 0..=i {
                let (p, q) = (x[i * n + j], x[j * n + i]);
                y[i * n + j] = if p == q { p } else { half * p + half * q };
            }
        }
        cholesky(y, n, &mut scratch);
    }
}

impl Op for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        side(x[0]).map(|_| vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        transposed(&x[0], dy, |dx| Ok(vec![Cholesky::tangent(&y[0], dx)]))
    }
    fn jvp(&self, _: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let tangent = |dx| Cholesky::tangent(&y[0], dx);
        Ok(vec![dx[0].as_ref().map(tangent)])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        batched(Cholesky, x, axes)
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        let (t, rank) = (xt[0].stablehlo(), xt[0].rank());
        let mut swapped: Vec<String> = (0..rank).map(|a| a.to_string()).collect();
        swapped.swap(rank - 1, rank - 2);
        format!(
            "%across = stablehlo.transpose {x}, dims = [{}] : ({t}) -> {t}\n\
             %sum = stablehlo.add {x}, %across : {t}\n\
             %half = stablehlo.constant dense<0.5> : {t}\n\
             %average = stablehlo.multiply %sum, %half : {t}\n\
             %0 = stablehlo.cholesky %average, lower = true : {t}",
            swapped.join(", "),
            x = x[0],
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "cholesky",
    samples: || {
        let cases: [(DType, &[usize]); 7] = [
            (DType::F64, &[3, 3]),
            (DType::F64, &[2, 4, 4]),
            (DType::F64, &[1, 1]),
            (DType::F64, &[19, 19]),
            (DType::F64, &[0, 0]),
            (DType::F64, &[0, 2, 2]),
            (DType::F32, &[2, 3, 3]),
        ];
        // The diagonal outweighs the rest of each row.
        let sample = |(dtype, shape): (DType, &[usize])| {
            let weight = 1.0 + shape.last().map_or(0.0, |&n| n as f64 * 0.6);
            Some(Sample::near(Cholesky, [matrices(dtype, shape, weight)?]))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let zeros = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        vec![
            (zeros(&[3]).cholesky(), "there must be two axes, not 1"),
            (
                zeros(&[2, 3]).cholesky(),
                "the matrices must be square; they are 2 by 3",
            ),
            (
                apply1(Cholesky, &[&zeros(&[2, 2]).convert(DType::BF16)]),
                "the element type must be f32 or f64, not bf16",
            ),
        ]
    },
};
