//! Systems of equations with a triangular matrix.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Triangle, Type, blame,
    families::{
        Batched, Flows,
        equations::{self, Equation},
        matrices::{batched, cost, count, known, matrices, with_reals},
    },
    here,
    kernel::{call_items, evaluate},
    linalg::{
        Real, transpose,
        triangles::{Half, solve},
    },
    op::apply1,
};
use bouton_ir as ir;
use std::{fmt, ops::Range};

impl Tensor {
    /// The `x` of `a x = b`, where `a` is a triangular half of this tensor's matrices; [`Triangle`] says which, and whether
    /// it is transposed, has a diagonal of ones, or stands right of `x`.
    ///
    /// A zero on the diagonal divides: the result is then infinite or NaN.
    ///
    /// # Shapes
    /// `[.., n, n], [.., n, k] -> [.., n, k]`; on the right `[.., n, n], [.., k, n] -> [.., k, n]`. The axes before the
    /// last two broadcast. A `b` of one axis is one right-hand side: `[.., n, n], [n] -> [.., n]`.
    ///
    /// # Types
    /// The operands are promoted to one type; integers and `bool` give `f32`; halves are computed in `f32` and rounded
    /// once.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square; `b` must have as many rows (on the right, columns); the axes
    /// before the last two must agree or be 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Triangle, tensor};
    /// let a = tensor![[2.0, 7.0], [1.0, 4.0]];
    /// let x = a.triangular_solve(tensor![[2.0], [9.0]], Triangle::lower());
    /// assert_eq!(format!("{x:?}"), "f32[2, 1]\n[\n  [1.0],\n  [2.0]\n]");
    /// ```
    ///
    /// SciPy's `solve_triangular`, Nx's and StableHLO's `triangular_solve`.
    #[track_caller]
    pub fn triangular_solve(&self, b: impl Into<Operand>, triangle: Triangle) -> Tensor {
        let b = b.into();
        let side = if triangle.right {
            Equation::Right
        } else {
            Equation::Left
        };
        blame(here(), || {
            equations::solved("triangular_solve", self, b, side, |a, b| {
                apply1(TriangularSolve(triangle), &[a, b])
            })
        })
        .into()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct TriangularSolve(pub(crate) Triangle);

impl fmt::Debug for TriangularSolve {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // The setting's fields, in the name of the operation.
        write!(f, "{:?}", self.0)
    }
}

impl TriangularSolve {
    fn side(&self) -> Equation {
        if self.0.right {
            Equation::Right
        } else {
            Equation::Left
        }
    }

    fn form(&self, a: &Type, b: &Type) -> ir::Form {
        let ([n, _], [rows, columns], triangle) = (known(a), known(b), self.0);
        let cost = cost(&[n, rows, columns]);
        let dtype = a.dtype;
        call_items(self, count(a), cost, move |items, x, y| {
            with_reals!(dtype, T => {
                let (a, b) = (x[0].slice(), x[1].slice());
                run::<T>((triangle, [rows, columns], items, a, b, y[0].slice()))
            })
        })
    }

    /// The part of a cotangent or tangent of `a` that counts.
    fn half(&self, d: Tensor) -> Tensor {
        let off = i64::from(self.0.unit);
        if self.0.lower {
            d.tril(-off)
        } else {
            d.triu(off)
        }
    }
}

type Run<'a, T> = (
    Triangle,
    [usize; 2],
    Range<usize>,
    &'a [T],
    &'a [T],
    &'a mut [T],
);

