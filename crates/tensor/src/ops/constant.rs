//! One number that is part of the program.
use crate::{Array, DType, Entry, Fault, Number, Op, Sample, Shape, Tensor, Type, op::apply1};
use bouton_ir as ir;

impl Tensor {
    /// A tensor of this type and shape with every element `value`, which is part of the program that uses it: a
    /// changing value compiles anew. A value that changes is better a tensor: `Tensor::scalar(x)`.
    ///
    /// # Errors
    /// More elements than can be addressed.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, Tensor};
    /// assert_eq!(format!("{:?}", Tensor::full(DType::F32, [2], 0.5)), "f32[2] [0.5, 0.5]");
    /// ```
    #[track_caller]
    pub fn full(dtype: DType, shape: impl Into<Shape>, value: impl Into<Number>) -> Tensor {
        let value = value.into().to_array(dtype);
        let mut bits = [0; 8];
        bits[..value.bytes().len()].copy_from_slice(value.bytes());
        apply1(
            Constant {
                dtype,
                bits: u64::from_le_bytes(bits),
            },
            &[],
        )
        .broadcast_to(shape)
    }

    /// Every element zero. See [`Tensor::full`].
    #[track_caller]
    pub fn zeros(dtype: DType, shape: impl Into<Shape>) -> Tensor {
        Tensor::full(dtype, shape, 0)
    }

    /// Every element one. See [`Tensor::full`].
    #[track_caller]
    pub fn ones(dtype: DType, shape: impl Into<Shape>) -> Tensor {
        Tensor::full(dtype, shape, 1)
    }

    /// Every element `value`, with the type and shape of this tensor.
    #[track_caller]
    pub fn full_like(&self, value: impl Into<Number>) -> Tensor {
        match self.ty() {
            Ok(ty) => Tensor::full(ty.dtype, ty.shape, value),
            Err(_) => self.clone(),
        }
    }

    /// Zeros with the type and shape of this tensor.
    #[track_caller]
    pub fn zeros_like(&self) -> Tensor {
        self.full_like(0)
    }

    /// Ones with the type and shape of this tensor.
    #[track_caller]
    pub fn ones_like(&self) -> Tensor {
        self.full_like(1)
    }
}

#[derive(Debug)]
struct Constant {
    dtype: DType,
    /// The number's little-endian bytes.
    bits: u64,
}

impl Op for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, _: &[&Type]) -> Result<Vec<Type>, Fault> {
        Ok(vec![Type::scalar(self.dtype)])
    }
    fn eval(&self, _: &[&Array], y: &[Type]) -> Vec<Array> {
        Array::from_bytes(&y[0], &self.bits.to_le_bytes()[..self.dtype.size()])
            .into_iter()
            .collect()
    }
    fn vjp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![])
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![None])
    }
    fn batch(
        &self,
        _: &[Tensor],
        _: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        Ok(vec![(apply1(Constant { ..*self }, &[]), None)])
    }
    fn stablehlo(&self, _: &[&str], _: &[&Type], y: &[Type]) -> String {
        // Hexadecimal bits, most significant first: exact for every type.
        let digits: String = self.bits.to_le_bytes()[..self.dtype.size()]
            .iter()
            .rev()
            .map(|b| format!("{b:02X}"))
            .collect();
        let value = if self.dtype == DType::Bool {
            (self.bits != 0).to_string()
        } else {
            format!("0x{digits}")
        };
        format!(
            "%0 = stablehlo.constant dense<{value}> : {}",
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Constant(self.bits), x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "constant",
    samples: || {
        let numbers = [
            (DType::F64, 1.5f64.to_bits()),
            (DType::BF16, 0x3f80),
            (DType::Bool, 1),
            (DType::I32, 7),
        ];
        numbers
            .into_iter()
            .map(|(dtype, bits)| Sample::new(Constant { dtype, bits }, []))
            .collect()
    },
    faults: || vec![],
};
