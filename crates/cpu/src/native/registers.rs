//! The body of a loop in machine code: registers are given out in one walk, and what does not fit goes to the stack.
use super::{
    asm::{Mem, Operand, VECTOR, Vex, Ymm},
    emit::{AT_ONCE, Frame, REGISTERS, SPARE, stack},
    uses::Uses,
    vector::{Body, One, Step, Stored, Two, V, Width},
};

/// How far ahead the next use of a constant may be for it to be brought into a register: the steps that the vectors of
/// a loop take in turns.
const SOON: usize = 2 * AT_ONCE;

/// The argument whose elements stay in registers, and the first of these.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) arg: usize,
    pub(super) stored: Stored,
    pub(super) first: usize,
}

impl Held {
    /// The register of the elements that are so far ahead.
    pub(super) fn register(&self, ahead: usize) -> Ymm {
        Ymm((self.first + ahead * self.stored.size() / VECTOR) as u8)
    }
}

/// A loop as it is written.
pub(super) struct Emitter<'a, 'b> {
    body: &'a Body,
    uses: Uses,
    frame: &'a mut Frame<'b>,
    /// Where each value is: a register, a place on the stack, both or neither.
    register: Vec<Option<Ymm>>,
    slot: Vec<Option<usize>>,
    owner: [Option<V>; REGISTERS],
    /// How many registers values are kept in.
    registers: usize,
    held: Option<Held>,
    /// Whether it is for what is left of a run.
    part: bool,
    /// The time now.
    at: usize,
}

impl<'a, 'b> Emitter<'a, 'b> {
    pub(super) fn new(
        body: &'a Body,
        frame: &'a mut Frame<'b>,
        registers: usize,
        held: Option<Held>,
        part: bool,
    ) -> Emitter<'a, 'b> {
        Emitter {
            body,
            uses: Uses::new(body),
            frame,
            register: vec![None; body.steps.len()],
            slot: vec![None; body.steps.len()],
            owner: [None; REGISTERS],
            registers,
            held,
            part,
            at: 0,
        }
    }

    /// Writes all steps of the body.
    pub(super) fn all(&mut self) {
        for (i, step) in self.body.steps.iter().enumerate() {
            if let &Step::Load { arg, ahead, .. } = step {
                self.register[i] = self.held_at(arg, ahead);
            }
        }
        for i in 0..self.body.steps.len() {
            self.at = 2 * i;
            if self.uses.any(V(i)) {
                self.step(V(i));
            }
            self.at = 2 * i + 1;
            if i >= self.uses.barrier {
                self.stores(i);
            }
        }
    }

    fn step(&mut self, v: V) {
        match self.body.steps[v.0].clone() {
            // Brought where they are used.
            Step::Load { .. } | Step::Splat { .. } | Step::Constant(_) => {}
            Step::One(f @ (One::UpperHalf | One::RoundF16), a) => {
                let a = self.in_register(a, &[]);
                let to = self.give(v, &[Operand::Register(a)]);
                match f {
                    One::RoundF16 => self.frame.asm.round_f16(to, a),
                    _ => self.frame.asm.upper_half(to, a),
                }
            }
            Step::One(f, a) => {
                let a = self.operand(a, &[]);
                let to = self.give(v, &[a]);
                match f.code() {
                    Some(code) => self.frame.asm.one(code, to, a),
                    None if f == One::UpperPair => self.frame.asm.upper_pair(to, a),
                    None if f == One::SecondWord => self.frame.asm.second_word(to, a),
                    None => self.frame.asm.order(to, a),
                }
            }
            Step::Two(f, a, b) => {
                // What is in memory is the second operand, which need not be in a register.
                let turned = f.commutes() && self.register[a.0].is_none();
                let (a, b) = if turned { (b, a) } else { (a, b) };
                let a = self.in_register(a, &[]);
                let b = self.operand(b, &[a]);
                let to = self.give(v, &[b, Operand::Register(a)]);
                match f.code() {
                    Some(code) => self.frame.asm.two(code, to, a, b),
                    None if f == Two::Evens => self.frame.asm.evens(to, a, b),
                    None => self.frame.asm.join(to, a, b),
                }
            }
            Step::MulAdd(width, a, b, c) => self.mul_add(v, width, [a, b, c]),
            Step::Compare(width, predicate, a, b) => {
                let a = self.in_register(a, &[]);
                let b = self.operand(b, &[a]);
                let to = self.give(v, &[b, Operand::Register(a)]);
                let code = match width {
                    Width::Bits32 => Vex::COMPARE,
                    Width::Bits64 => Vex::COMPARE_F64,
                };
                self.frame.asm.compare(code, predicate, to, a, b);
            }
            Step::Shift(width, shift, by, a) => {
                let a = self.in_register(a, &[]);
                let to = self.give(v, &[Operand::Register(a)]);
                let code = match width {
                    Width::Bits32 => Vex::SHIFT,
                    Width::Bits64 => Vex::SHIFT_I64,
                };
                self.frame.asm.shift(code, shift, to, a, by);
            }
            Step::Blend(mask, yes, no) => {
                let mask = self.in_register(mask, &[]);
                let no = self.in_register(no, &[mask]);
                let yes = self.operand(yes, &[mask, no]);
                let to = self.give(v, &[yes, Operand::Register(mask), Operand::Register(no)]);
                self.frame.asm.blend(to, mask, yes, no);
            }
        }
    }

