//! Eight elements of a loop, as wide as their type: what the pointwise forms are written in.
//!
//! The width of a step follows from its operands. A truth is as wide as what it says something about, until it meets
//! elements of another width.
use super::{
    asm::Shift,
    vector::{Body, One, Step, Store, Stored, Two, V, Width},
};
use Elements::{Narrow, Wide};

/// Eight elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    /// A vector of words of 32 bits.
    Narrow(V),
    /// Two vectors of words of 64 bits: the lower four elements, and the upper.
    Wide([V; 2]),
}

impl Elements {
    pub(crate) fn width(self) -> Width {
        match self {
            Narrow(_) => Width::Bits32,
            Wide(_) => Width::Bits64,
        }
    }

    fn map(self, mut f: impl FnMut(V) -> V) -> Elements {
        match self {
            Narrow(v) => Narrow(f(v)),
            Wide(v) => Wide(v.map(f)),
        }
    }

    fn zip(self, other: Elements, mut f: impl FnMut(V, V) -> V) -> Elements {
        match (self, other) {
            (Narrow(a), Narrow(b)) => Narrow(f(a, b)),
            (Wide([a, c]), Wide([b, d])) => Wide([f(a, b), f(c, d)]),
            _ => unreachable!("elements of one type are of one width"),
        }
    }
}

impl Body {
    /// Whether it has elements of 64 bits.
    pub(super) fn is_wide(&self) -> bool {
        let of_steps = self.steps.iter().filter_map(|step| match step {
            Step::Load { stored, .. } => Some(*stored),
            _ => None,
        });
        let of_stores = self.stores.iter().map(|store| store.stored);
        of_steps.chain(of_stores).any(|s| s == Stored::Bits64)
    }

    /// Elements of an argument.
    pub(crate) fn load(&mut self, arg: usize, stored: Stored) -> Elements {
        self.load_ahead(arg, stored, 0)
    }

    /// Elements of an argument so many ahead of the index.
    pub(crate) fn load_ahead(&mut self, arg: usize, stored: Stored, ahead: usize) -> Elements {
        let mut load = |ahead| self.step(Step::Load { arg, stored, ahead });
        match stored {
            Stored::Bits64 => Wide([load(ahead), load(ahead + 4)]),
            _ => Narrow(load(ahead)),
        }
    }

    /// One element of an argument that stands for all.
    pub(crate) fn splat(&mut self, arg: usize, stored: Stored) -> Elements {
        let v = self.step(Step::Splat { arg, stored });
        match stored {
            Stored::Bits64 => Wide([v; 2]),
            _ => Narrow(v),
        }
    }

    pub(crate) fn store(&mut self, arg: usize, stored: Stored, value: Elements) {
        let mut store = |ahead, value| {
            self.stores.push(Store {
                arg,
                stored,
                value,
                ahead,
            });
        };
        match value {
            Narrow(v) => store(0, v),
            Wide([low, high]) => {
                store(0, low);
                store(4, high);
            }
        }
    }

    /// Stores the first element to an argument that takes one for each run.
    pub(crate) fn store_first(&mut self, arg: usize, stored: Stored, value: Elements) {
        let (Narrow(value) | Wide([value, _])) = value;
        self.stores.push(Store {
            arg,
            stored,
            value,
            ahead: 0,
        });
    }

    /// Of the first `left` elements, the lower half and the upper one, as the first elements of each.
    pub(crate) fn halves(&mut self, x: Elements, left: usize) -> [Elements; 2] {
        let (f, x) = match (x, left) {
            (Wide([low, high]), 8) => return [low, high].map(|v| Wide([v; 2])),
            (Narrow(_), 8) | (Wide(_), 4) => (One::UpperHalf, x),
            (Narrow(_), 4) | (Wide(_), 2) => (One::UpperPair, x),
            _ => (One::SecondWord, x),
        };
        [x, self.one(f, x)]
    }

    /// The same word in all elements: of 32 bits, the low ones.
    pub(crate) fn constant(&mut self, width: Width, bits: u64) -> Elements {
        match width {
            Width::Bits32 => {
                let word = bits & u64::from(u32::MAX);
                Narrow(self.step(Step::Constant(word << 32 | word)))
            }
            Width::Bits64 => Wide([self.step(Step::Constant(bits)); 2]),
        }
    }

