//! A loop's body on eight elements, in single assignment: steps on vectors of eight words of 32 bits, or of four of 64.
use super::{
    LANES,
    asm::{Shift, Vex},
};
use std::collections::HashMap;

/// A value: the step that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct V(pub usize);

/// What a step does. A truth is all ones or all zeros in each word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// Elements of an argument.
    Load {
        arg: usize,
        stored: Stored,
        /// Elements ahead of the index.
        ahead: usize,
    },
    /// One element of an argument that stands for all.
    Splat {
        arg: usize,
        stored: Stored,
    },
    /// 64 bits, repeated.
    Constant(u64),
    One(One, V),
    Two(Two, V, V),
    /// `a * b + c`, rounded once.
    MulAdd(Width, V, V, V),
    /// A predicate of `vcmpps`.
    Compare(Width, u8, V, V),
    Shift(Width, Shift, u8, V),
    /// Where the mask is true the second value, else the third: only the highest bit of each word says which.
    Blend(V, V, V),
}

/// How wide the words are that a step works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    Bits32,
    Bits64,
}

/// What elements are in memory. Those of less than 32 bits are words of 32 in a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stored {
    U8,
    I8,
    U16,
    I16,
    /// The `f32` of its value.
    F16,
    Bits32,
    Bits64,
}

impl Stored {
    /// Bytes of an element.
    pub(super) fn size(self) -> usize {
        match self {
            Stored::U8 | Stored::I8 => 1,
            Stored::U16 | Stored::I16 | Stored::F16 => 2,
            Stored::Bits32 => 4,
            Stored::Bits64 => 8,
        }
    }

    /// Whether elements are in memory what they are in a vector.
    pub(super) fn is_plain(self) -> bool {
        matches!(self, Stored::Bits32 | Stored::Bits64)
    }
}

/// Instructions of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum One {
    Sqrt,
    SqrtF64,
    /// The `f64` of the lower four `f32`.
    Widen,
    /// Four `f64` as the lower four `f32`.
    Narrow,
    /// The upper half, as the lower one.
    UpperHalf,
    /// The `f16` nearest to an `f32`, as an `f32`.
    RoundF16,
    AbsI32,
    I32ToF32,
    F32ToI32,
    /// The `f64` of the lower four words.
    I32ToF64,
    /// Four `f64` as the lower four words.
    F64ToI32,
    /// The lower four words with 64 bits each: copies of the sign, or zeros above.
    WidenI32,
    WidenU32,
    /// In each half, the upper two words as the lower two, or the second word as the first.
    UpperPair,
    SecondWord,
    /// The quarters in the order that [`Two::Evens`] leaves: first, third, second, fourth.
    Order,
}

/// Instructions of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Two {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `a` where it is less, else `b`.
    Minimum,
    /// `a` where it is greater, else `b`.
    Maximum,
    AddF64,
    SubtractF64,
    MultiplyF64,
    DivideF64,
    MinimumF64,
    MaximumF64,
    And,
    Or,
    Xor,
    AddI64,
    SubtractI64,
    EqualI64,
    GreaterI64,
    ShiftLeftI64,
    ShiftRightLogicalI64,
    MultiplyLowHalves,
    /// The lower half of `a`, and above it that of `b`.
    Join,
    /// The even words of 32 bits of both: by turns two of `a` and two of `b`.
    Evens,
    AddI32,
    SubtractI32,
    MultiplyI32,
    EqualI32,
    GreaterI32,
    MinimumI32,
    MaximumI32,
    MinimumU32,
    MaximumU32,
    ShiftLeft,
    ShiftRightLogical,
    ShiftRightArithmetic,
}

