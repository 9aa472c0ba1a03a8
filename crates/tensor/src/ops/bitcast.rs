//! The same bits as another element type.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{Batched, Flows, samples::counting},
    kernel::{call_items, evaluate},
    op::apply1,
};
use bouton_ir as ir;

impl Tensor {
    /// The same bits read as another element type of the same size; free if it is the type already.
    ///
    /// # Gradient
    /// None: bits do not vary.
    ///
    /// # Errors
    /// Both types must have the same size; `bool` has bits of its own.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, tensor};
    /// assert_eq!(format!("{:?}", tensor![1.0, -0.0].bitcast(DType::I32)), "i32[2] [1065353216, -2147483648]");
    /// ```
    ///
    /// Nx's `bitcast`, NumPy's `view`.
    #[track_caller]
    pub fn bitcast(&self, dtype: DType) -> Tensor {
        match self.dtype() {
            Ok(d) if d != dtype => apply1(Bitcast { dtype }, &[self]),
            _ => self.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Bitcast {
    dtype: DType,
}

impl Bitcast {
    fn form(self, x: &Type) -> ir::Form {
        let size = x.dtype.size();
        call_items(&self, x.size(), 1, move |items, x, y| {
            let bytes = items.start * size..items.end * size;
            y[0].bytes().copy_from_slice(&x[0].bytes()[bytes]);
        })
    }
}

impl Op for Bitcast {
    fn name(&self) -> &'static str {
        "bitcast"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let (from, to) = (x[0].dtype, self.dtype);
        if from.size() != to.size() {
            return Err(Fault::dtype(format!(
                "both element types must have the same size; {from} has {} bytes, {to} has {}",
                from.size(),
                to.size()
            )));
        }
        if (from == DType::Bool) != (to == DType::Bool) {
            return Err(Fault::dtype("bool has bits of its own")
                .help("convert it, for example with .convert(DType::U8)"));
        }
        Ok(vec![x[0].with_dtype(to)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn jvp(&self, _: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        Ok(vec![None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        Ok(vec![(apply1(*self, &[&x[0]]), axes[0])])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (from, to) = (xt[0].stablehlo(), y[0].stablehlo());
        format!("%0 = stablehlo.bitcast_convert {} : ({from}) -> {to}", x[0])
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "bitcast",
    samples: || {
        use DType::*;
        let pairs = [
            (F64, I64),
            (F64, U64),
            (I64, F64),
            (F32, U32),
            (I32, F32),
            (BF16, U16),
            (I16, F16),
            (U8, I8),
            (F16, BF16),
        ];
        let shapes: [&[usize]; 5] = [&[2, 3], &[], &[1], &[0], &[2, 0]];
        let of_types = pairs.map(|(from, to)| (from, to, shapes[0]));
        let of_shapes = shapes.map(|shape| (F64, I64, shape));
        let sample =
            |(from, dtype, shape)| Some(Sample::new(Bitcast { dtype }, [counting(from, shape)?]));
        let all = of_types.into_iter().chain(of_shapes);
        all.filter_map(sample).collect()
    },
    faults: || {
        vec![
            (
                Tensor::scalar(1.0f32).bitcast(DType::F64),
                "both element types must have the same size; f32 has 4 bytes, f64 has 8",
            ),
            (
                Tensor::scalar(true).bitcast(DType::U8),
                "bool has bits of its own",
            ),
        ]
    },
};
