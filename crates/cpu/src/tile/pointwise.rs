//! The pointwise forms as steps on vectors.
use super::mathematics;
use crate::native::{Body, Elements, One, Shift, Two, Width, define, predicate};
use bouton_array::{DType, math, math::algebra::Number};
use bouton_ir::{Binary, Compare, Unary};

/// What the pointwise forms are in steps. What a function gives is still to be fitted to the type of its result.
pub(super) trait Pointwise {
    fn unary(&mut self, f: Unary, dtype: DType, x: Elements) -> Option<Elements>;
    fn binary(&mut self, f: Binary, dtype: DType, x: Elements, y: Elements) -> Option<Elements>;
    fn comparison(
        &mut self,
        f: Compare,
        dtype: DType,
        x: Elements,
        y: Elements,
    ) -> Option<Elements>;
    fn converted(&mut self, from: DType, to: DType, x: Elements) -> Option<Elements>;
    fn fitted(&mut self, dtype: DType, x: Elements) -> Elements;
}

/// What a type is in a vector.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// Halves are the `f32` of their value.
    Float,
    /// Those of less than 32 bits have copies of the sign above.
    Signed,
    /// Those of less than 32 bits have zeros above.
    Unsigned,
    Truth,
}

fn class(dtype: DType) -> Class {
    match dtype {
        DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Class::Float,
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => Class::Signed,
        DType::Bool => Class::Truth,
        _ => Class::Unsigned,
    }
}

impl Pointwise for Body {
    fn unary(&mut self, f: Unary, dtype: DType, x: Elements) -> Option<Elements> {
        let width = x.width();
        Some(match (f, class(dtype)) {
            (Unary::Abs, Class::Float) => {
                let sign = self.sign(width);
                let rest = self.not(sign);
                self.two(Two::And, x, rest)
            }
            (Unary::Negate, Class::Float) => {
                let sign = self.sign(width);
                self.two(Two::Xor, x, sign)
            }
            (Unary::Sign, Class::Float) => {
                let [zero, one, minus] = [0.0, 1.0, -1.0].map(|n| self.number(width, n));
                let above = self.compare(predicate::GREATER, x, zero);
                let below = self.compare(predicate::LESS, x, zero);
                let y = self.blend(below, minus, x);
                self.blend(above, one, y)
            }
            (_, Class::Float) => {
                return define(
                    self,
                    [x, x],
                    |[x, _]| mathematics::of_f32(f, x),
                    |[x, _]| mathematics::of_f64(f, x),
                );
            }
            (Unary::Not, Class::Truth) => self.not(x),
            // Kernels have more of them in a vector.
            _ if dtype.size() < 4 => return None,
            (Unary::Abs, Class::Signed) => match width {
                Width::Bits32 => self.one(One::AbsI32, x),
                Width::Bits64 => {
                    let zero = self.constant(width, 0);
                    let below = self.two(Two::GreaterI32, zero, x);
                    let turned = self.two(Two::Xor, x, below);
                    self.two(Two::SubtractI32, turned, below) // a truth is -1
                }
            },
            (Unary::Abs, Class::Unsigned) => x,
            (Unary::Negate, Class::Signed | Class::Unsigned) => {
                let zero = self.constant(width, 0);
                self.two(Two::SubtractI32, zero, x)
            }
            (Unary::Sign, Class::Signed) => {
                let zero = self.constant(width, 0);
                let above = self.two(Two::GreaterI32, x, zero);
                let below = self.two(Two::GreaterI32, zero, x);
                self.two(Two::SubtractI32, below, above) // a truth is -1
            }
            (Unary::Sign, Class::Unsigned) => {
                let (zero, one) = (self.constant(width, 0), self.constant(width, 1));
                let is_zero = self.two(Two::EqualI32, x, zero);
                self.two(Two::AddI32, one, is_zero) // a truth is -1
            }
            (Unary::Not, _) => self.not(x),
            _ => return None,
        })
    }