impl One {
    /// The instruction, but for those of another shape.
    pub(super) fn code(self) -> Option<Vex> {
        Some(match self {
            One::Sqrt => Vex::SQRT,
            One::SqrtF64 => Vex::SQRT_F64,
            One::Widen => Vex::WIDEN,
            One::Narrow => Vex::NARROW,
            One::AbsI32 => Vex::ABS_I32,
            One::I32ToF32 => Vex::I32_TO_F32,
            One::F32ToI32 => Vex::F32_TO_I32,
            One::I32ToF64 => Vex::I32_TO_F64,
            One::F64ToI32 => Vex::F64_TO_I32,
            One::WidenI32 => Vex::WIDEN_I32,
            One::WidenU32 => Vex::WIDEN_U32,
            One::UpperHalf | One::RoundF16 => return None,
            One::Order | One::UpperPair | One::SecondWord => return None,
        })
    }
}

impl Two {
    /// The same on words of 64 bits.
    pub(super) fn wide(self) -> Two {
        match self {
            Two::Add => Two::AddF64,
            Two::Subtract => Two::SubtractF64,
            Two::Multiply => Two::MultiplyF64,
            Two::Divide => Two::DivideF64,
            Two::Minimum => Two::MinimumF64,
            Two::Maximum => Two::MaximumF64,
            Two::AddI32 => Two::AddI64,
            Two::SubtractI32 => Two::SubtractI64,
            Two::EqualI32 => Two::EqualI64,
            Two::GreaterI32 => Two::GreaterI64,
            Two::ShiftLeft => Two::ShiftLeftI64,
            Two::ShiftRightLogical => Two::ShiftRightLogicalI64,
            Two::And | Two::Or | Two::Xor | Two::MultiplyLowHalves => self,
            _ => unreachable!("{self:?} has no form for words of 64 bits"),
        }
    }

    /// The instruction, but for those of another shape.
    pub(super) fn code(self) -> Option<Vex> {
        Some(match self {
            Two::Add => Vex::ADD,
            Two::Subtract => Vex::SUBTRACT,
            Two::Multiply => Vex::MULTIPLY,
            Two::Divide => Vex::DIVIDE,
            Two::Minimum => Vex::MINIMUM,
            Two::Maximum => Vex::MAXIMUM,
            Two::AddF64 => Vex::ADD_F64,
            Two::SubtractF64 => Vex::SUBTRACT_F64,
            Two::MultiplyF64 => Vex::MULTIPLY_F64,
            Two::DivideF64 => Vex::DIVIDE_F64,
            Two::MinimumF64 => Vex::MINIMUM_F64,
            Two::MaximumF64 => Vex::MAXIMUM_F64,
            Two::And => Vex::AND,
            Two::Or => Vex::OR,
            Two::Xor => Vex::XOR,
            Two::AddI64 => Vex::ADD_I64,
            Two::SubtractI64 => Vex::SUBTRACT_I64,
            Two::EqualI64 => Vex::EQUAL_I64,
            Two::GreaterI64 => Vex::GREATER_I64,
            Two::ShiftLeftI64 => Vex::SHIFT_LEFT_I64,
            Two::ShiftRightLogicalI64 => Vex::SHIFT_RIGHT_LOGICAL_I64,
            Two::MultiplyLowHalves => Vex::MULTIPLY_LOW_HALVES,
            Two::AddI32 => Vex::ADD_I32,
            Two::SubtractI32 => Vex::SUBTRACT_I32,
            Two::MultiplyI32 => Vex::MULTIPLY_I32,
            Two::EqualI32 => Vex::EQUAL_I32,
            Two::GreaterI32 => Vex::GREATER_I32,
            Two::MinimumI32 => Vex::MINIMUM_I32,
            Two::MaximumI32 => Vex::MAXIMUM_I32,
            Two::MinimumU32 => Vex::MINIMUM_U32,
            Two::MaximumU32 => Vex::MAXIMUM_U32,
            Two::ShiftLeft => Vex::SHIFT_LEFT,
            Two::ShiftRightLogical => Vex::SHIFT_RIGHT_LOGICAL,
            Two::ShiftRightArithmetic => Vex::SHIFT_RIGHT_ARITHMETIC,
            Two::Join | Two::Evens => return None,
        })
    }

