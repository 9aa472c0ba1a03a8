//! From steps on vectors to machine code: registers are given out in one walk, and what does not fit goes to the stack.
//!
//! The function is `fn(table, elements)`: the number of elements of a run is a multiple of eight and not 0; the table
//! says how many runs there are, where each argument begins, and how far it is from run to run. Nothing is stored before everything of the same vector is loaded, so an argument that is
//! written may be one that is read.
use super::{
    FOLDED, Role, Table,
    asm::{
        Asm, Gpr, Mem, Operand, R12, R13, R14, R15, RAX, RBP, RBX, RDI, RSI, RSP, VECTOR, Vex, Ymm,
    },
    uses::Uses,
    vector::{Body, Step, V, Width},
};
use std::collections::HashMap;

const TABLE: Gpr = RBX;
const INDEX: Gpr = R12;
const LIMIT: Gpr = R15;
/// What the index of a loop goes up to.
const END: Gpr = Gpr(11);
/// The index in the lanes of a fold.
const LANE: Gpr = Gpr(10);
/// Registers that keep the addresses of arguments.
const ADDRESSES: [Gpr; 8] = [R13, R14, RSI, RDI, Gpr(1), Gpr(2), Gpr(8), Gpr(9)];
const SAVED: [Gpr; 6] = [RBP, RBX, R12, R13, R14, R15];
const REGISTERS: usize = 16;
/// Registers that no value is kept in where small elements are packed.
const SPARE: [Ymm; 2] = [Ymm(14), Ymm(15)];

/// Vectors that a loop works on at once.
const AT_ONCE: usize = 4;
/// Steps of a body for several vectors that leaves registers for the lanes of a fold.
const SHORT: usize = 60;
/// Steps of a body that is too long to be written so often.
const LONG: usize = 1000;

/// The machine code of a body, and what it does with each argument.
pub(super) fn emit(body: &Body, roles: &[Role]) -> Vec<u8> {
    let mut free = ADDRESSES.iter();
    let mut frame = Frame {
        asm: Asm::default(),
        roles,
        address: roles
            .iter()
            .map(|&role| match role {
                role if role.reads_one() => None,
                _ => free.next().copied(),
            })
            .collect(),
        index: roles
            .iter()
            .map(|&role| match role {
                Role::FoldLanes => LANE,
                _ => INDEX,
            })
            .collect(),
        splats: HashMap::new(),
        slots: 0,
    };
    frame.enter(body);
    // Several vectors at a time hide each other's latency, even where not all of their values fit the registers.
    let vectors = if body.steps.len() > LONG { 2 } else { AT_ONCE };
    let run = frame.begin_run(body);
    frame.repeat(&body.times(vectors), vectors);
    frame.repeat(body, 1);
    frame.end_run(run);
    frame.leave()
}

/// A function as it is written: what its loops share.
struct Frame<'a> {
    asm: Asm,
    roles: &'a [Role],
    /// The register that holds an argument's address.
    address: Vec<Option<Gpr>>,
    /// The register that holds the index into an argument.
    index: Vec<Gpr>,
    /// Where the vectors of one element are, by argument.
    splats: HashMap<usize, usize>,
    /// Places on the stack.
    slots: usize,
}

