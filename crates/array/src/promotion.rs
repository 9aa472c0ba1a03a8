//! Which type an operation on two types has.
use crate::{DType, Number};

impl DType {
    /// The type that two operands are converted to.
    ///
    /// As Nx's `Nx.Type.merge`, with a real `bool` below all others: the wider of one kind; a float wins
    /// over an integer and keeps its width; signed with unsigned gives a signed type that holds both (at
    /// most `i64`). `f16` with `bf16` gives `f32`, as in JAX: neither holds the other.
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        if self == other {
            return self;
        }
        match (self, other) {
            (Bool, t) | (t, Bool) => t,
            (F16, BF16) | (BF16, F16) => F32,
            (a, b) if a.is_float() && b.is_float() => wider(a, b),
            (a, _) if a.is_float() => a,
            (_, b) if b.is_float() => b,
            (a, b) if a.is_signed_integer() == b.is_signed_integer() => wider(a, b),
            (a, b) => {
                let (signed, unsigned) = if a.is_signed_integer() {
                    (a, b)
                } else {
                    (b, a)
                };
                signed_of(signed.size().max(2 * unsigned.size()).min(8))
            }
        }
    }

    /// Whether `wider` is this type, or one of its kind (integers or floats) that holds all of its numbers.
    pub fn widens_to(self, wider: DType) -> bool {
        let larger = wider.size() > self.size();
        self == wider
            || (self.is_float() && wider.is_float() && larger)
            || (self.is_unsigned_integer() && wider.is_integer() && larger)
            || (self.is_signed_integer() && wider.is_signed_integer() && larger)
    }

    /// The type of an operation between a tensor of this type and a plain number, which is weak: it takes
    /// the tensor's type where that can hold such a number.
    ///
    /// An integer or `bool` with a float gives `f32`; `bool` with an integer gives `i32`; an unsigned type
    /// with a negative number the next larger signed type.
    pub fn promote_number(self, number: Number) -> DType {
        match number {
            Number::Float(_) if self.is_float() => self,
            Number::Float(_) => DType::F32,
            Number::Int(_) if self == DType::Bool => DType::I32,
            Number::Int(i) if i < 0 && self.is_unsigned_integer() => {
                signed_of((2 * self.size()).min(8))
            }
            Number::Int(_) | Number::Bool(_) => self,
        }
    }

    /// The type in which mathematical functions of this type are computed: floats stay, all else is `f32`.
    pub fn to_float(self) -> DType {
        if self.is_float() { self } else { DType::F32 }
    }

    /// The type of a sum or product, as in Nx: `bool` and small integers are widened to 32 bits.
    pub fn to_aggregate(self) -> DType {
        match self {
            DType::Bool | DType::I8 | DType::I16 => DType::I32,
            DType::U8 | DType::U16 => DType::U32,
            other => other,
        }
    }
}

fn wider(a: DType, b: DType) -> DType {
    if a.size() >= b.size() { a } else { b }
}

fn signed_of(bytes: usize) -> DType {
    match bytes {
        1 => DType::I8,
        2 => DType::I16,
        4 => DType::I32,
        _ => DType::I64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DType::*;

    #[test]
    fn promotion_is_symmetric_idempotent_and_bool_is_least() {
        for a in DType::ALL {
            assert_eq!(a.promote(a), a);
            assert_eq!(Bool.promote(a), a);
            for b in DType::ALL {
                assert_eq!(a.promote(b), b.promote(a));
            }
        }
    }

    #[test]
    fn a_type_widens_to_those_of_its_kind_that_hold_it() {
        for (from, to) in [
            (I8, "i8 i16 i32 i64"),
            (U8, "u8 u16 u32 u64 i16 i32 i64"),
            (U32, "u32 u64 i64"),
            (U64, "u64"),
            (BF16, "bf16 f32 f64"),
            (F16, "f16 f32 f64"),
            (F64, "f64"),
            (Bool, "bool"),
        ] {
            for d in DType::ALL {
                let listed = to.split(' ').any(|name| name == d.name());
                assert_eq!(from.widens_to(d), listed, "{from} to {d}");
            }
        }
    }

    #[test]
    fn documented_cases() {
        for (a, b, both) in [
            (U8, I8, I16),
            (U32, I32, I64),
            (U64, I8, I64),
            (I64, F16, F16),
            (BF16, F16, F32),
            (U8, U16, U16),
            (BF16, F64, F64),
        ] {
            assert_eq!(a.promote(b), both, "{a} with {b}");
        }
        assert_eq!(U8.promote_number(Number::Int(-1)), I16);
        assert_eq!(U8.promote_number(Number::Int(200)), U8);
        assert_eq!(I32.promote_number(Number::Float(0.5)), F32);
        assert_eq!(BF16.promote_number(Number::Float(0.5)), BF16);
        assert_eq!(Bool.promote_number(Number::Int(2)), I32);
    }
}
