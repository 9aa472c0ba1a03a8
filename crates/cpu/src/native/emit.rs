//! From steps on vectors to machine code: registers are given out in one walk, and what does not fit goes to the stack.
//!
//! The function is `fn(table, elements)`: the table holds the address of each argument, and the number of elements is a
//! multiple of eight and not 0. Nothing is stored before everything of the same vector is loaded, so an argument that is
//! written may be one that is read.
use super::{
    asm::{
        Asm, Gpr, Mem, Operand, R12, R13, R14, R15, RAX, RBP, RBX, RDI, RSI, RSP, VECTOR, Vex, Ymm,
    },
    vector::{Body, Step, V, Width},
};
use std::collections::HashMap;

const TABLE: Gpr = RBX;
const INDEX: Gpr = R12;
const LIMIT: Gpr = R15;
/// What the index of a loop goes up to.
const END: Gpr = Gpr(11);
/// Registers that keep the addresses of arguments.
const ADDRESSES: [Gpr; 9] = [R13, R14, RSI, RDI, Gpr(1), Gpr(2), Gpr(8), Gpr(9), Gpr(10)];
const SAVED: [Gpr; 6] = [RBP, RBX, R12, R13, R14, R15];
const REGISTERS: usize = 16;
/// Registers that no value is kept in where small elements are packed.
const SPARE: [Ymm; 2] = [Ymm(14), Ymm(15)];

/// Vectors that a loop works on at once.
const AT_ONCE: usize = 4;
/// Steps of a body that is too long to be written so often.
const LONG: usize = 1000;

/// The machine code of a body; `dense` says which arguments have an element for each index.
pub(super) fn emit(body: &Body, dense: &[bool]) -> Vec<u8> {
    let mut free = ADDRESSES.iter();
    let mut frame = Frame {
        asm: Asm::default(),
        address: dense
            .iter()
            .map(|&dense| dense.then(|| free.next().copied()).flatten())
            .collect(),
        splats: HashMap::new(),
        slots: 0,
    };
    frame.enter(body);
    // Several vectors at a time hide each other's latency, even where not all of their values fit the registers.
    let vectors = if body.steps.len() > LONG { 2 } else { AT_ONCE };
    frame.repeat(&body.times(vectors), vectors);
    frame.repeat(body, 1);
    frame.leave()
}

/// When each value is used: step `i` happens at `2 i`, and stores behind a step at one more.
struct Uses {
    times: Vec<Vec<usize>>,
    /// No store comes before this step is done: it reads memory.
    barrier: usize,
}

impl Uses {
    fn new(body: &Body) -> Uses {
        let mut times = vec![vec![]; body.steps.len()];
        let mut barrier = 0;
        for (i, step) in body.steps.iter().enumerate() {
            for v in step.inputs() {
                if times[v.0].is_empty() && matches!(body.steps[v.0], Step::Load { .. }) {
                    barrier = i;
                }
                times[v.0].push(2 * i);
            }
        }
        for store in &body.stores {
            let v = store.value.0;
            if times[v].is_empty() && matches!(body.steps[v], Step::Load { .. }) {
                barrier = barrier.max(v);
            }
        }
        for store in &body.stores {
            times[store.value.0].push(2 * store.value.0.max(barrier) + 1);
        }
        times.iter_mut().for_each(|t| t.sort_unstable());
        Uses { times, barrier }
    }

    /// The first use after a time.
    fn after(&self, v: V, time: usize) -> Option<usize> {
        let times = &self.times[v.0];
        times.get(times.partition_point(|&t| t <= time)).copied()
    }
}

/// A function as it is written: what its loops share.
struct Frame {
    asm: Asm,
    /// The register that holds an argument's address.
    address: Vec<Option<Gpr>>,
    /// Where the vectors of one element are, by argument.
    splats: HashMap<usize, usize>,
    /// Places on the stack.
    slots: usize,
}

