//! A loop's body on one vector: eight words of 32 bits, in single assignment. What is computed in `f64` on the way is
//! two vectors of four.
use super::asm::{Shift, Vex};
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
        /// Vectors ahead of the index.
        ahead: usize,
    },
    /// One element of an argument that stands for all.
    Splat {
        arg: usize,
        size: usize,
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
    MultiplyLowHalves,
    /// The lower half of `a`, and above it that of `b`.
    Join,
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
    /// The instruction, but for [`One::UpperHalf`], which is of another shape.
    pub(super) fn code(self) -> Option<Vex> {
        Some(match self {
            One::Sqrt => Vex::SQRT,
            One::SqrtF64 => Vex::SQRT_F64,
            One::Widen => Vex::WIDEN,
            One::Narrow => Vex::NARROW,
            One::AbsI32 => Vex::ABS_I32,
            One::I32ToF32 => Vex::I32_TO_F32,
            One::F32ToI32 => Vex::F32_TO_I32,
            One::UpperHalf => return None,
        })
    }
}

impl Two {
    /// The instruction, but for [`Two::Join`], which is of another shape.
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
            Two::Join => return None,
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
    pub size: usize,
    pub value: V,
    /// Vectors ahead of the index.
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

    pub(crate) fn store(&mut self, arg: usize, size: usize, value: V) {
        let ahead = 0;
        self.stores.push(Store {
            arg,
            size,
            value,
            ahead,
        });
    }

    /// The same for several vectors at once, in turns.
    pub(super) fn times(&self, vectors: usize) -> Body {
        let mut many = Body::default();
        let mut made = vec![vec![]; vectors];
        for step in &self.steps {
            for (ahead, made) in made.iter_mut().enumerate() {
                let v = many.step(step.moved(ahead, |v| made[v.0]));
                made.push(v);
            }
        }
        for store in &self.stores {
            for (ahead, made) in made.iter().enumerate() {
                let value = made[store.value.0];
                many.stores.push(Store {
                    value,
                    ahead,
                    ..*store
                });
            }
        }
        many
    }

    pub(crate) fn constant(&mut self, bits: u32) -> V {
        self.step(Step::Constant(u64::from(bits) << 32 | u64::from(bits)))
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
        self.step(Step::Compare(Width::Bits32, predicate, a, b))
    }

    pub(crate) fn shift(&mut self, shift: Shift, by: u8, a: V) -> V {
        self.step(Step::Shift(Width::Bits32, shift, by, a))
    }

    pub(crate) fn blend(&mut self, mask: V, yes: V, no: V) -> V {
        self.step(Step::Blend(mask, yes, no))
    }

    /// The number of bits that a word is shifted by, where it is one constant that a word has.
    pub(crate) fn small(&self, by: V) -> Option<u8> {
        match self.steps[by.0] {
            Step::Constant(bits) if (bits as u32) < 32 => Some(bits as u8),
            _ => None,
        }
    }

    /// Whether the highest bit of a word is known to be zero.
    pub(crate) fn is_below_sign(&self, a: V) -> bool {
        matches!(self.steps[a.0], Step::Shift(Width::Bits32, Shift::RightLogical, by, _) if by > 0)
    }

    /// All bits turned round.
    pub(crate) fn not(&mut self, a: V) -> V {
        let ones = self.constant(u32::MAX);
        self.two(Two::Xor, a, ones)
    }
}

impl Step {
    /// The same for a vector ahead, with the inputs of that.
    fn moved(&self, ahead: usize, f: impl Fn(V) -> V) -> Step {
        match *self {
            Step::Load { arg, size, .. } => Step::Load { arg, size, ahead },
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
