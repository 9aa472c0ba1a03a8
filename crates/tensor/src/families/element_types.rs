//! Which element types an operation makes sense for.
use crate::{DType, Fault};

/// A set of element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementTypes {
    Floats,
    /// Integers and floats.
    Numbers,
    /// Signed integers and floats.
    Signed,
    Integers,
    /// Integers and `bool`.
    Bits,
    Bool,
}

impl ElementTypes {
    pub(crate) fn contains(self, dtype: DType) -> bool {
        match self {
            ElementTypes::Floats => dtype.is_float(),
            ElementTypes::Numbers => dtype != DType::Bool,
            ElementTypes::Signed => dtype.is_float() || dtype.is_signed_integer(),
            ElementTypes::Integers => dtype.is_integer(),
            ElementTypes::Bool => dtype == DType::Bool,
            ElementTypes::Bits => !dtype.is_float(),
        }
    }

    pub(crate) fn check(self, dtype: DType) -> Result<(), Fault> {
        let (wanted, help) = match self {
            _ if self.contains(dtype) => return Ok(()),
            ElementTypes::Floats => (
                "a float",
                "convert it first, for example with .convert(DType::F32)",
            ),
            ElementTypes::Numbers => (
                "a number",
                "convert it first, for example with .convert(DType::I32)",
            ),
            ElementTypes::Signed => (
                "signed",
                "convert it first, for example with .convert(DType::I32)",
            ),
            ElementTypes::Bool => ("bool", "compare first, for example with .ne(0)"),
            ElementTypes::Integers => (
                "an integer",
                "convert it first, for example with .convert(DType::I32)",
            ),
            ElementTypes::Bits => (
                "an integer or bool",
                "convert it first, for example with .convert(DType::I32)",
            ),
        };
        Err(Fault::dtype(format!("the element type must be {wanted}, not {dtype}")).help(help))
    }

    /// A few members, for samples: `f64` first if there is one, since derivatives are checked in it.
    pub(crate) fn samples(self) -> Vec<DType> {
        use DType::*;
        [F64, F32, BF16, F16, I32, U8, I64, Bool]
            .into_iter()
            .filter(|&d| self.contains(d))
            .collect()
    }

    /// A type outside the set, if there is one, with the words of its refusal.
    pub(crate) fn refusal(self) -> Option<(DType, &'static str)> {
        match self {
            ElementTypes::Floats => Some((DType::I32, "the element type must be a float, not i32")),
            ElementTypes::Numbers => {
                Some((DType::Bool, "the element type must be a number, not bool"))
            }
            ElementTypes::Signed => Some((DType::U8, "the element type must be signed, not u8")),
            ElementTypes::Integers => {
                Some((DType::Bool, "the element type must be an integer, not bool"))
            }
            ElementTypes::Bits => Some((
                DType::F32,
                "the element type must be an integer or bool, not f32",
            )),
            ElementTypes::Bool => Some((DType::I32, "the element type must be bool, not i32")),
        }
    }
}
