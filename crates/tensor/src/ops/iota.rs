//! Every element its own index along an axis.
use crate::{
    Array, DType, Entry, Fault, Number, Op, Sample, Shape, Tensor, Type,
    axes::axis_of,
    blame,
    families::{Batched, Flows, element_types::ElementTypes},
    here,
    op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// Every element its index along `axis`; negative counts from the end.
    ///
    /// # Errors
    /// The axis must exist; the elements must be numbers; more elements than can be addressed.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, Tensor};
    /// let x = Tensor::iota(DType::I32, [2, 3], 1);
    /// assert_eq!(format!("{x:?}"), "i32[2, 3]\n[\n  [0, 1, 2],\n  [0, 1, 2]\n]");
    /// ```
    #[track_caller]
    pub fn iota(dtype: DType, shape: impl Into<Shape>, axis: i32) -> Tensor {
        let shape = shape.into();
        match axis_of(i64::from(axis), shape.rank()) {
            Ok(axis) => apply1(Iota { dtype, shape, axis }, &[]),
            Err(fault) => Tensor::fault("iota", fault, &[]),
        }
    }

    /// The numbers `start`, `start + step`, .. before `end`: `f32`, or `i32` (`i64` where needed) if all three are
    /// integers.
    ///
    /// # Errors
    /// The step must not be 0, and all three must be finite.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::Tensor;
    /// assert_eq!(format!("{:?}", Tensor::arange(1, 8, 3)), "i32[3] [1, 4, 7]");
    /// assert_eq!(format!("{:?}", Tensor::arange(0.0, 1.0, 0.25)), "f32[4] [0.0, 0.25, 0.5, 0.75]");
    /// ```
    ///
    /// NumPy's `arange`.
    #[track_caller]
    pub fn arange(
        start: impl Into<Number>,
        end: impl Into<Number>,
        step: impl Into<Number>,
    ) -> Tensor {
        let parts = [start.into(), end.into(), step.into()];
        blame(here(), || arange(parts))
    }

    /// `n` numbers in equal steps from `start` to `end`, both included, as `f32`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::Tensor;
    /// assert_eq!(format!("{:?}", Tensor::linspace(0.0, 1.0, 5)), "f32[5] [0.0, 0.25, 0.5, 0.75, 1.0]");
    /// ```
    ///
    /// NumPy's `linspace`.
    #[track_caller]
    pub fn linspace(start: f64, end: f64, n: usize) -> Tensor {
        blame(here(), || {
            let t = Tensor::iota(DType::F32, [n], 0) / (n.max(2) - 1) as f64;
            (1.0 - &t) * start + t * end
        })
    }
}

fn arange([start, end, step]: [Number; 3]) -> Tensor {
    let float = |n: Number| Tensor::number(n, DType::F64).item();
    let (Ok(a), Ok(b), Ok(s)) = (float(start), float(end), float(step)) else {
        return Tensor::zeros(DType::F32, [0]);
    };
    if s == 0.0 || !(a.is_finite() && b.is_finite() && s.is_finite()) {
        let fault = Fault::value(format!(
            "the step must not be 0 and all three must be finite; given are {a}, {b} and {s}"
        ));
        return Tensor::fault("arange", fault, &[]);
    }
    let n = match [start, end, step] {
        [Number::Int(a), Number::Int(b), Number::Int(s)] => {
            let (a, b, s) = (i128::from(a), i128::from(b), i128::from(s));
            let span = if s > 0 { b - a } else { a - b };
            usize::try_from((span.max(0) + s.abs() - 1) / s.abs()).unwrap_or(usize::MAX)
        }
        _ => ((b - a) / s).ceil().max(0.0) as usize,
    };
    let dtype = [end, step]
        .iter()
        .fold(start.dtype(), |d, n| d.promote(n.dtype()));
    Tensor::iota(dtype, [n], 0) * Tensor::number(step, dtype) + Tensor::number(start, dtype)
}

#[derive(Debug, Clone)]
struct Iota {
    dtype: DType,
    shape: Shape,
    axis: usize,
}

impl Op for Iota {
    fn name(&self) -> &'static str {
        "iota"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, _: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(self.dtype)?;
        self.shape.checked_size(self.dtype)?;
        Ok(vec![Type::new(self.dtype, &self.shape)])
    }
    fn eval(&self, _: &[&Array], y: &[Type]) -> Vec<Array> {
        let (size, inner) = (
            self.shape[self.axis],
            self.shape[self.axis + 1..].iter().product::<usize>(),
        );
        let mut result = Array::scratch(&y[0].with_dtype(DType::I64));
        for (i, value) in result.slice_mut::<i64>().iter_mut().enumerate() {
            *value = (i / inner % size) as i64;
        }
        vec![result.cast(self.dtype)]
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, _: &[Tensor], _: &[Option<usize>]) -> Batched {
        Ok(vec![(apply1(self.clone(), &[]), None)])
    }
    fn stablehlo(&self, _: &[&str], _: &[&Type], y: &[Type]) -> String {
        format!(
            "%0 = stablehlo.iota dim = {} : {}",
            self.axis,
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Iota { axis: self.axis }, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "iota",
    samples: || {
        let cases: [(&[usize], usize); 5] = [
            (&[4], 0),
            (&[2, 3, 2], 1),
            (&[1], 0),
            (&[0], 0),
            (&[2, 0], 0),
        ];
        let sample = |dtype, (shape, axis): (&[usize], usize)| {
            Sample::new(
                Iota {
                    dtype,
                    shape: shape.into(),
                    axis,
                },
                [],
            )
        };
        let types = ElementTypes::Numbers.samples();
        cases
            .into_iter()
            .map(|c| sample(DType::F64, c))
            .chain(types[1..].iter().map(|&t| sample(t, cases[1])))
            .collect()
    },
    faults: || {
        vec![
            (
                Tensor::iota(DType::I32, [2, 3], 2),
                "axis 2 does not exist; axes run from -2 to 1",
            ),
            (
                Tensor::iota(DType::I32, [], 0),
                "axis 0 does not exist; a scalar has no axes",
            ),
            (
                Tensor::iota(DType::Bool, [2], 0),
                "the element type must be a number, not bool",
            ),
            (
                Tensor::arange(0, 3, 0),
                "the step must not be 0 and all three must be finite; given are 0, 3 and 0",
            ),
            (
                Tensor::iota(DType::F32, [usize::MAX, 2], 0),
                "f32[18446744073709551615, 2] is too large to address",
            ),
        ]
    },
};