    /// Whether exchanged operands give the same, but for which of two NaNs it is.
    pub(super) fn commutes(self) -> bool {
        matches!(
            self,
            Two::Add
                | Two::Multiply
                | Two::AddF64
                | Two::MultiplyF64
                | Two::And
                | Two::Or
                | Two::Xor
                | Two::AddI64
                | Two::EqualI64
                | Two::MultiplyLowHalves
                | Two::AddI32
                | Two::MultiplyI32
                | Two::EqualI32
                | Two::MinimumI32
                | Two::MaximumI32
                | Two::MinimumU32
                | Two::MaximumU32
        )
    }
}

/// Elements that leave the loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub arg: usize,
    pub stored: Stored,
    pub value: V,
    /// Elements ahead of the index.
    pub ahead: usize,
}

/// The body, as it is written. Equal steps are one.
#[derive(Default)]
pub(crate) struct Body {
    pub steps: Vec<Step>,
    pub stores: Vec<Store>,
    known: HashMap<Step, V>,
}

/// The predicates of `vcmpps` that stand for Rust's comparisons.
pub(crate) mod predicate {
    pub(crate) const EQUAL: u8 = 0x00;
    pub(crate) const UNORDERED: u8 = 0x03;
    pub(crate) const NOT_EQUAL: u8 = 0x04;
    pub(crate) const ORDERED: u8 = 0x07;
    pub(crate) const LESS: u8 = 0x11;
    pub(crate) const LESS_EQUAL: u8 = 0x12;
    pub(crate) const GREATER_EQUAL: u8 = 0x1d;
    pub(crate) const GREATER: u8 = 0x1e;
}

impl Body {
    pub(crate) fn step(&mut self, step: Step) -> V {
        if let Some(&v) = self.known.get(&step) {
            return v;
        }
        let v = V(self.steps.len());
        self.steps.push(step.clone());
        self.known.insert(step, v);
        v
    }

    /// The same for several times eight elements, so many of them in turns.
    pub(super) fn times(&self, times: usize, in_turns: usize) -> Body {
        let mut many = Body::default();
        let mut made = vec![vec![]; times];
        for first in (0..times).step_by(in_turns) {
            for step in &self.steps {
                for (i, made) in made.iter_mut().enumerate().skip(first).take(in_turns) {
                    let v = many.step(step.moved(i * LANES, |v| made[v.0]));
                    made.push(v);
                }
            }
        }
        for store in &self.stores {
            for (i, made) in made.iter().enumerate() {
                many.stores.push(Store {
                    value: made[store.value.0],
                    ahead: store.ahead + i * LANES,
                    ..*store
                });
            }
        }
        many
    }
}

impl Step {
    /// The same so many elements ahead, with the inputs of those.
    fn moved(&self, by: usize, f: impl Fn(V) -> V) -> Step {
        match *self {
            Step::Load { arg, stored, ahead } => Step::Load {
                arg,
                stored,
                ahead: ahead + by,
            },
            Step::Splat { .. } | Step::Constant(_) => self.clone(),
            Step::One(g, a) => Step::One(g, f(a)),
            Step::Two(g, a, b) => Step::Two(g, f(a), f(b)),
            Step::MulAdd(width, a, b, c) => Step::MulAdd(width, f(a), f(b), f(c)),
            Step::Compare(width, p, a, b) => Step::Compare(width, p, f(a), f(b)),
            Step::Shift(width, g, by, a) => Step::Shift(width, g, by, f(a)),
            Step::Blend(a, b, c) => Step::Blend(f(a), f(b), f(c)),
        }
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = V> + use<> {
        let (a, b, c) = match *self {
            Step::Load { .. } | Step::Splat { .. } | Step::Constant(_) => (None, None, None),
            Step::One(_, a) | Step::Shift(_, _, _, a) => (Some(a), None, None),
            Step::Two(_, a, b) | Step::Compare(_, _, a, b) => (Some(a), Some(b), None),
            Step::MulAdd(_, a, b, c) | Step::Blend(a, b, c) => (Some(a), Some(b), Some(c)),
        };
        [a, b, c].into_iter().flatten()
    }
}
