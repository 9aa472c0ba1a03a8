//! Kernels of conversion between element types.
use super::{Function, Kernel, pointwise::as_bits, unary_of};
use crate::isa::Isa;
use bouton_array::{DType, Element, bf16, f16};
use std::marker::PhantomData;

struct Convert<X, Y>(PhantomData<(X, Y)>);
impl<X: Element, Y: Element> Function for Convert<X, Y> {
    type X = X;
    type Y = Y;
    #[inline(always)]
    fn call(a: X, _: X) -> Y {
        a.cast()
    }
}

/// Whether it is one of the types that only conversions know.
pub(crate) fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

/// The type that a conversion goes by, if it is none that one kernel does: a half is an `f32` first, and what is no
/// float becomes a half by way of `f64`.
pub(crate) fn way(from: DType, to: DType) -> Option<DType> {
    match (from, to) {
        _ if from == to => None,
        (_, DType::F32) => None,
        _ if is_half(from) => Some(DType::F32),
        (DType::F32 | DType::F64, _) => None,
        _ => is_half(to).then_some(DType::F64),
    }
}

/// The kernel that converts from one type to another, or copies; nothing where [`way`] names a type between.
pub(crate) fn convert(from: DType, to: DType, isa: Isa) -> Option<Kernel> {
    if from == to || as_bits(from) == as_bits(to) && to != DType::Bool {
        return copy(from, isa);
    }
    // The bits of an integer do not depend on the sign of what it is converted to; a `bool` is a byte.
    let integer = |dtype| !matches!(dtype, DType::F32 | DType::F64) && !is_half(dtype);
    let from = match from {
        DType::Bool => DType::U8,
        x if to == DType::Bool => as_bits(x),
        x if integer(to) && integer(x) && x.size() > to.size() => as_bits(x),
        x => x,
    };
    let to = match to {
        y if integer(from) && y != DType::Bool => as_bits(y),
        y => y,
    };
    macro_rules! table {
        ($($From:ident $X:ident => $($To:ident $Y:ident)*;)*) => {
            match (from, to) {
                $($((DType::$From, DType::$To) => Some(unary_of::<Convert<$X, $Y>>(isa)),)*)*
                _ => None,
            }
        };
    }
    table! {
        U8 u8 => Bool bool U16 u16 U32 u32 U64 u64 F32 f32 F64 f64;
        U16 u16 => Bool bool U8 u8 U32 u32 U64 u64 F32 f32 F64 f64;
        U32 u32 => Bool bool U8 u8 U16 u16 U64 u64 F32 f32 F64 f64;
        U64 u64 => Bool bool U8 u8 U16 u16 U32 u32 F32 f32 F64 f64;
        I8 i8 => U16 u16 U32 u32 U64 u64 F32 f32 F64 f64;
        I16 i16 => U32 u32 U64 u64 F32 f32 F64 f64;
        I32 i32 => U64 u64 F32 f32 F64 f64;
        I64 i64 => F32 f32 F64 f64;
        F32 f32 => Bool bool U8 u8 U16 u16 U32 u32 U64 u64 I8 i8 I16 i16 I32 i32 I64 i64 F16 f16 BF16 bf16 F64 f64;
        F64 f64 => Bool bool U8 u8 U16 u16 U32 u32 U64 u64 I8 i8 I16 i16 I32 i32 I64 i64 F16 f16 BF16 bf16 F32 f32;
        F16 f16 => F32 f32;
        BF16 bf16 => F32 f32;
    }
}

fn copy(dtype: DType, isa: Isa) -> Option<Kernel> {
    Some(match dtype.size() {
        1 => unary_of::<Convert<u8, u8>>(isa),
        2 => unary_of::<Convert<u16, u16>>(isa),
        4 => unary_of::<Convert<u32, u32>>(isa),
        _ => unary_of::<Convert<u64, u64>>(isa),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::isa;

    #[test]
    fn there_is_a_way_between_all_types() {
        for from in DType::ALL {
            for to in DType::ALL {
                let steps = match way(from, to) {
                    Some(between) => vec![(from, between), (between, to)],
                    None => vec![(from, to)],
                };
                for (from, to) in steps {
                    assert_eq!(way(from, to), None, "{from} to {to}");
                    assert!(convert(from, to, isa()).is_some(), "{from} to {to}");
                }
            }
        }
    }
}
