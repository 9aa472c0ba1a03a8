//! The pointwise forms as steps on vectors.
use crate::native::{Body, One, Shift, Two, V, define, predicate};
use bouton_array::{
    DType,
    math::{self, algebra::Single},
};
use bouton_ir::{Binary, Compare, Unary};

const SIGN: u32 = 1 << 31;

/// What the pointwise forms are in steps. A function whose result is a `bf16` gives an `f32` that is still to be
/// rounded.
pub(super) trait Pointwise {
    fn unary(&mut self, f: Unary, dtype: DType, x: V) -> Option<V>;
    fn binary(&mut self, f: Binary, dtype: DType, x: V, y: V) -> Option<V>;
    fn comparison(&mut self, f: Compare, dtype: DType, x: V, y: V) -> Option<V>;
    fn converted(&mut self, from: DType, to: DType, x: V) -> Option<V>;
    fn rounded(&mut self, dtype: DType, x: V) -> V;
}

impl Pointwise for Body {
    fn unary(&mut self, f: Unary, dtype: DType, x: V) -> Option<V> {
        Some(match (f, dtype) {
            (Unary::Abs, DType::F32 | DType::BF16) => {
                let rest = self.constant(!SIGN);
                self.two(Two::And, x, rest)
            }
            (Unary::Negate, DType::F32 | DType::BF16) => {
                let sign = self.constant(SIGN);
                self.two(Two::Xor, x, sign)
            }
            (Unary::Sign, DType::F32 | DType::BF16) => {
                let (zero, one, minus) = (self.number(0.0), self.number(1.0), self.number(-1.0));
                let above = self.compare(predicate::GREATER, x, zero);
                let below = self.compare(predicate::LESS, x, zero);
                let y = self.blend(below, minus, x);
                self.blend(above, one, y)
            }
            (_, DType::F32 | DType::BF16) => {
                return define(self, [x, x], |[x, _]| mathematics(f, x));
            }
            (Unary::Abs, DType::I32) => self.one(One::AbsI32, x),
            (Unary::Abs, DType::U32) => x,
            (Unary::Negate, DType::I32 | DType::U32) => {
                let zero = self.constant(0);
                self.two(Two::SubtractI32, zero, x)
            }
            (Unary::Sign, DType::I32) => {
                let zero = self.constant(0);
                let above = self.two(Two::GreaterI32, x, zero);
                let below = self.two(Two::GreaterI32, zero, x);
                self.two(Two::SubtractI32, below, above) // a truth is -1
            }
            (Unary::Not, DType::I32 | DType::U32 | DType::Bool) => self.not(x),
            _ => return None,
        })
    }

    fn binary(&mut self, f: Binary, dtype: DType, x: V, y: V) -> Option<V> {
        // Of two zeros the minimum is the negative one; a NaN is the result. The instruction gives its second operand
        // where they are equal or one is a NaN: both ways together say which zeros there are.
        let extreme = |b: &mut Self, f: Two, equal: Two| {
            let (first, second) = (b.two(f, x, y), b.two(f, y, x));
            let (both, nan) = (
                b.two(equal, first, second),
                b.compare(predicate::UNORDERED, x, y),
            );
            b.two(Two::Or, both, nan)
        };
        let two = match (f, dtype) {
            (Binary::Minimum, DType::F32 | DType::BF16) => {
                return Some(extreme(self, Two::Minimum, Two::Or));
            }
            (Binary::Maximum, DType::F32 | DType::BF16) => {
                return Some(extreme(self, Two::Maximum, Two::And));
            }
            (Binary::Add, DType::F32 | DType::BF16) => Two::Add,
            (Binary::Subtract, DType::F32 | DType::BF16) => Two::Subtract,
            (Binary::Multiply, DType::F32 | DType::BF16) => Two::Multiply,
            (Binary::Divide, DType::F32 | DType::BF16) => Two::Divide,
            (Binary::Power, DType::F32 | DType::BF16) => {
                return define(self, [x, y], |[x, y]| Some(math::f32::pow(x, y)));
            }
            (Binary::Atan2, DType::F32 | DType::BF16) => {
                return define(self, [x, y], |[x, y]| Some(math::f32::atan2(x, y)));
            }
            (Binary::Add, DType::I32 | DType::U32) => Two::AddI32,
            (Binary::Subtract, DType::I32 | DType::U32) => Two::SubtractI32,
            (Binary::Multiply, DType::I32 | DType::U32) => Two::MultiplyI32,
            (Binary::Minimum, DType::I32) => Two::MinimumI32,
            (Binary::Maximum, DType::I32) => Two::MaximumI32,
            (Binary::Minimum, DType::U32) => Two::MinimumU32,
            (Binary::Maximum, DType::U32) => Two::MaximumU32,
            (Binary::ShiftLeft, DType::I32 | DType::U32) => match self.small(y) {
                Some(by) => return Some(self.shift(Shift::Left, by, x)),
                None => Two::ShiftLeft,
            },
            (Binary::ShiftRightLogical, DType::I32 | DType::U32) => match self.small(y) {
                Some(by) => return Some(self.shift(Shift::RightLogical, by, x)),
                None => Two::ShiftRightLogical,
            },
            (Binary::ShiftRightArithmetic, DType::I32 | DType::U32) => match self.small(y) {
                Some(by) => return Some(self.shift(Shift::RightArithmetic, by, x)),
                None => Two::ShiftRightArithmetic,
            },
            (Binary::And, DType::I32 | DType::U32 | DType::Bool) => Two::And,
            (Binary::Or, DType::I32 | DType::U32 | DType::Bool) => Two::Or,
            (Binary::Xor, DType::I32 | DType::U32 | DType::Bool) => Two::Xor,
            _ => return None,
        };
        Some(self.two(two, x, y))
    }

