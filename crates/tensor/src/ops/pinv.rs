//! The pseudo-inverse of a matrix.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type, blame,
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
        product::{Part, Put, product},
        reflectors::Workspace,
        singular::{Vectors, svd},
        transpose,
    },
    op::apply1,
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// The Moore-Penrose pseudo-inverse: `V S^+ U^T` for `x = U S V^T`, where `S^+` has the inverses of the singular
    /// values above the greatest of them times the type's rounding step and the longer side, and zeros else.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., n, m]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// That of matrices of the same rank: what would change the rank counts as nothing.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[2.0, 0.0], [0.0, 0.0], [0.0, 4.0]].pinv();
    /// assert_eq!(format!("{y:?}"), "f32[2, 3]\n[\n  [0.5, 0.0, 0.0],\n  [0.0, 0.0, 0.25]\n]");
    /// ```
    ///
    /// NumPy's `pinv` with `rtol=None`. The derivative is that of Golub and Pereyra, 1973.
    #[track_caller]
    pub fn pinv(&self) -> Tensor {
        blame(here(), || pseudo_inverse(self, None))
    }

    /// [`Tensor::pinv`], where singular values up to `tolerance` times the greatest count as zeros.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[2.0, 0.0], [0.0, 0.1]].pinv_within(0.1);
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [0.5, 0.0],\n  [0.0, 0.0]\n]");
    /// ```
    #[track_caller]
    pub fn pinv_within(&self, tolerance: f64) -> Tensor {
        blame(here(), || pseudo_inverse(self, Some(tolerance)))
    }
}

/// As [`Tensor::pinv`], or within a tolerance.
#[track_caller]
pub(crate) fn pseudo_inverse(x: &Tensor, tolerance: Option<f64>) -> Tensor {
    let wide = x.to_wide_float();
    let Ok(ty) = wide.ty() else { return wide };
    let tolerance = tolerance.unwrap_or_else(|| default_tolerance(&ty));
    apply1(Pinv { tolerance }, &[&wide]).narrowed_like(x)
}

/// The rounding step of the type times the longer side.
pub(crate) fn default_tolerance(x: &Type) -> f64 {
    let epsilon = match x.dtype {
        DType::F64 => f64::EPSILON,
        _ => f64::from(f32::EPSILON),
    };
    let [m, n] = known(x);
    epsilon * m.max(n) as f64
}

#[derive(Clone, Copy, Debug)]
struct Pinv {
    tolerance: f64,
}

impl Pinv {
    fn form(&self, x: &Type) -> ir::Form {
        let ([m, n], dtype, tolerance) = (known(x), x.dtype, self.tolerance);
        let cost = cost(&[16, m, n, m.min(n)]);
        call_items(self, count(x), cost, move |items, x, y| {
            with_reals!(dtype, T => {
                let tolerance = tolerance as T;
                run::<T>(([m, n], tolerance, items, x[0].slice(), y[0].slice()))
            })
        })
    }

    /// `dP = -P dx P + P P^T dx^T (1 - x P) + (1 - P x) dx^T P^T P`.
    fn tangent(x: &Tensor, p: &Tensor, dx: &Tensor) -> Tensor {
        let (pt, dxt) = (p.matrix_transpose(), dx.matrix_transpose());
        let left = p.matmul(&pt).matmul(&dxt);
        let right = dxt.matmul(&pt).matmul(p);
        let inner = p.matmul(dx).matmul(p);
        (&left - left.matmul(x).matmul(p)) + (&right - p.matmul(x.matmul(&right))) - inner
    }
}

type Run<'a, T> = ([usize; 2], T, Range<usize>, &'a [T], &'a mut [T]);

fn run<T: Real>(([m, n], tolerance, items, x, y): Run<T>) {
    let (k, mut work) = (m.min(n), Workspace::default());
    let (mut u, mut v) = (vec![T::ZERO; m * k], vec![T::ZERO; k * n]);
    let (mut values, mut back) = (vec![T::ZERO; k], vec![T::ZERO; n * k]);
    let mut across = vec![T::ZERO; k * m];
    for (item, y) in items.zip(y.chunks_exact_mut((m * n).max(1))) {
        let vectors = Vectors {
            u: &mut u,
            v: &mut v,
            full: false,
        };
        svd(
            &x[item * m * n..(item + 1) * m * n],
            [m, n],
            &mut values,
            Some(vectors),
            &mut work,
        );
        let least = values[0] * tolerance;
        for (row, &s) in v.chunks_exact_mut(n).zip(&values) {
            // NaN stays what it is.
            let inverse = if s <= least { T::ZERO } else { T::ONE / s };
            for v in row {
                *v *= inverse;
            }
        }
        transpose(&v, n, (k, n), &mut back);
        transpose(&u, k, (m, k), &mut across);
        let (left, right) = (Part::new(0, k), Part::new(0, m));
        product(
            [n, k, m],
            (&back, left),
            (&across, right),
            (y, right),
            Put::Place,
        );
    }
}

impl Op for Pinv {
    fn name(&self) -> &'static str {
        "pinv"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let [m, n] = sizes(x[0])?;
        Ok(vec![of_each(x[0], &[n, m])])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        transposed(&x[0], dy, |dx| Ok(vec![Pinv::tangent(&x[0], &y[0], dx)]))
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let tangent = |dx| Pinv::tangent(&x[0], &y[0], dx);
        Ok(vec![dx[0].as_ref().map(tangent)])
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
    name: "pinv",
    samples: || {
        let cases: [(DType, f64, &[usize]); 9] = [
            (DType::F64, 1e-9, &[3, 3]),
            (DType::F64, 1e-9, &[4, 2]),
            (DType::F64, 0.0, &[2, 2, 4]),
            (DType::F64, 1e-9, &[1, 1]),
            (DType::F64, 1e-9, &[0, 0]),
            (DType::F64, 1e-9, &[2, 0]),
            (DType::F64, 1e-9, &[0, 2, 2]),
            (DType::F64, 0.5, &[1, 1]),
            (DType::F32, 1e-6, &[2, 3, 2]),
        ];
        let sample = |(dtype, tolerance, shape): (DType, f64, &[usize])| {
            Some(Sample::near(
                Pinv { tolerance },
                [matrices(dtype, shape, 2.0)?],
            ))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let zeros = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        vec![
            (zeros(&[3]).pinv(), "there must be two axes, not 1"),
            (
                apply1(
                    Pinv { tolerance: 0.0 },
                    &[&zeros(&[2, 2]).convert(DType::F16)],
                ),
                "the element type must be f32 or f64, not f16",
            ),
        ]
    },
};
