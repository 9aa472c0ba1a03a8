//! Writing the instructions of a loop, and the registers they use.
use super::{Instruction, Layout, Place, Work};
use crate::{
    isa::Isa,
    kernels::{self, Load, Source},
    region::{Id, Input, Loop, Op},
};
use bouton_array::DType;
use bouton_ir::Form;
use std::collections::HashMap;

/// Registers of a tile, in bytes per element, reused when a value is read for the last time.
#[derive(Default)]
pub(super) struct Registers {
    used: usize,
    free: Vec<(usize, usize)>,
}

impl Registers {
    fn take(&mut self, size: usize) -> usize {
        if let Some(i) = self.free.iter().position(|&(_, s)| s == size) {
            return self.free.swap_remove(i).0;
        }
        // Sizes are powers of two, so this keeps every register aligned to its elements.
        self.used = self.used.next_multiple_of(size);
        self.used += size;
        self.used - size
    }

    fn give_back(&mut self, offset: usize, size: usize) {
        self.free.push((offset, size));
    }

    pub(super) fn bytes_per_element(&self) -> usize {
        self.used
    }
}

/// Writes the instructions of a loop.
pub(super) struct Writer<'a> {
    pub(super) layout: &'a Layout<'a>,
    pub(super) size: usize,
    pub(super) instructions: Vec<Instruction>,
    pub(super) constants: Vec<u64>,
    pub(super) registers: Registers,
    /// Where each value of the loop is.
    places: HashMap<Id, Place>,
    /// Registers that hold loaded operands, with their size and last use.
    loads: HashMap<(Id, Source), (Place, usize)>,
    last: HashMap<Use, usize>,
    isa: Isa,
}

/// Something that takes a register until its last use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Use {
    Value(Id),
    Load(Id, Source),
}