fn run<T: Real>((triangle, [rows, columns], items, a, b, y): Run<T>) {
    let Triangle {
        lower,
        transposed,
        unit,
        right,
    } = triangle;
    let (n, k) = if right {
        (columns, rows)
    } else {
        (rows, columns)
    };
    // On the right, the transposed equation has its matrix on the left.
    let across = transposed != right;
    let half = Half {
        lower: lower != across,
        unit,
    };
    let (mut turned, mut unknown) = (vec![T::ZERO; n * n], vec![T::ZERO; n * k]);
    for (item, y) in items.zip(y.chunks_exact_mut((n * k).max(1))) {
        let (mut a, b) = (
            &a[item * n * n..(item + 1) * n * n],
            &b[item * n * k..(item + 1) * n * k],
        );
        if across {
            transpose(a, n, (n, n), &mut turned);
            a = &turned;
        }
        if right {
            transpose(b, n, (k, n), &mut unknown);
            solve(half, (a, n), &mut unknown, [n, k]);
            transpose(&unknown, k, (n, k), y);
        } else {
            y.copy_from_slice(b);
            solve(half, (a, n), y, [n, k]);
        }
    }
}

impl Op for TriangularSolve {
    fn name(&self) -> &'static str {
        "triangular_solve"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        equations::check(x, self.side()).map(|()| vec![x[1].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let Some(dy) = &dy[0] else {
            return Ok(vec![None, None]);
        };
        let across = Triangle {
            transposed: !self.0.transposed,
            ..self.0
        };
        let db = apply1(TriangularSolve(across), &[&x[0], dy]);
        let da = self.side().cotangent(&y[0], &db, self.0.transposed);
        Ok(vec![Some(self.half(da)), Some(db)])
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let da = dx[0].as_ref().map(|d| self.half(d.clone()));
        let known = self
            .side()
            .tangent(&y[0], da, dx[1].as_ref(), self.0.transposed);
        Ok(vec![known.map(|b| apply1(*self, &[&x[0], &b]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        batched(*self, x, axes)
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        format!(
            "%0 = \"stablehlo.triangular_solve\"({}, {}) {{left_side = {}, lower = {}, unit_diagonal = {}, \
             transpose_a = #stablehlo<transpose {}>}} : ({}, {}) -> {}",
            x[0],
            x[1],
            !self.0.right,
            self.0.lower,
            self.0.unit,
            if self.0.transposed {
                "TRANSPOSE"
            } else {
                "NO_TRANSPOSE"
            },
            xt[0].stablehlo(),
            xt[1].stablehlo(),
            y[0].stablehlo(),
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "triangular_solve",
    samples: || {
        let (lower, upper) = (Triangle::lower(), Triangle::upper());
        let cases: [(DType, Triangle, &[usize], usize); 14] = [
            (DType::F64, lower, &[3], 2),
            (DType::F64, upper, &[3], 2),
            (DType::F64, lower.transposed(), &[3], 2),
            (DType::F64, upper.transposed(), &[2, 3], 1),
            (DType::F64, lower.unit_diagonal(), &[2, 3], 3),
            (DType::F64, upper.unit_diagonal().transposed(), &[3], 2),
            (DType::F64, lower.right(), &[3], 2),
            (DType::F64, upper.right().transposed(), &[2, 3], 2),
            (DType::F64, lower.right().transposed(), &[3], 1),
            (DType::F64, upper, &[1], 1),
            (DType::F64, lower, &[19], 5),
            (DType::F64, lower, &[0], 2),
            (DType::F64, lower, &[0, 2], 2),
            (DType::F32, lower, &[2, 3], 2),
        ];
        let sample = |(dtype, triangle, sizes, k): (DType, Triangle, &[usize], usize)| {
            let (&n, batch) = sizes.split_last()?;
            let last = if triangle.right { [k, n] } else { [n, k] };
            let a = matrices(dtype, &[batch, &[n, n]].concat(), 1.5)?;
            let b = matrices(dtype, &[batch, &last].concat(), 0.0)?;
            Some(Sample::near(TriangularSolve(triangle), [a, b]))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        equations::faults(
            |a, b| a.triangular_solve(b, Triangle::lower()),
            |a, b| apply1(TriangularSolve(Triangle::lower().right()), &[a, b]),
        )
    },
};
