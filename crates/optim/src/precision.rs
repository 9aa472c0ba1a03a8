//! The arithmetic of updates: its element type, its constants, and no denormals in what decays.
use bouton_tensor::{DType, Tensor};

/// The type that updates and state of a leaf of type `dtype` have.
pub(crate) fn of(dtype: DType) -> DType {
    if dtype == DType::F64 {
        DType::F64
    } else {
        DType::F32
    }
}

/// `x` in the type that updates have.
pub(crate) fn widen(x: &Tensor) -> Tensor {
    match x.dtype() {
        Ok(dtype) => x.convert(of(dtype)),
        Err(_) => x.clone(),
    }
}

/// A setting as a part of the program, in the type of `like`.
pub(crate) fn constant(value: f64, like: &Tensor) -> Tensor {
    match like.dtype() {
        Ok(dtype) => Tensor::full(dtype, [], value),
        Err(_) => like.clone(),
    }
}

/// `x` with zero in place of denormals: a moment that decays would reach them, and arithmetic on them is slow on many
/// machines and differs between machines.
pub(crate) fn flush(x: &Tensor) -> Tensor {
    let smallest = if matches!(x.dtype(), Ok(DType::F64)) {
        f64::MIN_POSITIVE
    } else {
        f64::from(f32::MIN_POSITIVE)
    };
    x.abs()
        .lt(constant(smallest, x))
        .select(constant(0.0, x), x)
}
