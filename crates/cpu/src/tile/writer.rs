//! Writing the instructions of a loop, and the registers they use.
use super::{Instruction, Layout, Place, Stage, Work, Written};
use crate::{
    isa::Isa,
    kernels::{self, Kernel, Load, Source},
    region::{Id, Input, Loop, Op},
};
use bouton_array::DType;
use bouton_ir::{Binary, Compare, Form};
use std::collections::HashMap;

/// Registers of a tile, in bytes per element, reused when a value is read for the last time.
#[derive(Default)]
struct Registers {
    used: usize,
    free: Vec<(usize, usize)>,
}

impl Registers {
    fn take(&mut self, size: usize) -> usize {
        match self.free.iter().position(|&(_, s)| s == size) {
            Some(i) => self.free.swap_remove(i).0,
            None => self.take_unused(size),
        }
    }

    /// A register that nothing else ever writes, if it is not given back.
    fn take_unused(&mut self, size: usize) -> usize {
        // Sizes are powers of two, so this keeps every register aligned to its elements.
        self.used = self.used.next_multiple_of(size);
        self.used += size;
        self.used - size
    }

    fn give_back(&mut self, offset: usize, size: usize) {
        self.free.push((offset, size));
    }
}

/// The instructions of a loop, for kernels.
///
/// # Errors
/// A function that has no kernel for the type.
pub(super) fn write(l: &Loop, layout: &Layout, isa: Isa) -> Result<Written, String> {
    let mut writer = Writer::new(layout, l.size, isa);
    writer.find_last_uses(l);
    for (i, op) in l.ops.iter().enumerate() {
        writer.op(i, op)?;
    }
    let mut folds = vec![];
    for f in &l.folds {
        let (place, dtype) = writer.fold_input(&f.input, f.from)?;
        folds.push((Some(place), dtype));
    }
    Ok(Written {
        once: writer.once.into_iter().map(Stage::Instruction).collect(),
        repeated: vec![],
        period: 1,
        stages: writer
            .instructions
            .into_iter()
            .map(Stage::Instruction)
            .collect(),
        constants: writer.constants,
        folds,
        row: None,
        whole_rows: false,
        bytes_per_element: writer.registers.used,
    })
}