    fn binary(&mut self, f: Binary, dtype: DType, x: Elements, y: Elements) -> Option<Elements> {
        let float = match f {
            Binary::Add => Some(Two::Add),
            Binary::Subtract => Some(Two::Subtract),
            Binary::Multiply => Some(Two::Multiply),
            Binary::Divide => Some(Two::Divide),
            _ => None,
        };
        let integer = match f {
            Binary::Add => Some(Two::AddI32),
            Binary::Subtract => Some(Two::SubtractI32),
            Binary::And => Some(Two::And),
            Binary::Or => Some(Two::Or),
            Binary::Xor => Some(Two::Xor),
            _ => None,
        };
        let (two, x, y) = match (f, class(dtype)) {
            (_, Class::Float) if float.is_some() => (float?, x, y),
            (Binary::Minimum, Class::Float) => {
                return Some(extreme(self, Two::Minimum, Two::Or, x, y));
            }
            (Binary::Maximum, Class::Float) => {
                return Some(extreme(self, Two::Maximum, Two::And, x, y));
            }
            (Binary::Power, Class::Float) => {
                return define(self, [x, y], |[x, y]| Some(math::f32::pow(x, y)), |_| None);
            }
            (Binary::Atan2, Class::Float) => {
                return define(
                    self,
                    [x, y],
                    |[x, y]| Some(math::f32::atan2(x, y)),
                    |[x, y]| Some(math::f64::atan2(x, y)),
                );
            }
            (Binary::Copysign, Class::Float) => {
                return define(
                    self,
                    [x, y],
                    |[x, y]| Some(Number::copysign(x, y)),
                    |[x, y]| Some(Number::copysign(x, y)),
                );
            }
            (_, Class::Float) => return None,
            (Binary::And | Binary::Or | Binary::Xor, Class::Truth) => {
                (integer?, self.narrowed(x), self.narrowed(y))
            }
            // Kernels have more of them in a vector.
            _ if dtype.size() < 4 => return None,
            (Binary::Multiply, _) if dtype.size() == 8 => return Some(product(self, x, y)),
            (Binary::Multiply, _) => (Two::MultiplyI32, x, y),
            (Binary::Minimum, _) if dtype.size() == 8 => {
                let less = self.comparison(Compare::Less, dtype, x, y)?;
                return Some(self.blend(less, x, y));
            }
            (Binary::Maximum, _) if dtype.size() == 8 => {
                let greater = self.comparison(Compare::Greater, dtype, x, y)?;
                return Some(self.blend(greater, x, y));
            }
            (Binary::Minimum, Class::Signed) => (Two::MinimumI32, x, y),
            (Binary::Maximum, Class::Signed) => (Two::MaximumI32, x, y),
            (Binary::Minimum, Class::Unsigned) => (Two::MinimumU32, x, y),
            (Binary::Maximum, Class::Unsigned) => (Two::MaximumU32, x, y),
            (Binary::ShiftLeft, _) => match self.small(y) {
                Some(by) => return Some(self.shift(Shift::Left, by, x)),
                None => (Two::ShiftLeft, x, y),
            },
            (Binary::ShiftRightLogical, _) => match self.small(y) {
                Some(by) => return Some(self.shift(Shift::RightLogical, by, x)),
                None => (Two::ShiftRightLogical, x, y),
            },
            (Binary::ShiftRightArithmetic, _) if dtype.size() == 8 => {
                // There is no such instruction: of a number below 0 the bits are turned round before and after.
                let zero = self.constant(Width::Bits64, 0);
                let below = self.two(Two::GreaterI32, zero, x);
                let x = self.two(Two::Xor, x, below);
                let x = self.two(Two::ShiftRightLogical, x, y);
                (Two::Xor, x, below)
            }
            (Binary::ShiftRightArithmetic, _) => match self.small(y) {
                Some(by) => return Some(self.shift(Shift::RightArithmetic, by, x)),
                None => (Two::ShiftRightArithmetic, x, y),
            },
            _ => (integer?, x, y),
        };
        Some(self.two(two, x, y))
    }

    fn comparison(
        &mut self,
        f: Compare,
        dtype: DType,
        x: Elements,
        y: Elements,
    ) -> Option<Elements> {
        let class = class(dtype);
        if class == Class::Float {
            let predicate = match f {
                Compare::Equal => predicate::EQUAL,
                Compare::NotEqual => predicate::NOT_EQUAL,
                Compare::Less => predicate::LESS,
                Compare::LessEqual => predicate::LESS_EQUAL,
                Compare::Greater => predicate::GREATER,
                Compare::GreaterEqual => predicate::GREATER_EQUAL,
            };
            return Some(self.compare(predicate, x, y));
        }
        let equality = matches!(f, Compare::Equal | Compare::NotEqual);
        let (x, y) = match class {
            Class::Truth => (self.narrowed(y), self.narrowed(x)), // a truth is -1
            Class::Unsigned if dtype.size() >= 4 && !equality => {
                let sign = self.sign(x.width());
                (self.two(Two::Xor, x, sign), self.two(Two::Xor, y, sign))
            }
            _ => (x, y),
        };
        let (two, x, y, turned) = match f {
            Compare::Equal => (Two::EqualI32, x, y, false),
            Compare::NotEqual => (Two::EqualI32, x, y, true),
            Compare::Greater => (Two::GreaterI32, x, y, false),
            Compare::LessEqual => (Two::GreaterI32, x, y, true),
            Compare::Less => (Two::GreaterI32, y, x, false),
            Compare::GreaterEqual => (Two::GreaterI32, y, x, true),
        };
        let z = self.two(two, x, y);
        Some(if turned { self.not(z) } else { z })
    }

