//! One of two elements, as a third says.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{align, binary::promote, picking::copy},
    op::apply1,
    ops::broadcast::broadcast_together,
};
use bouton_ir as ir;

impl Tensor {
    /// The element of `on_true` where this is true, and of `on_false` where it is not.
    ///
    /// # Shapes
    /// All three broadcast against each other.
    ///
    /// # Types
    /// `on_true` and `on_false` are promoted to a common one; a number takes the other's.
    ///
    /// # Gradient
    /// To the chosen element; the other gets zero, even where its own derivative is NaN later on the way.
    ///
    /// # Errors
    /// The condition must be bool.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![-1.0, 2.0];
    /// assert_eq!(format!("{:?}", x.gt(0.0).select(&x, 0.0)), "f32[2] [0.0, 2.0]");
    /// ```
    #[track_caller]
    pub fn select(&self, on_true: impl Into<Operand>, on_false: impl Into<Operand>) -> Tensor {
        let [a, b] = promote("select", [on_true.into(), on_false.into()]);
        let [condition, a, b] = broadcast_together("select", [self.clone(), a, b]);
        apply1(Select, &[&condition, &a, &b])
    }
}

#[derive(Debug)]
struct Select;

impl Op for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        if x[0].dtype != DType::Bool {
            let fault = Fault::dtype(format!("the condition must be bool, not {}", x[0].dtype));
            return Err(fault.help("compare first, for example with .ne(0)"));
        }
        if x[1].dtype != x[2].dtype {
            let rule = format!(
                "both branches must have the same element type; they have {} and {}",
                x[1].dtype, x[2].dtype
            );
            return Err(Fault::dtype(rule));
        }
        if let Some(i) = (1..3).find(|&i| x[i].shape != x[0].shape) {
            return Err(Fault::shape(format!(
                "inputs must have the same shape; input {i} differs"
            )));
        }
        Ok(vec![x[1].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let width = y[0].dtype.size();
        let mut result = Array::scratch(&y[0]);
        let targets = result.buffer_mut().bytes_mut().chunks_exact_mut(width);
        let branches = x[1]
            .bytes()
            .chunks_exact(width)
            .zip(x[2].bytes().chunks_exact(width));
        for ((target, &condition), (a, b)) in targets.zip(x[0].slice::<bool>()).zip(branches) {
            copy(target, if condition { a } else { b });
        }
        vec![result]
    }
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let Some(d) = &dy[0] else {
            return Ok(vec![None; 3]);
        };
        let zero = d.zeros_like();
        Ok(vec![
            None,
            Some(x[0].select(d, &zero)),
            Some(x[0].select(&zero, d)),
        ])
    }
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        if dx[1].is_none() && dx[2].is_none() {
            return Ok(vec![None]);
        }
        let side = |i: usize| dx[i].clone().unwrap_or_else(|| y[0].zeros_like());
        Ok(vec![Some(x[0].select(side(1), side(2)))])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let x = align(x, axes)?;
        Ok(vec![(apply1(Select, &[&x[0], &x[1], &x[2]]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        format!(
            "%0 = stablehlo.select {}, {}, {} : {}, {}",
            x[0],
            x[1],
            x[2],
            xt[0].stablehlo(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Select, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "select",
    samples: || {
        let sample = |dtype, shape: &[usize]| {
            let n: usize = shape.iter().product();
            let condition = Array::from_vec(shape, (0..n).map(|i| i % 3 == 1).collect()).ok()?;
            let branch = |start: f64| {
                Array::from_vec(shape, (0..n).map(|i| start + i as f64).collect())
                    .map(|a| a.cast(dtype))
            };
            Some(Sample::new(
                Select,
                [condition, branch(0.5).ok()?, branch(-7.5).ok()?],
            ))
        };
        let shapes: [&[usize]; 6] = [&[5], &[], &[1], &[0], &[2, 1, 3], &[3, 0]];
        let others = DType::ALL.map(|dtype| sample(dtype, &[4]));
        shapes
            .map(|shape| sample(DType::F64, shape))
            .into_iter()
            .chain(others)
            .flatten()
            .collect()
    },
    faults: || {
        let ones = |dtype, shape: &[usize]| Tensor::ones(dtype, shape);
        let (yes, f, i) = (
            ones(DType::Bool, &[2]),
            ones(DType::F32, &[2]),
            ones(DType::I32, &[2]),
        );
        vec![
            (i.select(&f, &f), "the condition must be bool, not i32"),
            (
                yes.select(&f, ones(DType::F32, &[3])),
                "shapes must agree, or be 1, on every axis; axis 0 has 2 and 3",
            ),
            (
                apply1(Select, &[&yes, &f, &i]),
                "both branches must have the same element type; they have f32 and i32",
            ),
            (
                apply1(Select, &[&yes, &f, &ones(DType::F32, &[1])]),
                "inputs must have the same shape; input 2 differs",
            ),
        ]
    },
};