    fn comparison(&mut self, f: Compare, dtype: DType, x: V, y: V) -> Option<V> {
        if matches!(dtype, DType::F32 | DType::BF16) {
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
        let (x, y) = match dtype {
            DType::I32 | DType::U8 => (x, y),
            DType::Bool => (y, x), // a truth is -1
            DType::U32 if equality => (x, y),
            DType::U32 => {
                let sign = self.constant(SIGN);
                (self.two(Two::Xor, x, sign), self.two(Two::Xor, y, sign))
            }
            _ => return None,
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

    fn converted(&mut self, from: DType, to: DType, x: V) -> Option<V> {
        Some(match (from, to) {
            _ if from == to => x,
            (DType::BF16, DType::F32) => x,
            (DType::F32, DType::BF16) => self.rounded(DType::BF16, x),
            (DType::I32 | DType::U8, DType::F32) | (DType::U8, DType::BF16) => {
                self.one(One::I32ToF32, x)
            }
            (DType::U32, DType::F32) if self.is_below_sign(x) => self.one(One::I32ToF32, x),
            (DType::U32, DType::F32) => {
                // Both halves are exact, so that their sum rounds once.
                let (low, step) = (self.constant(0xffff), self.number(65536.0));
                let low = self.two(Two::And, x, low);
                let high = self.shift(Shift::RightLogical, 16, x);
                let (low, high) = (self.one(One::I32ToF32, low), self.one(One::I32ToF32, high));
                let high = self.two(Two::Multiply, high, step);
                self.two(Two::Add, high, low)
            }
            (DType::Bool, DType::F32 | DType::BF16) => {
                let one = self.number(1.0);
                self.two(Two::And, x, one)
            }
            (DType::Bool, DType::I32 | DType::U32 | DType::U8) => {
                self.shift(Shift::RightLogical, 31, x)
            }
            (DType::I32 | DType::U32 | DType::U8, DType::Bool) => {
                let zero = self.constant(0);
                let is_zero = self.two(Two::EqualI32, x, zero);
                self.not(is_zero)
            }
            (DType::F32 | DType::BF16, DType::Bool) => {
                let zero = self.number(0.0);
                self.compare(predicate::NOT_EQUAL, x, zero)
            }
            (DType::F32 | DType::BF16, DType::I32) => {
                let (limit, most) = (self.number(2f32.powi(31)), self.constant(i32::MAX as u32));
                let y = self.one(One::F32ToI32, x);
                let too_large = self.compare(predicate::GREATER_EQUAL, x, limit);
                let y = self.blend(too_large, most, y);
                let a_number = self.compare(predicate::ORDERED, x, x);
                self.two(Two::And, y, a_number)
            }
            (DType::I32 | DType::U8, DType::U32) | (DType::U32 | DType::U8, DType::I32) => x,
            (DType::I32 | DType::U32, DType::U8) => {
                let low = self.constant(0xff);
                self.two(Two::And, x, low)
            }
            _ => return None,
        })
    }

    /// An `f32` as one that is a `bf16`: to the nearest, ties to even; a NaN stays one.
    fn rounded(&mut self, dtype: DType, x: V) -> V {
        if dtype != DType::BF16 {
            return x;
        }
        let (one, below_half) = (self.constant(1), self.constant(0x7fff));
        let (high, quiet) = (self.constant(0xffff_0000), self.constant(0x0040_0000));
        let kept = self.shift(Shift::RightLogical, 16, x);
        let odd = self.two(Two::And, kept, one);
        let y = self.two(Two::AddI32, x, below_half);
        let y = self.two(Two::AddI32, y, odd);
        let y = self.two(Two::And, y, high);
        let nan = self.two(Two::Or, x, quiet);
        let nan = self.two(Two::And, nan, high);
        let is_nan = self.compare(predicate::UNORDERED, x, x);
        self.blend(is_nan, nan, y)
    }
}

/// The definition of a function of one number.
fn mathematics<T: Single>(f: Unary, x: T) -> Option<T> {
    Some(match f {
        Unary::Exp => math::f32::exp(x),
        Unary::ExpM1 => math::f32::exp_m1(x),
        Unary::Log => math::f32::ln(x),
        Unary::Log1p => math::f32::ln_1p(x),
        Unary::Sqrt => math::f32::sqrt(x),
        Unary::Rsqrt => math::f32::rsqrt(x),
        Unary::Cbrt => math::f32::cbrt(x),
        Unary::Sin => math::f32::sin(x),
        Unary::Cos => math::f32::cos(x),
        Unary::Tan => math::f32::tan(x),
        Unary::Tanh => math::f32::tanh(x),
        Unary::Logistic => math::f32::logistic(x),
        Unary::Erf => math::f32::erf(x),
        Unary::ErfInv => math::f32::erf_inv(x),
        Unary::Floor => math::f32::floor(x),
        Unary::Ceil => math::f32::ceil(x),
        Unary::Round => math::f32::round_ties_even(x),
        Unary::Abs | Unary::Negate | Unary::Sign | Unary::Not => return None,
    })
}