    fn converted(&mut self, from: DType, to: DType, x: Elements) -> Option<Elements> {
        if from == to {
            return Some(x);
        }
        let wide = to.size() == 8;
        Some(match (class(from), class(to)) {
            (Class::Truth, Class::Truth) => x,
            (Class::Truth, _) => {
                let width = if wide { Width::Bits64 } else { Width::Bits32 };
                let x = self.truth(width, x);
                let one = match class(to) {
                    Class::Float => self.number(width, 1.0),
                    _ => self.constant(width, 1),
                };
                self.two(Two::And, x, one)
            }
            (Class::Float, Class::Truth) => {
                let zero = self.number(x.width(), 0.0);
                self.compare(predicate::NOT_EQUAL, x, zero)
            }
            (_, Class::Truth) => {
                let zero = self.constant(x.width(), 0);
                let is_zero = self.two(Two::EqualI32, x, zero);
                self.not(is_zero)
            }
            (Class::Float, Class::Float) => match (from, to) {
                (DType::F64, DType::F32) => self.joined(One::Narrow, x),
                (DType::F64, _) => {
                    let odd = odd(self, x);
                    self.fitted(to, odd)
                }
                (_, DType::F64) => self.widened(One::Widen, x),
                _ => self.fitted(to, x),
            },
            (Class::Float, _) => return truncated(self, from, to, x),
            (_, Class::Float) => return as_float(self, from, to, x),
            (Class::Unsigned, _) if wide => self.widened(One::WidenU32, x),
            (_, _) if wide => self.widened(One::WidenI32, x),
            _ => {
                let low = self.narrowed(x);
                self.fitted(to, low)
            }
        })
    }

    /// A word as an element of less than 32 bits: an `f32` as a half, to the nearest, ties to even; of an integer, the
    /// low bits.
    fn fitted(&mut self, dtype: DType, x: Elements) -> Elements {
        let bits = 8 * dtype.size() as u8;
        match (dtype, class(dtype)) {
            (DType::F16, _) => self.one(One::RoundF16, x),
            (DType::BF16, _) => as_bf16(self, x),
            (_, Class::Signed) if bits < 32 => {
                let x = self.shift(Shift::Left, 32 - bits, x);
                self.shift(Shift::RightArithmetic, 32 - bits, x)
            }
            (_, Class::Unsigned) if bits < 32 => {
                let low = self.constant(Width::Bits32, (1 << bits) - 1);
                self.two(Two::And, x, low)
            }
            _ => x,
        }
    }
}

/// Of two zeros the minimum is the negative one; a NaN is the result. The instruction gives its second operand where they
/// are equal or one is a NaN: both ways together say which zeros there are.
fn extreme(b: &mut Body, f: Two, equal: Two, x: Elements, y: Elements) -> Elements {
    let (first, second) = (b.two(f, x, y), b.two(f, y, x));
    let both = b.two(equal, first, second);
    let nan = b.compare(predicate::UNORDERED, x, y);
    b.two(Two::Or, both, nan)
}

/// The low 64 bits of a product, of those of halves: what two upper halves give is above them.
fn product(b: &mut Body, x: Elements, y: Elements) -> Elements {
    let low = b.two(Two::MultiplyLowHalves, x, y);
    let (high_x, high_y) = (
        b.shift(Shift::RightLogical, 32, x),
        b.shift(Shift::RightLogical, 32, y),
    );
    let first = b.two(Two::MultiplyLowHalves, high_x, y);
    let second = b.two(Two::MultiplyLowHalves, x, high_y);
    let middle = b.two(Two::AddI32, first, second);
    let middle = b.shift(Shift::Left, 32, middle);
    b.two(Two::AddI32, low, middle)
}

/// An `f32` as one that is a `bf16`: a NaN stays one.
fn as_bf16(b: &mut Body, x: Elements) -> Elements {
    let [one, below_half, high, quiet] =
        [1, 0x7fff, 0xffff_0000, 0x0040_0000].map(|bits| b.constant(Width::Bits32, bits));
    let kept = b.shift(Shift::RightLogical, 16, x);
    let odd = b.two(Two::And, kept, one);
    let y = b.two(Two::AddI32, x, below_half);
    let y = b.two(Two::AddI32, y, odd);
    let y = b.two(Two::And, y, high);
    let nan = b.two(Two::Or, x, quiet);
    let nan = b.two(Two::And, nan, high);
    let is_nan = b.compare(predicate::UNORDERED, x, x);
    b.blend(is_nan, nan, y)
}