impl Frame {
    /// Saves the caller's registers, and makes room on the stack, which [`Frame::leave`] learns the size of.
    fn enter(&mut self, body: &Body) {
        SAVED.iter().for_each(|&r| self.asm.push(r));
        self.asm.move_gpr(RBP, RSP);
        self.asm.and_gpr(RSP, -(VECTOR as i32));
        self.asm.add_gpr(RSP, 0);
        self.asm.mark_frame();
        self.asm.move_gpr(TABLE, RDI);
        self.asm.move_gpr(LIMIT, RSI);
        self.asm.clear_gpr(INDEX);
        self.splats(body);
        for arg in 0..self.address.len() {
            if let Some(register) = self.address[arg] {
                self.asm.load_gpr(register, table(arg));
            }
        }
    }

    /// Puts the elements that stand for all on the stack, as vectors.
    fn splats(&mut self, body: &Body) {
        for step in &body.steps {
            let &Step::Splat { arg, size } = step else {
                continue;
            };
            let slot = stack(self.slots);
            self.splats.insert(arg, self.slots);
            self.slots += 1;
            self.asm.load_gpr(RAX, table(arg));
            if size == 4 {
                self.asm.broadcast(Ymm(0), Mem::At(RAX, 0));
            } else {
                self.asm.load_small(size, RAX, Mem::At(RAX, 0));
                self.asm.store_gpr(slot, RAX);
                self.asm.broadcast(Ymm(0), slot);
            }
            self.asm.store(4, slot, Ymm(0), SPARE);
        }
    }

    /// A loop over what is left, `vectors` at a time.
    fn repeat(&mut self, body: &Body, vectors: usize) {
        let elements = (vectors * VECTOR / 4) as i32;
        self.asm.move_gpr(END, LIMIT);
        self.asm.and_gpr(END, -elements);
        let none = self.asm.skip_unless_below(INDEX, END);
        let start = self.asm.here();
        Emitter {
            body,
            uses: Uses::new(body),
            frame: self,
            register: vec![None; body.steps.len()],
            slot: vec![None; body.steps.len()],
            owner: [None; REGISTERS],
            registers: match body.stores.iter().all(|s| s.size == 4) {
                true => REGISTERS,
                false => REGISTERS - SPARE.len(),
            },
            at: 0,
        }
        .all();
        self.asm.add_gpr(INDEX, elements);
        self.asm.loop_while_below(INDEX, END, start);
        self.asm.land(none);
    }

    fn leave(mut self) -> Vec<u8> {
        self.asm.zero_upper();
        self.asm.move_gpr(RSP, RBP);
        SAVED.iter().rev().for_each(|&r| self.asm.pop(r));
        self.asm.ret();
        self.asm.set_frame(-((self.slots * VECTOR) as i32));
        self.asm.finish()
    }

    /// An argument's elements at the index, or so many vectors ahead of it.
    fn argument(&mut self, arg: usize, size: usize, ahead: usize) -> Mem {
        let base = self.address[arg].unwrap_or_else(|| {
            self.asm.load_gpr(RAX, table(arg));
            RAX
        });
        Mem::Indexed(base, INDEX, size as u8, (ahead * size * VECTOR / 4) as i8)
    }
}

/// A loop as it is written.
struct Emitter<'a> {
    body: &'a Body,
    uses: Uses,
    frame: &'a mut Frame,
    /// Where each value is: a register, a place on the stack, both or neither.
    register: Vec<Option<Ymm>>,
    slot: Vec<Option<usize>>,
    owner: [Option<V>; REGISTERS],
    /// How many registers values are kept in.
    registers: usize,
    /// The time now.
    at: usize,
}