/// What an operand is for a loop of `size` elements.
fn operand_use(input: &Input, size: usize) -> Option<Use> {
    match input {
        Input::Member(v) => Some(Use::Value(*v)),
        Input::Stored(v, view) if !(view.is_scalar() || view.is_dense() && view.size() == size) => {
            Some(Use::Load(*v, Source::View(view.access())))
        }
        _ => None,
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(layout: &'a Layout<'a>, size: usize, isa: Isa) -> Writer<'a> {
        Writer {
            layout,
            size,
            instructions: vec![],
            constants: vec![],
            registers: Registers::default(),
            places: HashMap::new(),
            loads: HashMap::new(),
            last: HashMap::new(),
            isa,
        }
    }

    pub(super) fn find_last_uses(&mut self, l: &Loop) {
        for (i, op) in l.ops.iter().enumerate() {
            for input in &op.inputs {
                self.last
                    .extend(operand_use(input, self.size).map(|u| (u, i)));
            }
        }
        for f in &l.folds {
            self.last
                .extend(operand_use(&f.input, self.size).map(|u| (u, usize::MAX)));
        }
    }

    fn constant(&mut self, bits: u64) -> Place {
        self.constants.push(bits);
        Place::Constant(self.constants.len() - 1)
    }

    /// Where an operand is; loads it first if its elements do not lie in a row.
    fn operand(&mut self, input: &Input, dtype: DType) -> Place {
        match input {
            Input::Constant(bits) => self.constant(*bits),
            Input::Member(v) => self.places[v],
            Input::Stored(v, view) => {
                let slot = (self.layout.slot)(*v);
                if view.is_dense() && view.size() == self.size && self.size != 1 {
                    return Place::Memory {
                        slot,
                        size: dtype.size(),
                    };
                }
                if view.is_scalar() {
                    return Place::Scalar {
                        slot,
                        offset: view.offset.unsigned_abs() * dtype.size(),
                    };
                }
                let source = Source::View(view.access());
                if let Some((place, _)) = self.loads.get(&(*v, source.clone())) {
                    return *place;
                }
                let place = self.load(source.clone(), dtype, slot);
                self.loads.insert((*v, source), (place, dtype.size()));
                place
            }
        }
    }

    fn load(&mut self, source: Source, dtype: DType, slot: usize) -> Place {
        let to = Place::Register(self.registers.take(dtype.size()));
        self.instructions.push(Instruction {
            work: Work::Load(Load { source, dtype }, slot),
            to,
            from: [to; 3],
            size: dtype.size(),
        });
        to
    }

    /// A fold reads a run of elements: not one that stands for all.
    pub(super) fn fold_input(&mut self, input: &Input, dtype: DType) -> Place {
        match (self.operand(input, dtype), input) {
            (Place::Scalar { .. }, Input::Stored(v, view)) => {
                self.load(Source::View(view.access()), dtype, (self.layout.slot)(*v))
            }
            (place @ Place::Constant(_), _) => {
                let to = Place::Register(self.registers.take(dtype.size()));
                let work = Work::Kernel(kernels::convert(dtype, dtype, self.isa));
                self.instructions.push(Instruction {
                    work,
                    to,
                    from: [place; 3],
                    size: dtype.size(),
                });
                to
            }
            (place, _) => place,
        }
    }

    pub(super) fn op(&mut self, i: usize, op: &Op) -> Result<(), String> {
        let read = op.read;
        let types: Vec<DType> = match op.form {
            Form::Select => vec![DType::Bool, op.dtype, op.dtype],
            _ => vec![read; op.inputs.len()],
        };
        let from: Vec<Place> = op
            .inputs
            .iter()
            .zip(&types)
            .map(|(x, &t)| self.operand(x, t))
            .collect();
        let missing = |what: &str| format!("{what} of {read} has no kernel");
        let kernel = match &op.form {
            Form::Unary(f) => {
                kernels::unary(*f, read, self.isa).ok_or_else(|| missing(f.name()))?
            }
            Form::Binary(f) => {
                kernels::binary(*f, read, self.isa).ok_or_else(|| missing(f.name()))?
            }
            Form::Compare(f) => kernels::compare(*f, read, self.isa),
            Form::Select => kernels::select(op.dtype, self.isa),
            Form::Convert => kernels::convert(read, op.dtype, self.isa),
            Form::Reshape => kernels::convert(op.dtype, op.dtype, self.isa), // a copy
            Form::Iota { .. } => kernels::select(op.dtype, self.isa), // not used: an index is a load
            other => return Err(format!("{other:?} is not pointwise")),
        };
        let size = op.dtype.size();
        // Before the operands' registers are free again: a result never overlaps an operand.
        let to = if self.layout.stored[op.id] {
            Place::Memory {
                slot: (self.layout.slot)(op.id),
                size,
            }
        } else {
            Place::Register(self.registers.take(size))
        };
        self.release(i, op);
        let work = match &op.form {
            Form::Iota { axis } => {
                let inner = op.dims[axis + 1..].iter().product::<usize>().max(1);
                Work::Load(
                    Load {
                        source: Source::Iota {
                            size: op.dims[*axis].max(1),
                            inner,
                        },
                        dtype: op.dtype,
                    },
                    usize::MAX,
                )
            }
            _ => Work::Kernel(kernel),
        };
        let first = from.first().copied().unwrap_or(to);
        let from = [
            first,
            from.get(1).copied().unwrap_or(first),
            from.get(2).copied().unwrap_or(first),
        ];
        self.instructions.push(Instruction {
            work,
            to,
            from,
            size,
        });
        self.places.insert(op.id, to);
        if !self.last.contains_key(&Use::Value(op.id)) {
            self.free(to, size); // made and never read: only possible for a stored value
        }
        Ok(())
    }

    /// Gives back the registers that operation `i` reads for the last time.
    fn release(&mut self, i: usize, op: &Op) {
        let uses: Vec<Use> = op
            .inputs
            .iter()
            .filter_map(|x| operand_use(x, self.size))
            .collect();
        for (n, u) in uses.iter().enumerate() {
            if self.last.get(u) != Some(&i) || uses[..n].contains(u) {
                continue;
            }
            match u {
                Use::Value(v) => {
                    let size = self.layout.types[*v].dtype.size();
                    let place = self.places[v];
                    self.free(place, size);
                }
                Use::Load(v, source) => {
                    if let Some((place, size)) = self.loads.remove(&(*v, source.clone())) {
                        self.free(place, size);
                    }
                }
            }
        }
    }

    fn free(&mut self, place: Place, size: usize) {
        if let Place::Register(offset) = place {
            self.registers.give_back(offset, size);
        }
    }
}
