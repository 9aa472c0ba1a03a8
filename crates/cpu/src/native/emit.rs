//! From steps on vectors to machine code: registers are given out in one walk, and what does not fit goes to the stack.
//!
//! The function is `fn(table, elements)`: the table holds the address of each argument, and the number of elements is a
//! multiple of eight and not 0. Nothing is stored before everything of the same vector is loaded, so an argument that is
//! written may be one that is read.
use super::{
    asm::{Asm, Gpr, Mem, Operand, R12, R13, R14, R15, RAX, RBP, RBX, RDI, RSI, RSP, VECTOR, Ymm},
    vector::{Body, Step, V},
};

const TABLE: Gpr = RBX;
const INDEX: Gpr = R12;
const LIMIT: Gpr = R15;
/// Registers that keep the addresses of arguments.
const ADDRESSES: [Gpr; 10] = [
    R13,
    R14,
    RSI,
    RDI,
    Gpr(1),
    Gpr(2),
    Gpr(8),
    Gpr(9),
    Gpr(10),
    Gpr(11),
];
const SAVED: [Gpr; 6] = [RBP, RBX, R12, R13, R14, R15];
/// Registers that no value is kept in: for the packing of small elements.
const SPARE: [Ymm; 2] = [Ymm(14), Ymm(15)];
const REGISTERS: usize = 14;

/// The machine code of a body; `dense` says which arguments have an element for each index.
pub(super) fn emit(body: &Body, dense: &[bool]) -> Option<Vec<u8>> {
    let uses = Uses::new(body);
    let mut free = ADDRESSES.iter();
    let address = dense
        .iter()
        .map(|&dense| dense.then(|| free.next().copied()).flatten())
        .collect();
    let mut emitter = Emitter {
        body,
        uses,
        asm: Asm::default(),
        address,
        register: vec![None; body.steps.len()],
        slot: vec![None; body.steps.len()],
        owner: [None; REGISTERS],
        slots: 0,
        at: 0,
    };
    emitter.all()?;
    Some(emitter.asm.finish())
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
        self.times[v.0].iter().copied().find(|&t| t > time)
    }
}

struct Emitter<'a> {
    body: &'a Body,
    uses: Uses,
    asm: Asm,
    /// The register that holds an argument's address.
    address: Vec<Option<Gpr>>,
    /// Where each value is: a register, a place on the stack, both or neither.
    register: Vec<Option<Ymm>>,
    slot: Vec<Option<usize>>,
    owner: [Option<V>; REGISTERS],
    slots: usize,
    /// The time now.
    at: usize,
}

impl Emitter<'_> {
    fn all(&mut self) -> Option<()> {
        SAVED.iter().for_each(|&r| self.asm.push(r));
        self.asm.move_gpr(RBP, RSP);
        self.asm.and_gpr(RSP, -(VECTOR as i32));
        self.asm.add_gpr(RSP, 0);
        let frame = self.asm.here();
        self.asm.move_gpr(TABLE, RDI);
        self.asm.move_gpr(LIMIT, RSI);
        self.asm.clear_gpr(INDEX);
        self.splats();
        for arg in 0..self.address.len() {
            if let Some(register) = self.address[arg] {
                self.asm.load_gpr(register, table(arg));
            }
        }
        let start = self.asm.here();
        for i in 0..self.body.steps.len() {
            self.at = 2 * i;
            self.step(V(i))?;
            self.at = 2 * i + 1;
            if i >= self.uses.barrier {
                self.stores(i);
            }
        }
        self.asm.add_gpr(INDEX, (VECTOR / 4) as i32);
        self.asm.loop_while_below(INDEX, LIMIT, start);
        self.asm.zero_upper();
        self.asm.move_gpr(RSP, RBP);
        SAVED.iter().rev().for_each(|&r| self.asm.pop(r));
        self.asm.ret();
        self.asm.patch_add(frame, -((self.slots * VECTOR) as i32));
        Some(())
    }

    /// Puts the elements that stand for all on the stack, as vectors.
    fn splats(&mut self) {
        for (i, step) in self.body.steps.iter().enumerate() {
            let &Step::Splat { arg, size } = step else {
                continue;
            };
            let slot = self.new_slot(V(i));
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

    fn step(&mut self, v: V) -> Option<()> {
        match self.body.steps[v.0].clone() {
            // Brought where they are used.
            Step::Load { .. } | Step::Splat { .. } | Step::Constant(_) => {}
            Step::One(f, a) => {
                let a = self.operand(a, &[]);
                let to = self.give(v, &[a]);
                self.asm.one(f.code(), to, a);
            }
            Step::Two(f, a, b) => {
                let a = self.in_register(a, &[]);
                let b = self.operand(b, &[a]);
                let to = self.give(v, &[b, Operand::Register(a)]);
                self.asm.two(f.code(), to, a, b);
            }
            Step::Compare(predicate, a, b) => {
                let a = self.in_register(a, &[]);
                let b = self.operand(b, &[a]);
                let to = self.give(v, &[b, Operand::Register(a)]);
                self.asm.compare(predicate, to, a, b);
            }
            Step::Shift(shift, by, a) => {
                let a = self.in_register(a, &[]);
                let to = self.give(v, &[Operand::Register(a)]);
                self.asm.shift(shift, to, a, by);
            }
            Step::Blend(mask, yes, no) => {
                let mask = self.in_register(mask, &[]);
                let no = self.in_register(no, &[mask]);
                let yes = self.operand(yes, &[mask, no]);
                let to = self.give(v, &[yes, Operand::Register(mask), Operand::Register(no)]);
                self.asm.blend(to, mask, yes, no);
            }
            Step::Call(..) => return None,
        }
        Some(())
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
            let to = self.argument(store.arg, store.size);
            self.asm.store(store.size, to, value, SPARE);
        }
        for r in 0..REGISTERS {
            if let Some(v) = self.owner[r]
                && self.uses.after(v, self.at).is_none()
            {
                self.release(Ymm(r as u8));
            }
        }
    }

    /// An argument's elements at the index.
    fn argument(&mut self, arg: usize, size: usize) -> Mem {
        let base = self.address[arg].unwrap_or_else(|| {
            self.asm.load_gpr(RAX, table(arg));
            RAX
        });
        Mem::Indexed(base, INDEX, size as u8)
    }

    fn new_slot(&mut self, v: V) -> Mem {
        let slot = *self.slot[v.0].get_or_insert_with(|| {
            self.slots += 1;
            self.slots - 1
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
            (&Step::Constant(bits), _) => Operand::Memory(Mem::Constant(self.asm.constant(bits))),
            (Step::Splat { .. }, Some(slot)) => Operand::Memory(stack(slot)),
            (_, Some(slot)) if last => Operand::Memory(stack(slot)),
            (&Step::Load { arg, size: 4 }, None) if last => Operand::Memory(self.argument(arg, 4)),
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
                let constant = self.asm.constant(bits);
                self.asm.load(4, to, Mem::Constant(constant));
            }
            (_, Some(slot)) => self.asm.load(4, to, stack(slot)),
            (&Step::Load { arg, size }, None) => {
                let from = self.argument(arg, size);
                self.asm.load(size, to, from);
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
        let all = || (0..REGISTERS as u8).map(Ymm);
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
        let constant = matches!(self.body.steps[v.0], Step::Constant(_));
        if let (Some(r), None, true, false) = (self.register[v.0], self.slot[v.0], again, constant)
        {
            let slot = self.new_slot(v);
            self.asm.store(4, slot, r, SPARE);
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
