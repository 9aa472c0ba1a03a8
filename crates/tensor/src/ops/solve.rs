//! Systems of equations with a square matrix.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type, blame,
    families::{
        Batched, Flows,
        equations::{self, Equation},
        matrices::{batched, cost, count, custom_call, known, matrices, with_reals},
    },
    here,
    kernel::{call_items, evaluate},
    linalg::{Real, elimination::solve_general, transpose},
    op::apply1,
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// The `x` of `a x = b`, where `a` is this tensor's matrices, by elimination with partial pivoting.
    ///
    /// Where a matrix is singular, the result is infinite or NaN; where it is nearly so, it is inaccurate:
    /// [`Tensor::lstsq`] has an answer for both.
    ///
    /// # Shapes
    /// `[.., n, n], [.., n, k] -> [.., n, k]`; the axes before the last two broadcast. A `b` of one axis is one right-hand
    /// side: `[.., n, n], [n] -> [.., n]`.
    ///
    /// # Types
    /// The operands are promoted to one type; integers and `bool` give `f32`; halves are computed in `f32` and rounded
    /// once.
    ///
    /// # Errors
    /// There must be two axes; the matrices must be square; `b` must have as many rows; the axes before the last two must
    /// agree or be 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[0.0, 2.0], [1.0, 1.0]].solve(tensor![4.0, 5.0]);
    /// assert_eq!(format!("{x:?}"), "f32[2] [3.0, 2.0]");
    /// ```
    ///
    /// NumPy's and Nx's `solve`.
    #[track_caller]
    pub fn solve(&self, b: impl Into<Operand>) -> Tensor {
        let b = b.into();
        blame(here(), || {
            equations::solved("solve", self, b, Equation::Left, |a, b| {
                apply1(Solve { transposed: false }, &[a, b])
            })
        })
        .into()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Solve {
    /// The transpose of the matrix stands in the equation.
    pub(crate) transposed: bool,
}

impl Solve {
    fn form(&self, a: &Type, b: &Type) -> ir::Form {
        let ([n, _], [_, k], across) = (known(a), known(b), self.transposed);
        let cost = cost(&[3, n, n, n.max(k)]);
        let dtype = a.dtype;
        call_items(self, count(a), cost, move |items, x, y| {
            with_reals!(dtype, T => {
                let (a, b) = (x[0].slice(), x[1].slice());
                run::<T>((across, [n, k], items, a, b, y[0].slice()))
            })
        })
    }
}

type Run<'a, T> = (
    bool,
    [usize; 2],
    Range<usize>,
    &'a [T],
    &'a [T],
    &'a mut [T],
);

fn run<T: Real>((across, [n, k], items, a, b, y): Run<T>) {
    let (mut work, mut order, mut scratch) = (vec![T::ZERO; n * n], vec![0; n], vec![]);
    for (item, y) in items.zip(y.chunks_exact_mut((n * k).max(1))) {
        let a = &a[item * n * n..(item + 1) * n * n];
        let b = &b[item * n * k..(item + 1) * n * k];
        if across {
            transpose(a, n, (n, n), &mut work);
        } else {
            work.copy_from_slice(a);
        }
        solve_general(&mut work, b, y, [n, k], (&mut order, &mut scratch));
    }
}

impl Op for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        equations::check(x, Equation::Left).map(|()| vec![x[1].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let Some(dy) = &dy[0] else {
            return Ok(vec![None, None]);
        };
        let across = Solve {
            transposed: !self.transposed,
        };
        let db = apply1(across, &[&x[0], dy]);
        let da = Equation::Left.cotangent(&y[0], &db, self.transposed);
        Ok(vec![Some(da), Some(db)])
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let known = Equation::Left.tangent(&y[0], dx[0].clone(), dx[1].as_ref(), self.transposed);
        Ok(vec![known.map(|b| apply1(*self, &[&x[0], &b]))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        batched(*self, x, axes)
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        custom_call(self, x, xt, y)
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "solve",
    samples: || {
        let cases: [(DType, bool, &[usize], usize); 9] = [
            (DType::F64, false, &[3], 2),
            (DType::F64, true, &[3], 2),
            (DType::F64, false, &[2, 4], 1),
            (DType::F64, true, &[2, 2], 3),
            (DType::F64, false, &[1], 1),
            (DType::F64, false, &[18], 3),
            (DType::F64, false, &[0], 2),
            (DType::F64, false, &[0, 2], 2),
            (DType::F32, false, &[2, 3], 2),
        ];
        let sample = |(dtype, transposed, sizes, k): (DType, bool, &[usize], usize)| {
            let (&n, batch) = sizes.split_last()?;
            let a = matrices(dtype, &[batch, &[n, n]].concat(), 1.5)?;
            let b = matrices(dtype, &[batch, &[n, k]].concat(), 0.0)?;
            Some(Sample::near(Solve { transposed }, [a, b]))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        equations::faults(
            |a, b| a.solve(b),
            |a, b| apply1(Solve { transposed: true }, &[&a.matrix_transpose(), b]),
        )
        .into_iter()
        .filter(|(_, rule)| !rule.contains("columns"))
        .collect()
    },
};