    /// `a * b + c`: the result takes the place of an operand, best of one that is in a register for the last time, else
    /// of one that is brought there for this.
    fn mul_add(&mut self, v: V, width: Width, [a, b, c]: [V; 3]) {
        let last_use = |x: V| self.uses.after(x, self.at).is_none();
        let kept = |x: V| self.register[x.0];
        let own = |x: V| kept(x).is_some_and(|r| usize::from(r.0) < self.registers);
        let leaves = |&x: &V| own(x) && last_use(x);
        let comes = |&x: &V| kept(x).is_none() && (self.is_fixed(x) || last_use(x));
        let order = || [c, a, b].into_iter();
        let free = order().find(leaves).or_else(|| order().find(comes));
        let place = free.unwrap_or(c);
        let (form, middle, last) = match place {
            _ if place == c => (Vex::MUL_ADD_231, a, b),
            _ if place == a => (Vex::MUL_ADD_213, b, c),
            _ => (Vex::MUL_ADD_213, a, c),
        };
        // What is in memory is the last operand, which need not be in a register.
        let turned = kept(middle).is_none() && kept(last).is_some();
        let (form, middle, last) = match turned {
            false => (form, middle, last),
            true if form == Vex::MUL_ADD_231 => (form, last, middle),
            true => (Vex::MUL_ADD_132, last, middle),
        };
        let mut to = self.in_register(place, &[]);
        let middle = self.in_register(middle, &[to]);
        let last = self.operand(last, &[to, middle]);
        if free.is_none() {
            let mut pinned = vec![to, middle];
            pinned.extend(last.register());
            let from = std::mem::replace(&mut to, self.free_register(&pinned));
            self.frame.asm.copy(to, from);
        }
        let code = form[usize::from(width == Width::Bits64)];
        self.frame.asm.two(code, to, middle, last);
        self.let_go(&[last, Operand::Register(middle)]);
        self.release(to);
        self.take(to, v);
    }

    /// Stores what is ready to be stored after step `i`.
    fn stores(&mut self, i: usize) {
        let first = i == self.uses.barrier;
        let due = |v: V| v.0 == i || first && v.0 < i;
        if first {
            // What is only copied is read before anything is written.
            for store in self.body.stores.iter().filter(|s| due(s.value)) {
                if matches!(self.body.steps[store.value.0], Step::Load { .. }) {
                    self.in_register(store.value, &[]);
                }
            }
        }
        for store in self.body.stores.iter().filter(|s| due(s.value)) {
            let value = self.in_register(store.value, &[]);
            if let Some(held) = self.held_at(store.arg, store.ahead) {
                if held != value {
                    self.frame.asm.copy(held, value);
                }
                continue;
            }
            if self.frame.writes_one(store.arg) {
                self.frame.store_one(store, value);
                continue;
            }
            if self.part {
                self.frame.store_part(store, value);
                continue;
            }
            let to = self.frame.argument(store.arg, store.stored, store.ahead);
            self.frame.asm.store(store.stored, to, value, SPARE);
        }
        for r in 0..REGISTERS {
            if let Some(v) = self.owner[r]
                && self.uses.after(v, self.at).is_none()
            {
                self.release(Ymm(r as u8));
            }
        }
    }

    /// The register that holds an argument's elements for good.
    fn held_at(&self, arg: usize, ahead: usize) -> Option<Ymm> {
        let held = self.held.filter(|held| held.arg == arg)?;
        Some(held.register(ahead))
    }

    /// The register that a value is held in from its step on, if it is what a fold comes to.
    fn destination(&self, v: V) -> Option<Ymm> {
        self.held?;
        let store = self.body.stores.iter().find(|s| s.value == v)?;
        let held = self.held_at(store.arg, store.ahead)?;
        let old = Step::Load {
            arg: store.arg,
            stored: store.stored,
            ahead: store.ahead,
        };
        let old = self.body.steps.iter().position(|step| *step == old)?;
        self.uses.after(V(old), self.at).is_none().then_some(held)
    }

    fn new_slot(&mut self, v: V) -> Mem {
        let slot = *self.slot[v.0].get_or_insert_with(|| {
            self.frame.slots += 1;
            self.frame.slots - 1
        });
        stack(slot)
    }

    /// Whether it is in memory all along, the same for all elements.
    fn is_fixed(&self, v: V) -> bool {
        matches!(self.body.steps[v.0], Step::Constant(_) | Step::Splat { .. })
    }