    /// The same number in all elements.
    pub(crate) fn number(&mut self, width: Width, x: f64) -> Elements {
        let bits = match width {
            Width::Bits32 => u64::from((x as f32).to_bits()),
            Width::Bits64 => x.to_bits(),
        };
        self.constant(width, bits)
    }

    /// The highest bit of each element.
    pub(crate) fn sign(&mut self, width: Width) -> Elements {
        self.number(width, -0.0)
    }

    pub(crate) fn one(&mut self, f: One, a: Elements) -> Elements {
        a.map(|a| self.step(Step::One(f, a)))
    }

    /// A function of words of 32 bits, or the same of 64.
    pub(crate) fn two(&mut self, f: Two, a: Elements, b: Elements) -> Elements {
        let f = match a.width() {
            Width::Bits32 => f,
            Width::Bits64 => f.wide(),
        };
        a.zip(b, |a, b| self.step(Step::Two(f, a, b)))
    }

    pub(crate) fn compare(&mut self, predicate: u8, a: Elements, b: Elements) -> Elements {
        let width = a.width();
        a.zip(b, |a, b| self.step(Step::Compare(width, predicate, a, b)))
    }

    pub(crate) fn shift(&mut self, shift: Shift, by: u8, a: Elements) -> Elements {
        let width = a.width();
        a.map(|a| self.step(Step::Shift(width, shift, by, a)))
    }

    /// `yes` where the truth holds, else `no`.
    pub(crate) fn blend(&mut self, truth: Elements, yes: Elements, no: Elements) -> Elements {
        let blend = |body: &mut Body, mask, yes, no| body.step(Step::Blend(mask, yes, no));
        match (self.truth(yes.width(), truth), yes, no) {
            (Narrow(mask), Narrow(yes), Narrow(no)) => Narrow(blend(self, mask, yes, no)),
            (Wide(mask), Wide(yes), Wide(no)) => {
                Wide([0, 1].map(|i| blend(self, mask[i], yes[i], no[i])))
            }
            _ => unreachable!("elements of one type are of one width"),
        }
    }

    /// A truth of this width.
    pub(crate) fn truth(&mut self, width: Width, x: Elements) -> Elements {
        match width {
            Width::Bits32 => self.narrowed(x),
            Width::Bits64 => self.widened(One::WidenI32, x),
        }
    }

    /// The low 32 bits of each element.
    pub(crate) fn narrowed(&mut self, x: Elements) -> Elements {
        let Wide([low, high]) = x else { return x };
        let evens = self.step(Step::Two(Two::Evens, low, high));
        Narrow(self.step(Step::One(One::Order, evens)))
    }

    /// Each element, with 64 bits: what `f` makes of the lower four words.
    pub(crate) fn widened(&mut self, f: One, x: Elements) -> Elements {
        let Narrow(v) = x else { return x };
        let upper = self.step(Step::One(One::UpperHalf, v));
        Wide([v, upper].map(|v| self.step(Step::One(f, v))))
    }

    /// Each element, with 32 bits: the lower four words that `f` makes.
    pub(crate) fn joined(&mut self, f: One, x: Elements) -> Elements {
        let Wide(halves) = x else { return x };
        let [low, high] = halves.map(|v| self.step(Step::One(f, v)));
        Narrow(self.step(Step::Two(Two::Join, low, high)))
    }

    /// All bits turned round.
    pub(crate) fn not(&mut self, a: Elements) -> Elements {
        let ones = self.constant(a.width(), u64::MAX);
        self.two(Two::Xor, a, ones)
    }

    /// What an `f16` is rounded from, where it is only to be stored.
    pub(crate) fn unrounded(&self, x: Elements) -> Elements {
        x.map(|v| match self.steps[v.0] {
            Step::One(One::RoundF16, exact) => exact,
            _ => v,
        })
    }

    /// The number of bits that a word is shifted by, where it is one constant that a word has.
    pub(crate) fn small(&self, by: Elements) -> Option<u8> {
        let (v, bits) = match by {
            Narrow(v) => (v, 32),
            Wide([v, _]) => (v, 64),
        };
        let mask = u64::MAX >> (64 - bits);
        match self.steps[v.0] {
            Step::Constant(word) if word & mask < bits => Some(word as u8),
            _ => None,
        }
    }

    /// Whether the highest bit of a word of 32 is known to be zero.
    pub(crate) fn is_below_sign(&self, a: Elements) -> bool {
        matches!(a, Narrow(v) if matches!(self.steps[v.0],
            Step::Shift(Width::Bits32, Shift::RightLogical, by, _) if by > 0))
    }
}
