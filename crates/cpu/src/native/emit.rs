//! From steps on vectors to machine code: a function that goes through runs of elements, several times eight at once.
//!
//! The function is `fn(table, elements)`: the number of elements of a run is not 0, and a multiple of eight where some
//! element has less than 32 bits; the table says how many runs there are, where each argument begins, and how far it is
//! from run to run. Nothing is stored before everything of the same elements is loaded, so an argument that is written
//! may be one that is read.
use super::{
    Ends, FOLDED, LANES, Role, Table,
    asm::{Asm, Gpr, Mem, Operand, R12, R13, R14, R15, RAX, RBP, RBX, RDI, RSI, RSP, VECTOR, Ymm},
    registers::{Emitter, Held},
    vector::{Body, Step, Store, Stored, Width},
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
pub(super) const REGISTERS: usize = 16;
/// Registers that no value is kept in where small elements are packed, or a part of a vector is loaded or stored.
pub(super) const SPARE: [Ymm; 2] = [Ymm(14), Ymm(15)];

/// How often a loop has its body, for as many elements each.
pub(super) const AT_ONCE: usize = 4;
/// Steps of a body, written so often, that leaves registers for the lanes of a fold.
const SHORT: usize = 60;
/// Steps of a body that is too long to be written so often.
const LONG: usize = 1000;

/// The machine code of a body, and what it does with each argument.
pub(super) fn emit(body: &Body, ends: Option<&Ends>, roles: &[Role], parts: bool) -> Vec<u8> {
    let mut free = ADDRESSES.iter();
    let mut frame = Frame {
        asm: Asm::default(),
        roles,
        address: roles
            .iter()
            .map(|&role| match role {
                role if role.reads_one() || role == Role::WriteOneOfRun => None,
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
    let wide = body.is_wide();
    let long = body.steps.len() > LONG;
    let in_turns = if long || wide { 2 } else { AT_ONCE };
    let times = match roles.contains(&Role::FoldLanes) && !long {
        true => AT_ONCE,
        false => in_turns,
    };
    let run = frame.begin_run(body);
    if let Some(ends) = ends {
        frame.clear_lanes(ends);
    }
    frame.repeat(&body.times(times, in_turns), times);
    frame.repeat(body, 1);
    if parts {
        frame.part(body);
    }
    if let Some(ends) = ends {
        frame.asm.clear_gpr(LANE);
        Emitter::new(&ends.body, &mut frame, REGISTERS, None, false).all();
    }
    frame.end_run(run);
    frame.leave()
}

/// A function as it is written: what its loops share.
pub(super) struct Frame<'a> {
    pub(super) asm: Asm,
    roles: &'a [Role],
    /// The register that holds an argument's address.
    address: Vec<Option<Gpr>>,
    /// The register that holds the index into an argument.
    index: Vec<Gpr>,
    /// Where the vectors of one element are, by argument.
    pub(super) splats: HashMap<usize, usize>,
    /// Places on the stack.
    pub(super) slots: usize,
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

    /// Fills the lanes of folds with what changes nothing.
    fn clear_lanes(&mut self, ends: &Ends) {
        self.asm.clear_gpr(LANE);
        for lanes in &ends.lanes {
            let (stored, word) = (lanes.stored, lanes.neutral);
            let neutral = match stored {
                Stored::Bits64 => word,
                _ => word << 32 | word,
            };
            let neutral = Mem::Constant(self.asm.constant(neutral));
            self.asm.load(stored, Ymm(0), neutral);
            for ahead in (0..lanes.count).step_by(VECTOR / stored.size()) {
                let to = self.argument(lanes.arg, stored, ahead);
                self.asm.store(stored, to, Ymm(0), SPARE);
            }
        }
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
            let &Step::Splat { arg, stored } = step else {
                continue;
            };
            if self.roles[arg] != role {
                continue;
            }
            let slot = stack(self.slots);
            self.splats.insert(arg, self.slots);
            self.slots += 1;
            self.asm.load_gpr(RAX, table(arg));
            let (vector, mut one) = (Ymm(0), Mem::At(RAX, 0));
            let width = match stored {
                Stored::Bits64 => Width::Bits64,
                _ => Width::Bits32,
            };
            if !stored.is_plain() {
                self.asm.load_small(stored, RAX, one);
                self.asm.store_gpr(slot, RAX);
                one = slot;
            }
            if stored == Stored::F16 {
                self.asm.load(stored, vector, slot);
                self.asm.store(Stored::Bits32, slot, vector, SPARE);
            }
            self.asm.broadcast(width, vector, one);
            self.asm.store(Stored::Bits32, slot, vector, SPARE);
        }
    }

    /// A loop over what is left, with a body that is there so many `times`.
    fn repeat(&mut self, body: &Body, times: usize) {
        let elements = (times * LANES) as i32;
        self.asm.move_gpr(END, LIMIT);
        self.asm.and_gpr(END, -elements);
        let none = self.asm.skip_unless_below(INDEX, END);
        // The registers that values are kept in, and those behind them that hold the lanes of the only fold.
        let packs = |stored: Stored| !stored.is_plain() && stored != Stored::F16;
        let mut registers = match body.stores.iter().any(|s| packs(s.stored)) {
            false => REGISTERS,
            true => REGISTERS - SPARE.len(),
        };
        let mut folds = (0..self.index.len()).filter(|&arg| self.index[arg] == LANE);
        let held = match (folds.next(), folds.next()) {
            (Some(arg), None) if body.steps.len() <= SHORT && times * LANES == FOLDED => {
                body.stores.iter().find(|s| s.arg == arg)
            }
            _ => None,
        };
        let mut accumulators = vec![];
        let held = held.map(|store| {
            registers -= FOLDED * store.stored.size() / VECTOR;
            Held {
                arg: store.arg,
                stored: store.stored,
                first: registers,
            }
        });
        if let Some(held) = held {
            self.asm.clear_gpr(LANE);
            for store in body.stores.iter().filter(|s| s.arg == held.arg) {
                let lanes = self.argument(held.arg, held.stored, store.ahead);
                let register = held.register(store.ahead);
                self.asm.load(held.stored, register, lanes);
                accumulators.push((lanes, register));
            }
        }
        let start = self.asm.here();
        if held.is_none() {
            self.turn();
        }
        Emitter::new(body, self, registers, held, false).all();
        self.asm.add_gpr(INDEX, elements);
        self.asm.loop_while_below(INDEX, END, start);
        for (lanes, register) in accumulators {
            self.asm.store(Stored::Bits32, lanes, register, SPARE);
        }
        self.asm.land(none);
    }

    /// Sets the index in the lanes of a fold.
    fn turn(&mut self) {
        if self.index.contains(&LANE) {
            self.asm.move_gpr(LANE, INDEX);
            self.asm.and_gpr(LANE, FOLDED as i32 - 1);
        }
    }

    /// What is left of a run: less than eight elements, if any.
    fn part(&mut self, body: &Body) {
        let none = self.asm.skip_unless_below(INDEX, LIMIT);
        let mask = Mem::At(TABLE, std::mem::offset_of!(Table, mask) as i32);
        self.asm.load_gpr(END, mask);
        self.turn();
        Emitter::new(body, self, REGISTERS - SPARE.len(), None, true).all();
        self.asm.land(none);
    }

    /// The mask of what is left, in the first spare register.
    fn mask(&mut self, stored: Stored, ahead: usize) -> Ymm {
        let width = match stored {
            Stored::Bits64 => Width::Bits64,
            _ => Width::Bits32,
        };
        let from = Mem::At(END, (ahead * size_of::<i32>()) as i32);
        self.asm.load_mask(width, SPARE[0], from);
        SPARE[0]
    }

    /// Loads what is left of an argument.
    pub(super) fn load_part(&mut self, to: Ymm, arg: usize, stored: Stored, ahead: usize) {
        let from = self.argument(arg, stored, ahead);
        if self.roles[arg].accumulates() {
            return self.asm.load(stored, to, from);
        }
        let mask = self.mask(stored, ahead);
        self.asm.load_some(to, mask, from);
    }

    /// Stores what is left of an argument. Accumulators are stored whole, as there is room for them: what is loaded
    /// next need not wait.
    pub(super) fn store_part(&mut self, store: &Store, value: Ymm) {
        let to = self.argument(store.arg, store.stored, store.ahead);
        let mask = self.mask(store.stored, store.ahead);
        if !self.roles[store.arg].accumulates() {
            return self.asm.store_some(to, mask, value);
        }
        let sum = SPARE[1];
        self.asm.load(store.stored, sum, to);
        self.asm.blend(sum, mask, Operand::Register(value), sum);
        self.asm.store(store.stored, to, sum, SPARE);
    }

    pub(super) fn writes_one(&self, arg: usize) -> bool {
        self.roles[arg] == Role::WriteOneOfRun
    }

    /// Stores the one element that an argument has for a run.
    pub(super) fn store_one(&mut self, store: &Store, value: Ymm) {
        self.asm.load_gpr(RAX, table(store.arg));
        self.asm.store_first(store.stored, Mem::At(RAX, 0), value);
    }

    fn leave(mut self) -> Vec<u8> {
        self.asm.zero_upper();
        self.asm.move_gpr(RSP, RBP);
        SAVED.iter().rev().for_each(|&r| self.asm.pop(r));
        self.asm.ret();
        self.asm.set_frame(-((self.slots * VECTOR) as i32));
        self.asm.finish()
    }

    /// An argument's elements at the index, or so many ahead of it.
    pub(super) fn argument(&mut self, arg: usize, stored: Stored, ahead: usize) -> Mem {
        let base = self.address[arg].unwrap_or_else(|| {
            self.asm.load_gpr(RAX, table(arg));
            RAX
        });
        let size = stored.size();
        Mem::Indexed(base, self.index[arg], size as u8, (ahead * size) as i32)
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

pub(super) fn stack(slot: usize) -> Mem {
    Mem::At(RSP, (slot * VECTOR) as i32)
}