    /// A value as the last operand of an instruction: in memory, if it is there and this is its last use, or the last
    /// for a while.
    fn operand(&mut self, v: V, pinned: &[Ymm]) -> Operand {
        if let Some(register) = self.register[v.0] {
            return Operand::Register(register);
        }
        let next = self.uses.after(v, self.at);
        if next.is_some_and(|next| next <= self.at + SOON) && self.idle(pinned).is_some() {
            return Operand::Register(self.in_register(v, pinned));
        }
        let last = next.is_none();
        match (&self.body.steps[v.0], self.slot[v.0]) {
            (&Step::Constant(bits), _) => {
                Operand::Memory(Mem::Constant(self.frame.asm.constant(bits)))
            }
            (&Step::Splat { arg, .. }, _) => Operand::Memory(stack(self.frame.splats[&arg])),
            (_, Some(slot)) if last => Operand::Memory(stack(slot)),
            (&Step::Load { arg, stored, ahead }, None)
                if last && stored.is_plain() && !self.part =>
            {
                Operand::Memory(self.frame.argument(arg, stored, ahead))
            }
            _ => Operand::Register(self.in_register(v, pinned)),
        }
    }

    fn in_register(&mut self, v: V, pinned: &[Ymm]) -> Ymm {
        if let Some(register) = self.register[v.0] {
            return register;
        }
        let to = self.free_register(pinned);
        match (&self.body.steps[v.0], self.slot[v.0]) {
            (&Step::Constant(bits), _) => {
                let constant = self.frame.asm.constant(bits);
                self.frame
                    .asm
                    .load(Stored::Bits32, to, Mem::Constant(constant));
            }
            (&Step::Splat { arg, .. }, _) => {
                let slot = self.frame.splats[&arg];
                self.frame.asm.load(Stored::Bits32, to, stack(slot));
            }
            (_, Some(slot)) => self.frame.asm.load(Stored::Bits32, to, stack(slot)),
            (&Step::Load { arg, stored, ahead }, None) if self.part => {
                self.frame.load_part(to, arg, stored, ahead);
            }
            (&Step::Load { arg, stored, ahead }, None) => {
                let from = self.frame.argument(arg, stored, ahead);
                self.frame.asm.load(stored, to, from);
            }
            _ => unreachable!(
                "a value is in a register or on the stack from its step to its last use"
            ),
        }
        self.take(to, v);
        to
    }

    /// A register for the result of the step at work; operands that are not used again make room.
    fn give(&mut self, v: V, operands: &[Operand]) -> Ymm {
        self.let_go(operands);
        let pinned: Vec<Ymm> = operands
            .iter()
            .filter_map(|o| o.register())
            .filter(|r| self.owner[r.0 as usize].is_some())
            .collect();
        let to = self
            .destination(v)
            .unwrap_or_else(|| self.free_register(&pinned));
        self.take(to, v);
        to
    }

    /// Releases the registers of operands that are not used again.
    fn let_go(&mut self, operands: &[Operand]) {
        for r in operands.iter().filter_map(|o| o.register()) {
            if let Some(a) = self.owner[r.0 as usize]
                && self.uses.after(a, self.at).is_none()
            {
                self.release(r);
            }
        }
    }

    /// A register without owner, or one of a value that is in memory all along: of these, the one whose next use is
    /// farthest.
    fn idle(&self, pinned: &[Ymm]) -> Option<Ymm> {
        let next = |r: &Ymm| match self.owner[r.0 as usize] {
            Some(v) => self.uses.after(v, self.at),
            None => None,
        };
        (0..self.registers as u8)
            .map(Ymm)
            .filter(|r| {
                !pinned.contains(r) && self.owner[r.0 as usize].is_none_or(|v| self.is_fixed(v))
            })
            .max_by_key(|r| next(r).unwrap_or(usize::MAX))
    }

    /// A register that is idle: if there is none, the one of the value whose next use is farthest.
    fn free_register(&mut self, pinned: &[Ymm]) -> Ymm {
        if let Some(r) = self.idle(pinned) {
            self.release(r);
            return r;
        }
        let next = |r: &Ymm| {
            self.owner[r.0 as usize].and_then(|v| self.uses.after(v, self.at.saturating_sub(1)))
        };
        let farthest = (0..self.registers as u8)
            .map(Ymm)
            .filter(|r| !pinned.contains(r))
            .max_by_key(|r| next(r).unwrap_or(usize::MAX));
        let r = farthest.unwrap_or(Ymm(0));
        if let Some(v) = self.owner[r.0 as usize] {
            self.save(v);
        }
        self.release(r);
        r
    }

    /// Puts a value that is used again on the stack, if it is in a register alone.
    fn save(&mut self, v: V) {
        let again = self.uses.after(v, self.at.saturating_sub(1)).is_some();
        let fixed = self.is_fixed(v);
        if let (Some(r), None, true, false) = (self.register[v.0], self.slot[v.0], again, fixed) {
            let slot = self.new_slot(v);
            self.frame.asm.store(Stored::Bits32, slot, r, SPARE);
        }
    }

    fn take(&mut self, r: Ymm, v: V) {
        self.owner[r.0 as usize] = Some(v);
        self.register[v.0] = Some(r);
    }

    fn release(&mut self, r: Ymm) {
        if let Some(v) = self.owner[r.0 as usize].take() {
            self.register[v.0] = None;
        }
    }
}