impl Frame<'_> {
    /// Saves the caller's registers, and makes room on the stack, which [`Frame::leave`] learns the size of.
    fn enter(&mut self, body: &Body) {
        SAVED.iter().for_each(|&r| self.asm.push(r));
        self.asm.move_gpr(RBP, RSP);
        self.asm.and_gpr(RSP, -(VECTOR as i32));
        self.asm.add_gpr(RSP, 0);
        self.asm.mark_frame();
        self.asm.move_gpr(TABLE, RDI);
        self.asm.move_gpr(LIMIT, RSI);
        self.splats(body, Role::ReadOne);
    }

    /// Where a run begins: at its first elements.
    fn begin_run(&mut self, body: &Body) -> usize {
        let start = self.asm.here();
        self.splats(body, Role::ReadOneOfRun);
        self.asm.clear_gpr(INDEX);
        for arg in 0..self.address.len() {
            if let Some(register) = self.address[arg] {
                self.asm.load_gpr(register, table(arg));
            }
        }
        start
    }

    /// Goes on to the next run, if there is one.
    fn end_run(&mut self, start: usize) {
        let runs = Mem::At(TABLE, std::mem::offset_of!(Table, runs) as i32);
        self.asm.load_gpr(RAX, runs);
        self.asm.add_gpr(RAX, -1);
        self.asm.store_gpr(runs, RAX);
        self.asm.clear_gpr(LANE);
        let last = self.asm.skip_unless_below(LANE, RAX);
        for (arg, role) in self.roles.iter().enumerate() {
            if *role != Role::ReadOne {
                self.asm.load_gpr(RAX, table(arg));
                self.asm.add_from(RAX, step(arg));
                self.asm.store_gpr(table(arg), RAX);
            }
        }
        self.asm.jump(start);
        self.asm.land(last);
    }

    /// Puts elements that stand for many on the stack, as vectors.
    fn splats(&mut self, body: &Body, role: Role) {
        for step in &body.steps {
            let &Step::Splat { arg, size } = step else {
                continue;
            };
            if self.roles[arg] != role {
                continue;
            }
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
        // The registers that values are kept in, and those behind them that hold the lanes of the only fold.
        let mut registers = match body.stores.iter().all(|s| s.size == 4) {
            true => REGISTERS,
            false => REGISTERS - SPARE.len(),
        };
        let mut folds = (0..self.index.len()).filter(|&arg| self.index[arg] == LANE);
        let held = match (folds.next(), folds.next()) {
            (Some(arg), None) if body.steps.len() <= SHORT && vectors * VECTOR / 4 == FOLDED => {
                Some(arg)
            }
            _ => None,
        };
        let mut accumulators = vec![];
        if let Some(arg) = held {
            registers -= vectors;
            self.asm.clear_gpr(LANE);
            for ahead in 0..vectors {
                let (lanes, register) =
                    (self.argument(arg, 4, ahead), Ymm((registers + ahead) as u8));
                self.asm.load(4, register, lanes);
                accumulators.push((lanes, register));
            }
        }
        let start = self.asm.here();
        if held.is_none() && self.index.contains(&LANE) {
            self.asm.move_gpr(LANE, INDEX);
            self.asm.and_gpr(LANE, FOLDED as i32 - 1);
        }
        let mut emitter = Emitter {
            body,
            uses: Uses::new(body),
            frame: self,
            register: vec![None; body.steps.len()],
            slot: vec![None; body.steps.len()],
            owner: [None; REGISTERS],
            registers,
            held: held.map(|arg| (arg, registers)),
            at: 0,
        };
        emitter.all();
        self.asm.add_gpr(INDEX, elements);
        self.asm.loop_while_below(INDEX, END, start);
        for (lanes, register) in accumulators {
            self.asm.store(4, lanes, register, SPARE);
        }
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
        Mem::Indexed(
            base,
            self.index[arg],
            size as u8,
            (ahead * size * VECTOR / 4) as i8,
        )
    }
}

/// A loop as it is written.
struct Emitter<'a, 'b> {
    body: &'a Body,
    uses: Uses,
    frame: &'a mut Frame<'b>,
    /// Where each value is: a register, a place on the stack, both or neither.
    register: Vec<Option<Ymm>>,
    slot: Vec<Option<usize>>,
    owner: [Option<V>; REGISTERS],
    /// How many registers values are kept in.
    registers: usize,
    /// The argument whose elements stay in registers, and the first of these.
    held: Option<(usize, usize)>,
    /// The time now.
    at: usize,
}

impl Emitter<'_, '_> {
    fn all(&mut self) {
        for (i, step) in self.body.steps.iter().enumerate() {
            if let &Step::Load { arg, ahead, .. } = step {
                self.register[i] = self.held_at(arg, ahead);
            }
        }
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
            if let Some(held) = self.held_at(store.arg, store.ahead) {
                if held != value {
                    self.frame.asm.copy(held, value);
                }
                continue;
            }
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

    /// The register that holds an argument's elements for good.
    fn held_at(&self, arg: usize, ahead: usize) -> Option<Ymm> {
        let (held, first) = self.held?;
        (held == arg).then_some(Ymm((first + ahead) as u8))
    }

    /// The register that a value is held in from its step on, if it is what a fold comes to.
    fn destination(&self, v: V) -> Option<Ymm> {
        self.held?;
        let store = self.body.stores.iter().find(|s| s.value == v)?;
        let held = self.held_at(store.arg, store.ahead)?;
        let old = Step::Load {
            arg: store.arg,
            size: store.size,
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
        let to = self
            .destination(v)
            .unwrap_or_else(|| self.free_register(&pinned));
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
    let first = std::mem::offset_of!(Table, addresses);
    Mem::At(TABLE, (first + arg * size_of::<usize>()) as i32)
}

/// Where the table holds how far an argument is from run to run.
fn step(arg: usize) -> Mem {
    let first = std::mem::offset_of!(Table, steps);
    Mem::At(TABLE, (first + arg * size_of::<usize>()) as i32)
}

fn stack(slot: usize) -> Mem {
    Mem::At(RSP, (slot * VECTOR) as i32)
}
