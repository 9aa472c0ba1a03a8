//! A loop's body on one vector: eight words of 32 bits, in single assignment.
use super::asm::{Shift, Vex};
use bouton_ir::{Binary, Unary};
use std::collections::HashMap;

/// A value: the step that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct V(pub usize);

/// What a step does. A truth is all ones or all zeros in each word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// Elements of an argument, of 4, 2 or 1 bytes: what is above them is zero.
    Load {
        arg: usize,
        size: usize,
    },
    /// One element of an argument that stands for all.
    Splat {
        arg: usize,
        size: usize,
    },
    Constant(u32),
    One(One, V),
    Two(Two, V, V),
    /// A predicate of `vcmpps`.
    Compare(u8, V, V),
    Shift(Shift, u8, V),
    /// Where the mask is true the second value, else the third.
    Blend(V, V, V),
    /// Mathematics, which a kernel does: machine code ends before it and goes on after it.
    Call(Function, V, Option<V>),
}

/// A function of floats that is more than some instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Unary(Unary),
    Binary(Binary),
}

/// Instructions of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum One {
    Sqrt,
    AbsI32,
    I32ToF32,
    F32ToI32,
}

/// Instructions of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Two {
    Add,
    Subtract,
    Multiply,
    Divide,
    And,
    Or,
    Xor,
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
    pub(super) fn code(self) -> Vex {
        match self {
            One::Sqrt => Vex::SQRT,
            One::AbsI32 => Vex::ABS_I32,
            One::I32ToF32 => Vex::I32_TO_F32,
            One::F32ToI32 => Vex::F32_TO_I32,
        }
    }
}

impl Two {
    pub(super) fn code(self) -> Vex {
        match self {
            Two::Add => Vex::ADD,
            Two::Subtract => Vex::SUBTRACT,
            Two::Multiply => Vex::MULTIPLY,
            Two::Divide => Vex::DIVIDE,
            Two::And => Vex::AND,
            Two::Or => Vex::OR,
            Two::Xor => Vex::XOR,
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
        }
    }
}

/// Elements that leave the loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub arg: usize,
    pub size: usize,
    pub value: V,
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

    pub(crate) fn store(&mut self, arg: usize, size: usize, value: V) {
        self.stores.push(Store { arg, size, value });
    }

    pub(crate) fn constant(&mut self, bits: u32) -> V {
        self.step(Step::Constant(bits))
    }

    pub(crate) fn number(&mut self, x: f32) -> V {
        self.constant(x.to_bits())
    }

    pub(crate) fn one(&mut self, f: One, a: V) -> V {
        self.step(Step::One(f, a))
    }

    pub(crate) fn two(&mut self, f: Two, a: V, b: V) -> V {
        self.step(Step::Two(f, a, b))
    }

    pub(crate) fn compare(&mut self, predicate: u8, a: V, b: V) -> V {
        self.step(Step::Compare(predicate, a, b))
    }

    pub(crate) fn shift(&mut self, shift: Shift, by: u8, a: V) -> V {
        self.step(Step::Shift(shift, by, a))
    }

    pub(crate) fn blend(&mut self, mask: V, yes: V, no: V) -> V {
        self.step(Step::Blend(mask, yes, no))
    }

    /// All bits turned round.
    pub(crate) fn not(&mut self, a: V) -> V {
        let ones = self.constant(u32::MAX);
        self.two(Two::Xor, a, ones)
    }
}

impl Step {
    /// The same with other inputs.
    pub(crate) fn with_inputs(&self, mut f: impl FnMut(V) -> V) -> Step {
        match *self {
            Step::Load { .. } | Step::Splat { .. } | Step::Constant(_) => self.clone(),
            Step::One(g, a) => Step::One(g, f(a)),
            Step::Two(g, a, b) => Step::Two(g, f(a), f(b)),
            Step::Compare(p, a, b) => Step::Compare(p, f(a), f(b)),
            Step::Shift(g, by, a) => Step::Shift(g, by, f(a)),
            Step::Blend(a, b, c) => Step::Blend(f(a), f(b), f(c)),
            Step::Call(g, a, b) => Step::Call(g, f(a), b.map(f)),
        }
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = V> + use<> {
        let (a, b, c) = match *self {
            Step::Load { .. } | Step::Splat { .. } | Step::Constant(_) => (None, None, None),
            Step::One(_, a) | Step::Shift(_, _, a) => (Some(a), None, None),
            Step::Two(_, a, b) | Step::Compare(_, a, b) => (Some(a), Some(b), None),
            Step::Blend(a, b, c) => (Some(a), Some(b), Some(c)),
            Step::Call(_, a, b) => (Some(a), b, None),
        };
        [a, b, c].into_iter().flatten()
    }
}
