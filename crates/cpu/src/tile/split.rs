//! A loop's steps as stretches of machine code with kernels between them: mathematics on a whole tile at a time.
//!
//! A step belongs to as many stretches as there are calls before it on its way. What a later stretch reads is kept in a
//! register of the tile, but for arguments and constants, which are read again. So nothing is stored to memory before
//! the last stretch that reads memory.
use super::{Instruction, Native, Place, Stage, Work, lower::number};
use crate::{
    isa::Isa,
    kernels,
    native::{self, Argument, Body, Function, Step, V},
};
use bouton_array::DType;
use std::collections::HashMap;

/// Bytes of a word.
const WORD: usize = 4;

pub(super) struct Split {
    body: Body,
    arguments: Vec<Argument<Place>>,
    isa: Isa,
    /// The stretch that makes each value.
    stretch: Vec<usize>,
    stretches: Vec<Stretch>,
    /// Registers that keep values from one stretch to another.
    kept: Vec<Option<Place>>,
    /// Bytes of registers for each element.
    used: usize,
}

#[derive(Default)]
struct Stretch {
    body: Body,
    arguments: Vec<Argument<Place>>,
    values: HashMap<V, V>,
    /// Kernels that run after it.
    calls: Vec<Instruction>,
}

impl Split {
    pub(super) fn new(body: Body, arguments: Vec<Argument<Place>>, used: usize, isa: Isa) -> Split {
        let mut stretch: Vec<usize> = vec![];
        for step in &body.steps {
            let inputs = step.inputs().map(|v| stretch[v.0]).max().unwrap_or(0);
            stretch.push(inputs + usize::from(matches!(step, Step::Call(..))));
        }
        let count = stretch.iter().max().map_or(1, |most| most + 1);
        Split {
            kept: vec![None; body.steps.len()],
            stretches: (0..count).map(|_| Stretch::default()).collect(),
            body,
            arguments,
            isa,
            stretch,
            used,
        }
    }

    /// Appends all stretches and calls; gives the bytes of registers for each element. Nothing where a kernel is
    /// missing, or a stretch has too many arguments.
    pub(super) fn all(mut self, stages: &mut Vec<Stage>) -> Option<usize> {
        let mut last_read = 0;
        for i in 0..self.body.steps.len() {
            let step = self.body.steps[i].clone();
            let at = self.stretch[i];
            match step {
                Step::Load { .. } | Step::Splat { .. } | Step::Constant(_) => continue,
                Step::Call(f, a, b) => self.call(V(i), f, a, b)?,
                _ => {
                    let step = step.with_inputs(|v| self.value(v, at));
                    let v = self.stretches[at].body.step(step);
                    self.stretches[at].values.insert(V(i), v);
                }
            }
            let inputs: Vec<V> = self.body.steps[i].inputs().collect();
            if inputs.iter().any(|v| self.reads_memory(*v)) {
                last_read = last_read.max(at);
            }
        }
        for store in std::mem::take(&mut self.body.stores) {
            let at = self.stretch[store.value.0].max(last_read);
            let value = self.value(store.value, at);
            let stretch = &mut self.stretches[at];
            let arg = number(&mut stretch.arguments, self.arguments[store.arg]);
            stretch.body.store(arg, store.size, value);
        }
        for stretch in self.stretches {
            if !stretch.body.stores.is_empty() {
                stages.push(Stage::Code(Native {
                    code: native::translate(&stretch.body, &stretch.arguments)?,
                    arguments: stretch.arguments,
                    linked: None,
                }));
            }
            stages.extend(stretch.calls.into_iter().map(Stage::Instruction));
        }
        Some(self.used)
    }

    fn reads_memory(&self, v: V) -> bool {
        match self.body.steps[v.0] {
            Step::Load { arg, .. } => matches!(self.arguments[arg].place, Place::Memory { .. }),
            _ => false,
        }
    }

    fn register(&mut self) -> Place {
        self.used = self.used.next_multiple_of(WORD) + WORD;
        Place::Register(self.used - WORD)
    }

    fn word(place: Place, written: bool) -> Argument<Place> {
        Argument {
            place,
            size: WORD,
            one: false,
            written,
        }
    }

    /// A value in a stretch, which makes it, reads it from an argument, or from where it is kept.
    fn value(&mut self, v: V, at: usize) -> V {
        if let Some(&known) = self.stretches[at].values.get(&v) {
            return known;
        }
        let step = match self.body.steps[v.0] {
            Step::Constant(bits) => Step::Constant(bits),
            Step::Load { arg, size } => {
                let arg = number(&mut self.stretches[at].arguments, self.arguments[arg]);
                Step::Load { arg, size }
            }
            Step::Splat { arg, size } => {
                let arg = number(&mut self.stretches[at].arguments, self.arguments[arg]);
                Step::Splat { arg, size }
            }
            _ => {
                let place = self.keep(v);
                let arg = number(&mut self.stretches[at].arguments, Split::word(place, false));
                Step::Load { arg, size: WORD }
            }
        };
        let value = self.stretches[at].body.step(step);
        self.stretches[at].values.insert(v, value);
        value
    }

    /// The register that keeps a value for later stretches and for calls.
    fn keep(&mut self, v: V) -> Place {
        if let Some(place) = self.kept[v.0] {
            return place;
        }
        let (place, at) = (self.register(), self.stretch[v.0]);
        let value = self.value(v, at);
        let stretch = &mut self.stretches[at];
        let arg = number(&mut stretch.arguments, Split::word(place, true));
        stretch.body.store(arg, WORD, value);
        self.kept[v.0] = Some(place);
        place
    }

    fn call(&mut self, v: V, f: Function, a: V, b: Option<V>) -> Option<()> {
        let kernel = match f {
            Function::Unary(f) => kernels::unary(f, DType::F32, self.isa)?,
            Function::Binary(f) => kernels::binary(f, DType::F32, self.isa, false)?,
        };
        let a = self.operand(a);
        let b = b.map_or(a, |b| self.operand(b));
        let to = self.register();
        self.kept[v.0] = Some(to);
        self.stretches[self.stretch[v.0] - 1]
            .calls
            .push(Instruction {
                work: Work::Kernel(kernel),
                to,
                from: [a, b, a],
                size: WORD,
            });
        Some(())
    }

    /// Where a kernel reads an operand: an argument where it lies, anything else where it is kept.
    fn operand(&mut self, v: V) -> Place {
        match self.body.steps[v.0] {
            Step::Load { arg, size: WORD } => self.arguments[arg].place,
            _ => self.keep(v),
        }
    }
}