struct Writer<'a> {
    layout: &'a Layout<'a>,
    size: usize,
    /// What is the same for all tiles, made before the first.
    once: Vec<Instruction>,
    instructions: Vec<Instruction>,
    constants: Vec<u64>,
    registers: Registers,
    /// Registers that hold one element many times, by where it comes from and its size.
    splats: HashMap<(Place, usize), Place>,
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
    fn new(layout: &'a Layout<'a>, size: usize, isa: Isa) -> Writer<'a> {
        Writer {
            layout,
            size,
            once: vec![],
            instructions: vec![],
            constants: vec![],
            registers: Registers::default(),
            splats: HashMap::new(),
            places: HashMap::new(),
            loads: HashMap::new(),
            last: HashMap::new(),
            isa,
        }
    }

    fn find_last_uses(&mut self, l: &Loop) {
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
        let known = self.constants.iter().position(|&known| known == bits);
        Place::Constant(known.unwrap_or_else(|| {
            self.constants.push(bits);
            self.constants.len() - 1
        }))
    }

    /// Where an operand is, perhaps one element that stands for all; loads it first if its elements do not lie in a row.
    fn operand(&mut self, input: &Input, dtype: DType) -> Place {
        match input {
            Input::Constant(bits) => self.constant(*bits),
            Input::Member(v) => self.places[v],
            Input::Stored(v, view) => {
                let slot = (self.layout.slot)(*v);
                if let Some(place) = self.layout.place(*v, view, dtype, self.size) {
                    return place;
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

    /// Whether this is one element that stands for all.
    fn is_one(&self, place: Place) -> bool {
        matches!(place, Place::Scalar { .. } | Place::Constant(_)) && self.size != 1
    }

    /// As many elements as a tile has, where one stands for all.
    fn many(&mut self, place: Place, size: usize) -> Place {
        if !self.is_one(place) {
            return place;
        }
        if let Some(&to) = self.splats.get(&(place, size)) {
            return to;
        }
        let to = Place::Register(self.registers.take_unused(size));
        self.once.push(Instruction {
            work: Work::Splat,
            to,
            from: [place; 3],
            size,
        });
        self.splats.insert((place, size), to);
        to
    }

    fn write(&mut self, kernel: Kernel, to: Place, from: &[Place], size: usize) {
        let at = |i: usize| from.get(i).or(from.first()).copied().unwrap_or(to);
        self.instructions.push(Instruction {
            work: Work::Kernel(kernel),
            to,
            from: [at(0), at(1), at(2)],
            size,
        });
    }

    fn convert(&mut self, place: Place, from: DType, to: DType, y: Place) -> Result<(), String> {
        let x = self.many(place, from.size());
        let step = |from, to| {
            kernels::convert(from, to, self.isa)
                .ok_or_else(|| format!("no kernel converts {from} to {to}"))
        };
        match kernels::way(from, to) {
            None => self.write(step(from, to)?, y, &[x], to.size()),
            Some(between) => {
                let (first, second) = (step(from, between)?, step(between, to)?);
                let wide = self.temporary(between);
                self.write(first, wide, &[x], between.size());
                self.write(second, y, &[wide], to.size());
                self.free(wide, between.size());
            }
        }
        Ok(())
    }

    fn temporary(&mut self, dtype: DType) -> Place {
        Place::Register(self.registers.take(dtype.size()))
    }

    /// The run of elements that a fold reads, and their type: `f32` for halves.
    fn fold_input(&mut self, input: &Input, dtype: DType) -> Result<(Place, DType), String> {
        let place = self.operand(input, dtype);
        if kernels::is_half(dtype) {
            let wide = self.temporary(DType::F32);
            self.convert(place, dtype, DType::F32, wide)?;
            return Ok((wide, DType::F32));
        }
        Ok((self.many(place, dtype.size()), dtype))
    }

    fn op(&mut self, i: usize, op: &Op) -> Result<(), String> {
        let type_of = |k: usize| match (&op.form, k) {
            (Form::Select, 0) => DType::Bool,
            (Form::Select, _) => op.dtype,
            _ => op.read,
        };
        let from: Vec<Place> = op
            .inputs
            .iter()
            .enumerate()
            .map(|(k, x)| self.operand(x, type_of(k)))
            .collect();
        let size = op.dtype.size();
        // Before the operands' registers are free again: a result never overlaps an operand.
        let to = match self.layout.home(op.id) {
            Some(place) => place,
            None => Place::Register(self.registers.take(size)),
        };
        match (&op.form, &from[..]) {
            (Form::Convert | Form::Reshape, &[x]) => self.convert(x, op.read, op.dtype, to)?,
            (Form::Select, &[condition, a, b]) => {
                let from = [
                    self.many(condition, DType::Bool.size()),
                    self.many(a, size),
                    self.many(b, size),
                ];
                self.write(kernels::select(op.dtype, self.isa), to, &from, size);
            }
            (Form::Iota { axis }, _) => {
                let load = Load {
                    source: Source::index(&op.dims, *axis),
                    dtype: op.dtype,
                };
                self.instructions.push(Instruction {
                    work: Work::Load(load, usize::MAX),
                    to,
                    from: [to; 3],
                    size,
                });
            }
            (form, from) if kernels::is_half(op.read) => {
                let wide = from
                    .iter()
                    .map(|_| self.temporary(DType::F32))
                    .collect::<Vec<_>>();
                for (&x, &wide) in from.iter().zip(&wide) {
                    self.convert(x, op.read, DType::F32, wide)?;
                }
                if op.dtype == op.read {
                    let y = self.temporary(DType::F32);
                    self.pointwise(form, DType::F32, &wide, (y, DType::F32))?;
                    self.convert(y, DType::F32, op.dtype, to)?;
                    self.free(y, DType::F32.size());
                } else {
                    self.pointwise(form, DType::F32, &wide, (to, op.dtype))?;
                }
                wide.into_iter()
                    .for_each(|place| self.free(place, DType::F32.size()));
            }
            (form, from) => self.pointwise(form, op.read, from, (to, op.dtype))?,
        }
        self.release(i, op);
        self.places.insert(op.id, to);
        if !self.last.contains_key(&Use::Value(op.id)) {
            self.free(to, size); // made and never read: only possible for a stored value
        }
        Ok(())
    }

    /// One function of elements that have kernels.
    fn pointwise(
        &mut self,
        form: &Form,
        read: DType,
        from: &[Place],
        (to, dtype): (Place, DType),
    ) -> Result<(), String> {
        let (isa, size) = (self.isa, read.size());
        // A kernel takes one element for all as its second operand only.
        let (form, from) = match (form, from) {
            (_, &[a, b]) if self.is_one(a) && !self.is_one(b) => match turned(form) {
                Some(form) => (form, vec![b, a]),
                None => (form.clone(), vec![self.many(a, size), b]),
            },
            (_, &[a, ref rest @ ..]) => {
                let mut from = vec![self.many(a, size)];
                from.extend(rest);
                (form.clone(), from)
            }
            _ => (form.clone(), vec![]),
        };
        let scalar = from.get(1).is_some_and(|&b| self.is_one(b));
        let kernel = match &form {
            Form::Unary(f) => kernels::unary(*f, read, isa),
            Form::Binary(f) => kernels::binary(*f, read, isa, scalar),
            Form::Compare(f) => kernels::compare(*f, read, isa, scalar),
            other => return Err(format!("{other:?} is not pointwise")),
        };
        let kernel = kernel.ok_or_else(|| format!("{form:?} of {read} has no kernel"))?;
        self.write(kernel, to, &from, dtype.size());
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

/// The function that gives the same for exchanged operands.
fn turned(form: &Form) -> Option<Form> {
    Some(match form {
        Form::Binary(Binary::Add | Binary::Multiply | Binary::And | Binary::Or | Binary::Xor)
        | Form::Compare(Compare::Equal | Compare::NotEqual) => form.clone(),
        Form::Compare(Compare::Less) => Form::Compare(Compare::Greater),
        Form::Compare(Compare::LessEqual) => Form::Compare(Compare::GreaterEqual),
        Form::Compare(Compare::Greater) => Form::Compare(Compare::Less),
        Form::Compare(Compare::GreaterEqual) => Form::Compare(Compare::LessEqual),
        _ => return None,
    })
}
