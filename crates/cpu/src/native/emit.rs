//! From steps on vectors to machine code: a function that goes through runs of elements, several vectors at a time.
//!
//! The function is `fn(table, elements)`: the number of elements of a run is a multiple of eight and not 0; the table
//! says how many runs there are, where each argument begins, and how far it is from run to run. Nothing is stored before
//! everything of the same vector is loaded, so an argument that is written may be one that is read.
use super::{
    FOLDED, Role, Table,
    asm::{Asm, Gpr, Mem, R12, R13, R14, R15, RAX, RBP, RBX, RDI, RSI, RSP, VECTOR, Ymm},
    registers::Emitter,
    vector::{Body, Step},
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
/// Registers that no value is kept in where small elements are packed.
pub(super) const SPARE: [Ymm; 2] = [Ymm(14), Ymm(15)];

/// Vectors that a loop works on at once.
pub(super) const AT_ONCE: usize = 4;
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
        let held = held.map(|arg| (arg, registers));
        Emitter::new(body, self, registers, held).all();
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
    pub(super) fn argument(&mut self, arg: usize, size: usize, ahead: usize) -> Mem {
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