impl Emitter<'_> {
    fn all(mut self) {
        for i in 0..self.body.steps.len() {
            self.at = 2 * i;
            self.step(V(i));
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
            Step::One(f, a) => match f.code() {
                Some(code) => {
                    let a = self.operand(a, &[]);
                    let to = self.give(v, &[a]);
                    self.frame.asm.one(code, to, a);
                }
                None => {
                    let a = self.in_register(a, &[]);
                    let to = self.give(v, &[Operand::Register(a)]);
                    self.frame.asm.upper_half(to, a);
                }
            },
            Step::Two(f, a, b) => {
                // What is in memory is the second operand, which need not be in a register.
                let turned = f.commutes() && self.register[a.0].is_none();
                let (a, b) = if turned { (b, a) } else { (a, b) };
                let a = self.in_register(a, &[]);
                let b = self.operand(b, &[a]);
                let to = self.give(v, &[b, Operand::Register(a)]);
                match f.code() {
                    Some(code) => self.frame.asm.two(code, to, a, b),
                    None => self.frame.asm.join(to, a, b),
                }
            }
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
            let to = self.frame.argument(store.arg, store.size, store.ahead);
            self.frame.asm.store(store.size, to, value, SPARE);
        }
        for r in 0..REGISTERS {
            if let Some(v) = self.owner[r]
                && self.uses.after(v, self.at).is_none()
            {
                self.release(Ymm(r as u8));
            }
        }
    }

    fn new_slot(&mut self, v: V) -> Mem {
        let slot = *self.slot[v.0].get_or_insert_with(|| {
            self.frame.slots += 1;
            self.frame.slots - 1
        });
        stack(slot)
    }

    /// A value as the last operand of an instruction: in memory, if it is there and this is its last use.
    fn operand(&mut self, v: V, pinned: &[Ymm]) -> Operand {
        if let Some(register) = self.register[v.0] {
            return Operand::Register(register);
        }
        let last = self.uses.after(v, self.at).is_none();
        match (&self.body.steps[v.0], self.slot[v.0]) {
            (&Step::Constant(bits), _) => {
                Operand::Memory(Mem::Constant(self.frame.asm.constant(bits)))
            }
            (&Step::Splat { arg, .. }, _) => Operand::Memory(stack(self.frame.splats[&arg])),
            (_, Some(slot)) if last => Operand::Memory(stack(slot)),
            (
                &Step::Load {
                    arg,
                    size: 4,
                    ahead,
                },
                None,
            ) if last => Operand::Memory(self.frame.argument(arg, 4, ahead)),
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
                self.frame.asm.load(4, to, Mem::Constant(constant));
            }
            (&Step::Splat { arg, .. }, _) => {
                let slot = self.frame.splats[&arg];
                self.frame.asm.load(4, to, stack(slot));
            }
            (_, Some(slot)) => self.frame.asm.load(4, to, stack(slot)),
            (&Step::Load { arg, size, ahead }, None) => {
                let from = self.frame.argument(arg, size, ahead);
                self.frame.asm.load(size, to, from);
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
        for operand in operands {
            if let Operand::Register(r) = *operand
                && let Some(a) = self.owner[r.0 as usize]
                && self.uses.after(a, self.at).is_none()
            {
                self.release(r);
            }
        }
        let pinned: Vec<Ymm> = operands
            .iter()
            .filter_map(|o| match o {
                Operand::Register(r) if self.owner[r.0 as usize].is_some() => Some(*r),
                _ => None,
            })
            .collect();
        let to = self.free_register(&pinned);
        self.take(to, v);
        to
    }

    /// A register without owner: if there is none, of the value whose next use is farthest.
    fn free_register(&mut self, pinned: &[Ymm]) -> Ymm {
        let registers = self.registers as u8;
        let all = || (0..registers).map(Ymm);
        if let Some(r) = all().find(|r| self.owner[r.0 as usize].is_none() && !pinned.contains(r)) {
            return r;
        }
        let next = |r: &Ymm| {
            self.owner[r.0 as usize].and_then(|v| self.uses.after(v, self.at.saturating_sub(1)))
        };
        let farthest = all()
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
        let constant = matches!(self.body.steps[v.0], Step::Constant(_) | Step::Splat { .. });
        if let (Some(r), None, true, false) = (self.register[v.0], self.slot[v.0], again, constant)
        {
            let slot = self.new_slot(v);
            self.frame.asm.store(4, slot, r, SPARE);
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

/// Where the table holds an argument's address.
fn table(arg: usize) -> Mem {
    Mem::At(TABLE, (arg * size_of::<usize>()) as i32)
}

fn stack(slot: usize) -> Mem {
    Mem::At(RSP, (slot * VECTOR) as i32)
}
