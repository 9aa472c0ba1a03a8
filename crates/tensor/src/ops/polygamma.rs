//! Derivatives of the logarithm of the gamma function.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{Batched, Flows, align, element_types::ElementTypes},
    kernel::{call_items, evaluate},
    op::apply1,
};
use bouton_array::{Element, math::Real};
use bouton_ir as ir;

impl Tensor {
    /// Derivative of order `order` of [`Tensor::digamma`] at each element; of order 0 it is digamma itself. Infinite at
    /// 0, NaN at the negative integers. Integers are taken as `f32`.
    ///
    /// # Errors
    /// The order must be at most 128.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, 2.0].polygamma(1)), "f32[2] [1.644934, 0.64493406]");
    /// ```
    ///
    /// SciPy's `polygamma(order, x)`.
    #[track_caller]
    pub fn polygamma(&self, order: u32) -> Tensor {
        match self.dtype() {
            Ok(d) => apply1(Polygamma { order }, &[&self.convert(d.to_float())]),
            Err(_) => self.clone(),
        }
    }
}

/// The greatest order: beyond, results near 1 are too large for `f64`.
const MOST: u32 = 128;

#[derive(Clone, Copy, Debug)]
struct Polygamma {
    order: u32,
}

impl Polygamma {
    fn form(self, x: &Type) -> ir::Form {
        let (order, dtype) = (self.order, x.dtype);
        call_items(&self, x.size(), 200, move |items, x, y| match dtype {
            DType::F64 => each(&x[0].slice()[items], y[0].slice(), |x: f64| {
                x.polygamma(order)
            }),
            DType::F32 => each(&x[0].slice()[items], y[0].slice(), |x: f32| {
                x.polygamma(order)
            }),
            DType::F16 => each(&x[0].slice()[items], y[0].slice(), |x: crate::f16| {
                crate::f16::from_f32(x.to_f32().polygamma(order))
            }),
            _ => each(&x[0].slice()[items], y[0].slice(), |x: crate::bf16| {
                crate::bf16::from_f32(x.to_f32().polygamma(order))
            }),
        })
    }
}

fn each<T: Element>(x: &[T], y: &mut [T], f: impl Fn(T) -> T) {
    for (x, y) in x.iter().zip(y) {
        *y = f(*x);
    }
}

impl Op for Polygamma {
    fn name(&self) -> &'static str {
        "polygamma"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Floats.check(x[0].dtype)?;
        if self.order > MOST {
            return Err(Fault::value(format!(
                "the order must be at most {MOST}; it is {}",
                self.order
            )));
        }
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let slope = |d: &Tensor| d * x[0].polygamma(self.order.saturating_add(1));
        Ok(vec![dy[0].as_ref().map(slope)])
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        self.vjp(x, y, dx)
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        Ok(vec![(apply1(*self, &[&x[0]]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        let t = xt[0].stablehlo();
        format!(
            "%n = stablehlo.constant dense<{}.0> : {t}\n%0 = chlo.polygamma %n, {} : {t}, {t} -> {t}",
            self.order, x[0]
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "polygamma",
    samples: || {
        let shapes: [&[usize]; 6] = [&[4], &[], &[1], &[1, 2, 1], &[0], &[2, 0]];
        let points = [0.5, 1.5, -1.25, 7.0];
        let types = [DType::F64, DType::F32, DType::BF16, DType::F16];
        let all = shapes
            .into_iter()
            .map(|s| (s, 1, DType::F64))
            .chain([0, 2, 3].map(|order| (shapes[0], order, DType::F64)))
            .chain(types.map(|dtype| (shapes[0], 1, dtype)));
        all.filter_map(|(shape, order, dtype)| {
            let some = points[..shape.iter().product()].to_vec();
            let x = Array::from_vec(shape, some).ok()?.cast(dtype);
            Some(Sample::new(Polygamma { order }, [x]))
        })
        .collect()
    },
    faults: || {
        let x = Tensor::scalar(1);
        vec![
            (
                apply1(Polygamma { order: 1 }, &[&x]),
                "the element type must be a float, not i32",
            ),
            (x.polygamma(200), "the order must be at most 128; it is 200"),
        ]
    },
};