/// An `f64` as an `f32` that is odd wherever it is not exact, so that rounding on to a half rounds once: as
/// `array::element` says.
fn odd(b: &mut Body, x: Elements) -> Elements {
    let y = b.joined(One::Narrow, x);
    let back = b.widened(One::Widen, y);
    let sign = b.sign(Width::Bits64);
    let rest = b.not(sign);
    let (size, size_of_back) = (b.two(Two::And, x, rest), b.two(Two::And, back, rest));
    let above = b.compare(predicate::GREATER, size_of_back, size);
    let other = b.compare(predicate::NOT_EQUAL, back, x);
    let (above, other) = (b.narrowed(above), b.narrowed(other));
    let one = b.constant(Width::Bits32, 1);
    let toward_zero = b.two(Two::AddI32, y, above); // a truth is -1
    let last = b.two(Two::And, other, one);
    b.two(Two::Or, toward_zero, last)
}

/// A float as an integer, towards zero: what does not fit is the nearest that does, a NaN is 0.
fn truncated(b: &mut Body, from: DType, to: DType, x: Elements) -> Option<Elements> {
    let width = x.width();
    let a_number = b.compare(predicate::ORDERED, x, x);
    if width == Width::Bits32 && to == DType::I32 {
        // The highest integer is no `f32`.
        let limit = b.number(width, 2f64.powi(31));
        let most = b.constant(width, i32::MAX as u64);
        let y = b.one(One::F32ToI32, x);
        let too_large = b.compare(predicate::GREATER_EQUAL, x, limit);
        let y = b.blend(too_large, most, y);
        return Some(b.two(Two::And, y, a_number));
    }
    let (least, most) = match to {
        DType::I8 => (i8::MIN.into(), i8::MAX.into()),
        DType::U8 => (0.0, u8::MAX.into()),
        DType::I16 => (i16::MIN.into(), i16::MAX.into()),
        DType::U16 => (0.0, u16::MAX.into()),
        DType::I32 => (i32::MIN.into(), i32::MAX.into()),
        _ => return None,
    };
    let (least, most) = (b.number(width, least), b.number(width, most));
    let x = b.two(Two::And, x, a_number);
    let x = b.two(Two::Minimum, x, most);
    let x = b.two(Two::Maximum, x, least);
    Some(match from {
        DType::F64 => b.joined(One::F64ToI32, x),
        _ => b.one(One::F32ToI32, x),
    })
}

/// The float nearest to an integer. To a half it goes by way of `f64`, where an `f32` would not be exact.
fn as_float(b: &mut Body, from: DType, to: DType, x: Elements) -> Option<Elements> {
    if matches!(to, DType::F16 | DType::BF16) {
        let exact = from.size() < 4;
        let between = if exact { DType::F32 } else { DType::F64 };
        let x = as_float(b, from, between, x)?;
        return b.converted(between, to, x);
    }
    Some(match (from, to) {
        (DType::I64 | DType::U64, DType::F64) => {
            // Each half in the low bits of an `f64`, which is a power of two more. The lower one is added last, and
            // rounds.
            let low = b.constant(Width::Bits64, 0xffff_ffff);
            let two_52 = b.number(Width::Bits64, 2f64.powi(52));
            let low = b.two(Two::And, x, low);
            let low = b.two(Two::Or, low, two_52);
            let (high, bias) = match from {
                DType::I64 => {
                    let sign = b.sign(Width::Bits64);
                    (b.two(Two::Xor, x, sign), 2f64.powi(63))
                }
                _ => (x, 0.0),
            };
            let two_84 = b.number(Width::Bits64, 2f64.powi(84));
            let high = b.shift(Shift::RightLogical, 32, high);
            let high = b.two(Two::Or, high, two_84);
            let more = b.number(Width::Bits64, 2f64.powi(84) + bias + 2f64.powi(52));
            let high = b.two(Two::Subtract, high, more);
            b.two(Two::Add, high, low)
        }
        (DType::I64 | DType::U64, _) => return None,
        (DType::U32, DType::F64) => {
            let two_52 = b.number(Width::Bits64, 2f64.powi(52));
            let x = b.widened(One::WidenU32, x);
            let x = b.two(Two::Or, x, two_52);
            b.two(Two::Subtract, x, two_52)
        }
        (_, DType::F64) => b.widened(One::I32ToF64, x),
        (DType::U32, _) if !b.is_below_sign(x) => {
            // Both halves are exact, so that their sum rounds once.
            let low = b.constant(Width::Bits32, 0xffff);
            let step = b.number(Width::Bits32, 65536.0);
            let low = b.two(Two::And, x, low);
            let high = b.shift(Shift::RightLogical, 16, x);
            let (low, high) = (b.one(One::I32ToF32, low), b.one(One::I32ToF32, high));
            let high = b.two(Two::Multiply, high, step);
            b.two(Two::Add, high, low)
        }
        _ => b.one(One::I32ToF32, x),
    })
}
