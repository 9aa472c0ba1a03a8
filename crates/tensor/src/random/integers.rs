//! Random integers in a range.
use super::{draw_bits, split};
use crate::{DType, Fault, Shape, Tensor, blame, here};
use std::ops::Range;

/// Integers evenly distributed over `low <= x < high`; `high` may be one past the greatest of the type.
///
/// # Errors
/// The type must be an integer, and hold the range; the range must not be empty; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// assert_eq!(format!("{:?}", random::randint(&random::key(42), DType::I32, [4], 0..10)), "i32[4] [5, 4, 7, 3]");
/// ```
#[track_caller]
pub fn randint(
    key: &Tensor,
    dtype: DType,
    shape: impl Into<Shape>,
    range: Range<impl Into<i128>>,
) -> Tensor {
    let (shape, range) = (shape.into(), range.start.into()..range.end.into());
    blame(here(), || draw(key, dtype, shape, range))
}

#[track_caller]
fn draw(key: &Tensor, dtype: DType, shape: Shape, range: Range<i128>) -> Tensor {
    let fault = |fault: Fault| Tensor::fault("random::randint", fault, &[key]);
    if !dtype.is_integer() {
        return fault(Fault::dtype(format!(
            "random integers are integers, not {dtype}"
        )));
    }
    let (low, high) = (range.start, range.end);
    let width = dtype.size() as u32 * 8;
    let least = if dtype.is_signed_integer() {
        -(1i128 << (width - 1))
    } else {
        0
    };
    if low >= high {
        return fault(Fault::value(format!(
            "the range must not be empty; {low}..{high} is"
        )));
    }
    if low < least || high > least + (1i128 << width) {
        return fault(Fault::value(format!(
            "{dtype} must hold the range; it does not hold {low}..{high}"
        )));
    }
    // Narrow integers are drawn as i32. A draw of twice the width, taken modulo the span, is all but even.
    let (wide, drawn) = if width < 64 {
        (if width == 32 { dtype } else { DType::I32 }, DType::U32)
    } else {
        (dtype, DType::U64)
    };
    let bits = drawn.size() as u32 * 8;
    let word = |n: u128| bits_of(n, drawn);
    let span = (high - low) as u128;
    let keys = split(key, 2);
    let [more, less] = [0, 1].map(|i| draw_bits(&keys[i], drawn, shape.clone()));
    let offset = match span == 1 << bits {
        true => less, // every integer of the type
        false => {
            let half = (1u128 << (bits / 2)) % span;
            let multiplier = ((half * half) & ((1 << bits) - 1)) % span;
            let span = word(span);
            ((more % &span) * word(multiplier) + less % &span) % &span
        }
    };
    (offset.convert(wide) + bits_of(low as u128, drawn).convert(wide)).convert(dtype)
}

/// The low bits of a number.
#[track_caller]
fn bits_of(n: u128, dtype: DType) -> Tensor {
    match dtype {
        DType::U64 => Tensor::scalar(n as u64),
        _ => Tensor::scalar(n as u32),
    }
}
