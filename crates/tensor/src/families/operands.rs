//! Operands as tensors.
use crate::{Fault, Operand, Tensor, Type};

/// The tensor, or the number as one of its own type.
#[track_caller]
pub(crate) fn as_tensor(x: Operand) -> Tensor {
    match x {
        Operand::Tensor(t) => t,
        Operand::Number(n) => Tensor::number(n, n.dtype()),
    }
}

/// The operands converted to their common element type; their shapes stay.
#[track_caller]
pub(crate) fn common_type(x: [Operand; 2]) -> [Tensor; 2] {
    let dtype = |x: &Operand| match x {
        Operand::Tensor(t) => t.dtype().ok(),
        Operand::Number(_) => None,
    };
    let common = match (dtype(&x[0]), dtype(&x[1]), &x) {
        (Some(a), Some(b), _) => Some(a.promote(b)),
        (Some(a), None, [_, Operand::Number(n)]) => Some(a.promote_number(*n)),
        (None, Some(b), [Operand::Number(n), _]) => Some(b.promote_number(*n)),
        _ => None,
    };
    x.map(|x| match (x, common) {
        (Operand::Tensor(t), Some(d)) => t.convert(d),
        (Operand::Tensor(t), None) => t,
        (Operand::Number(n), d) => Tensor::number(n, d.unwrap_or(n.dtype())),
    })
}

/// All inputs must have one element type.
pub(crate) fn same_dtype(x: &[&Type]) -> Result<(), Fault> {
    match x.iter().position(|t| t.dtype != x[0].dtype) {
        None => Ok(()),
        Some(i) => Err(Fault::dtype(format!(
            "inputs must have the same element type; input {i} is {}, input 0 is {}",
            x[i].dtype, x[0].dtype
        ))),
    }
}
