//! The exponential of a matrix.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type, blame,
    families::{
        Batched, Flows,
        matrices::{batched, cost, count, custom_call, known, matrices, side, with_reals},
    },
    here,
    kernel::{call_items, evaluate},
    linalg::{Real, exponential::exponential},
    op::apply1,
};
use bouton_ir as ir;
use std::ops::Range;

impl Tensor {
    /// `1 + x + x^2 / 2! + x^3 / 3! + ..` of square matrices; NaN where a matrix is not finite.
    ///
    /// As many squarings are done as each matrix needs, whatever their number.
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
    /// let y = tensor![[0.0, 1.0], [0.0, 0.0]].expm();
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [1.0, 1.0],\n  [0.0, 1.0]\n]");
    /// ```
    ///
    /// SciPy's `expm`; N. J. Higham, The scaling and squaring method for the matrix exponential revisited, 2005, with the
    /// approximant of degree 13. Its derivative is a block of the exponential of a matrix of twice the side (Van Loan, 1978).
    #[track_caller]
    pub fn expm(&self) -> Tensor {
        blame(here(), || {
            apply1(Expm, &[&self.to_wide_float()]).narrowed_like(self)
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Expm;

impl Expm {
    fn form(&self, x: &Type) -> ir::Form {
        let ([n, _], dtype) = (known(x), x.dtype);
        call_items(
            self,
            count(x),
            cost(&[20, n, n, n]),
            move |items, x, y| with_reals!(dtype, T => run::<T>((n, items, x[0].slice(), y[0].slice()))),
        )
    }

    /// The derivative at `x` along `dx`: what stands in the corner of `e^[x, dx; 0, x]`.
    fn along(x: &Tensor, dx: &Tensor) -> Result<Tensor, Fault> {
        let ty = x.ty().map_err(|e| Fault::shape(e.to_string()))?;
        let [n, _] = known(&ty);
        let upper = x.concatenate(dx, -1);
        let lower = x.zeros_like().concatenate(x, -1);
        let both = apply1(Expm, &[&upper.concatenate(lower, -2)]);
        Ok(both.slice_axis(-2, 0..n).slice_axis(-1, n..2 * n))
    }
}

fn run<T: Real>((n, items, x, y): (usize, Range<usize>, &[T], &mut [T])) {
    let (mut order, mut scratch) = (vec![0; n], vec![]);
    for (item, y) in items.zip(y.chunks_exact_mut((n * n).max(1))) {
        let x = &x[item * n * n..(item + 1) * n * n];
        exponential(x, n, y, (&mut order, &mut scratch));
    }
}

impl Op for Expm {
    fn name(&self) -> &'static str {
        "expm"
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
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let back = dy[0]
            .as_ref()
            .map(|dy| Expm::along(&x[0].matrix_transpose(), dy));
        Ok(vec![back.transpose()?])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let ahead = dx[0].as_ref().map(|dx| Expm::along(&x[0], dx));
        Ok(vec![ahead.transpose()?])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        batched(Expm, x, axes)
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
    name: "expm",
    samples: || {
        let cases: [(DType, &[usize], f64); 7] = [
            (DType::F64, &[3, 3], 0.3),
            (DType::F64, &[2, 2, 2], 0.5),
            (DType::F64, &[3, 3], -6.0),
            (DType::F64, &[1, 1], 1.0),
            (DType::F64, &[0, 0], 1.0),
            (DType::F64, &[0, 2, 2], 1.0),
            (DType::F32, &[2, 3, 3], 0.5),
        ];
        let sample = |(dtype, shape, diagonal): (DType, &[usize], f64)| {
            Some(Sample::near(Expm, [matrices(dtype, shape, diagonal)?]))
        };
        cases.into_iter().filter_map(sample).collect()
    },
    faults: || {
        let zeros = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        vec![
            (zeros(&[3]).expm(), "there must be two axes, not 1"),
            (
                zeros(&[2, 3]).expm(),
                "the matrices must be square; they are 2 by 3",
            ),
            (
                apply1(Expm, &[&zeros(&[2, 2]).convert(DType::I32)]),
                "the element type must be f32 or f64, not i32",
            ),
        ]
    },
};
