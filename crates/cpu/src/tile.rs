//! A loop as instructions on tiles: runs of elements that stay in the first-level cache.
use crate::{
    isa::Isa,
    kernels::{self, Fold, Kernel, LANES, Load, Operand, Source},
    region::{Geometry, Id, Input, Loop, Op},
};
use bouton_array::{DType, Type};
use bouton_ir::Form;
use std::collections::HashMap;

/// Bytes of registers that a tile may take.
const TILE_BYTES: usize = 24 << 10;
/// Elements of a tile: at least, at most. Multiples of `LANES`, so that a tile begins at lane 0.
const TILE: (usize, usize) = (256, 2048);
/// Elements of a row that are folded before a new partial result begins: what makes long rows parallel.
const ROW_BLOCK: usize = 16 << 10;
/// Elements in a block of rows that are folded onto each other before a new partial result begins.
const COLUMN_BLOCK: usize = 32 << 10;
/// Instructions times elements that are worth a chunk.
const CHUNK_WORK: usize = 32 << 10;
/// A loop is cut into no more chunks than this.
const MOST_CHUNKS: usize = 64;

/// Where an instruction reads or writes.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Bytes into the tile's registers.
    Register(usize),
    /// A stored value, at the tile's elements.
    Memory { slot: usize, size: usize },
    /// One element of a stored value, this many bytes in.
    Scalar { slot: usize, offset: usize },
    /// One number of the program.
    Constant(usize),
}

#[derive(Debug)]
enum Work {
    Kernel(Kernel),
    Load(Load, usize),
}

#[derive(Debug)]
struct Instruction {
    work: Work,
    to: Place,
    from: [Place; 3],
    /// Bytes of an element of the result.
    size: usize,
}

struct Folding {
    fold: Fold,
    input: Place,
    /// Where the result goes.
    slot: usize,
    size: usize,
    /// Bytes into the partial results of the loop.
    partial: usize,
    /// Bytes into a tile's accumulators.
    accumulator: usize,
}

/// A compiled loop.
pub(crate) struct Tiles {
    isa: Isa,
    size: usize,
    tile: usize,
    instructions: Vec<Instruction>,
    constants: Vec<u64>,
    folds: Vec<Folding>,
    geometry: Option<Geometry>,
    /// Blocks that each folded axis is cut into.
    blocks: usize,
    /// Rows of a block (row onto row), or elements (along a row).
    block: usize,
    chunks: usize,
    register_bytes: usize,
    accumulator_bytes: usize,
    partial_bytes: usize,
}

/// Stored values of a run: where each slot starts.
pub(crate) type Slots<'a> = &'a [*mut u8];

/// What compiling a loop needs to know of the rest: where stored values live.
pub(crate) struct Layout<'a> {
    pub types: &'a [Type],
    /// The slot of each stored value; `usize::MAX` for others.
    pub slot: &'a dyn Fn(Id) -> usize,
    pub stored: &'a [bool],
}

/// The elements of a tile: first, and how many.
type Range = (usize, usize);

impl Tiles {
    pub(crate) fn new(l: &Loop, layout: &Layout, isa: Isa) -> Result<Tiles, String> {
        let mut writer = Writer { layout, size: l.size, instructions: vec![], constants: vec![], registers: Registers::default(), places: HashMap::new(), loads: HashMap::new(), last: HashMap::new(), isa };
        writer.find_last_uses(l);
        for (i, op) in l.ops.iter().enumerate() {
            writer.op(i, op)?;
        }
        let (mut folds, mut partial, mut accumulator) = (vec![], 0, 0);
        let (blocks, block) = l.geometry.map_or((1, 0), blocks);
        for f in &l.folds {
            let input = writer.fold_input(&f.input, f.from);
            let fold = kernels::fold_kernels(f.reduction, f.from, f.to)
                .ok_or_else(|| format!("{} of {} has no kernel", f.reduction.name(), f.from))?;
            let bytes = fold.accumulator;
            folds.push(Folding { fold, input, slot: (layout.slot)(f.id), size: f.to.size(), partial, accumulator });
            let g = l.geometry.unwrap_or(Geometry { outer: 1, folded: 1, inner: 1 });
            partial += (g.outer * blocks * g.inner * bytes).next_multiple_of(64);
            accumulator += LANES.max(TILE.1) * bytes;
        }
        let elements = writer.registers.bytes_per_element().max(1);
        let tile = (TILE_BYTES / elements).clamp(TILE.0, TILE.1) / LANES * LANES;
        let instructions = writer.instructions.into_iter().map(|i| i.scaled(tile)).collect::<Vec<_>>();
        let mut tiles = Tiles {
            isa,
            size: l.size,
            tile,
            register_bytes: elements * tile,
            accumulator_bytes: accumulator,
            partial_bytes: if blocks > 1 { partial } else { 0 },
            constants: writer.constants,
            folds: folds.into_iter().map(|f| Folding { input: f.input.scaled(tile), ..f }).collect(),
            geometry: l.geometry,
            blocks,
            block,
            chunks: 1,
            instructions,
        };
        tiles.chunks = tiles.count_chunks();
        Ok(tiles)
    }

    /// Bytes of scratch memory that each thread needs.
    pub(crate) fn scratch_bytes(&self) -> usize {
        self.register_bytes.next_multiple_of(64) + self.accumulator_bytes + self.tile * size_of::<u64>()
    }

    /// Bytes of scratch memory for partial results.
    pub(crate) fn partial_bytes(&self) -> usize {
        self.partial_bytes
    }

    /// Into how many parts the work is cut: a function of the shape.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks
    }

    fn count_chunks(&self) -> usize {
        let work = self.size * (self.instructions.len() + 2 * self.folds.len()).max(1);
        (work / CHUNK_WORK).clamp(1, MOST_CHUNKS).min(self.units().max(1))
    }

    /// The independent pieces that chunks are made of.
    fn units(&self) -> usize {
        match self.geometry {
            None => self.size.div_ceil(self.tile),
            Some(g) if g.inner == 1 && self.blocks == 1 => g.outer.div_ceil(self.rows_at_once(g)),
            Some(g) if g.inner == 1 => g.outer * self.blocks,
            Some(g) => g.outer * self.blocks * g.inner.div_ceil(self.tile),
        }
    }

    /// Short rows are folded several in one tile.
    fn rows_at_once(&self, g: Geometry) -> usize {
        (self.tile / g.folded.max(1)).max(1)
    }

    /// Computes one chunk.
    ///
    /// # Safety
    /// Every slot is valid for its value; `scratch` for `scratch_bytes`, aligned to 64 and used by this call alone;
    /// `partial` for `partial_bytes`. Chunks run once each.
    pub(crate) unsafe fn run(&self, chunk: usize, slots: Slots, scratch: *mut u8, partial: *mut u8) {
        let units = self.units();
        let range = chunk * units / self.chunks..(chunk + 1) * units / self.chunks;
        // SAFETY: registers, accumulators and a tile of the largest elements are what `scratch_bytes` counts.
        let (accumulators, beside) = unsafe {
            let accumulators = scratch.add(self.register_bytes.next_multiple_of(64));
            (accumulators, accumulators.add(self.accumulator_bytes))
        };
        let tile = Tile { tiles: self, slots, registers: scratch, accumulators, beside, partial };
        // SAFETY: units are inside of the loop, and the caller vouches for the memory.
        unsafe {
            match self.geometry {
                None => {
                    for unit in range {
                        let first = unit * self.tile;
                        tile.execute((first, self.tile.min(self.size - first)));
                    }
                }
                Some(g) if g.inner == 1 && self.blocks == 1 && g.folded <= self.tile => {
                    let rows = self.rows_at_once(g);
                    range.for_each(|unit| tile.short_rows(g, unit * rows, rows.min(g.outer - unit * rows)));
                }
                Some(g) if g.inner == 1 => range.for_each(|unit| tile.row_block(g, unit)),
                Some(g) => range.for_each(|unit| tile.column_block(g, unit)),
            }
        }
    }

    /// Puts partial results together; after all chunks.
    ///
    /// # Safety
    /// As [`Tiles::run`]; all chunks have run.
    pub(crate) unsafe fn finish(&self, slots: Slots, partial: *mut u8) {
        let Some(g) = self.geometry.filter(|_| self.blocks > 1) else { return };
        for f in &self.folds {
            let bytes = f.fold.accumulator;
            for outer in 0..g.outer {
                // SAFETY: partial results are `[outer, blocks, inner]` accumulators from `f.partial` on.
                unsafe {
                    let first = partial.add(f.partial + outer * self.blocks * g.inner * bytes);
                    for block in 1..self.blocks {
                        (f.fold.merge)(self.isa, g.inner, first, first.add(block * g.inner * bytes));
                    }
                    (f.fold.finish)(g.inner, slots[f.slot].add(outer * g.inner * f.size), first);
                }
            }
        }
    }
}

/// How the folded axis is cut: number of blocks, and their length.
fn blocks(g: Geometry) -> (usize, usize) {
    let block = match g.inner {
        1 => ROW_BLOCK,
        inner => (COLUMN_BLOCK / inner.max(1)).max(32),
    };
    // A short rest is not worth a partial result.
    if g.folded <= 2 * block { (1, g.folded) } else { (g.folded.div_ceil(block), block) }
}

/// A thread at work on a loop.
struct Tile<'a> {
    tiles: &'a Tiles,
    slots: Slots<'a>,
    registers: *mut u8,
    accumulators: *mut u8,
    /// Room for a result before it is moved to its place.
    beside: *mut u8,
    partial: *mut u8,
}

impl Tile<'_> {
    /// Where an operand of the tile that begins at element `first` starts.
    #[inline(always)]
    unsafe fn operand(&self, place: Place, first: usize) -> Operand {
        // SAFETY: places are inside of registers and slots, which the caller of `run` vouches for.
        unsafe {
            match place {
                Place::Register(offset) => Operand { start: self.registers.add(offset), scalar: false },
                Place::Memory { slot, size } => Operand { start: self.slots[slot].add(first * size), scalar: false },
                Place::Scalar { slot, offset } => Operand { start: self.slots[slot].add(offset), scalar: true },
                Place::Constant(i) => Operand { start: (&raw const self.tiles.constants[i]).cast(), scalar: true },
            }
        }
    }

    unsafe fn execute(&self, (first, n): Range) {
        for i in &self.tiles.instructions {
            // SAFETY: a tile has at most `tile` elements, all inside of the loop.
            unsafe {
                let to = self.operand(i.to, first).start.cast_mut();
                match &i.work {
                    Work::Kernel(kernel) => {
                        let from = [self.operand(i.from[0], first), self.operand(i.from[1], first), self.operand(i.from[2], first)];
                        // A result that takes the memory of an operand is made beside it first.
                        if from.iter().any(|x| x.start == to.cast_const()) {
                            kernel(n, self.beside, &from);
                            to.copy_from_nonoverlapping(self.beside, n * i.size);
                        } else {
                            kernel(n, to, &from);
                        }
                    }
                    Work::Load(load, slot) => {
                        let base = if *slot == usize::MAX { std::ptr::null_mut() } else { self.slots[*slot] };
                        load.run(first, n, base, to);
                    }
                }
            }
        }
    }

    /// Whole rows in one tile.
    unsafe fn short_rows(&self, g: Geometry, row: usize, rows: usize) {
        let first = row * g.folded;
        // SAFETY: the rows are inside of the loop and fit a tile; accumulators hold `LANES` of each fold.
        unsafe {
            self.execute((first, rows * g.folded));
            for f in &self.tiles.folds {
                let (lanes, size) = (self.accumulators.add(f.accumulator), f.fold.accumulator);
                let x = self.operand(f.input, first);
                let step = f.fold.element * g.folded;
                debug_assert!(!x.scalar && size > 0);
                for i in 0..rows {
                    (f.fold.clear)(LANES, lanes);
                    (f.fold.along)(self.tiles.isa, g.folded, lanes, x.start.add(i * step));
                    (f.fold.lanes)(lanes);
                    (f.fold.finish)(1, self.slots[f.slot].add((row + i) * f.size), lanes);
                }
            }
        }
    }

    /// A block of one row, tile by tile.
    unsafe fn row_block(&self, g: Geometry, unit: usize) {
        let t = self.tiles;
        let (row, block) = (unit / t.blocks, unit % t.blocks);
        let (from, to) = (block * t.block, ((block + 1) * t.block).min(g.folded));
        // SAFETY: the block is inside of the row, the row inside of the loop.
        unsafe {
            for f in &t.folds {
                (f.fold.clear)(LANES, self.accumulators.add(f.accumulator));
            }
            let mut at = from;
            while at < to {
                let (first, n) = (row * g.folded + at, t.tile.min(to - at));
                self.execute((first, n));
                for f in &t.folds {
                    (f.fold.along)(t.isa, n, self.accumulators.add(f.accumulator), self.operand(f.input, first).start);
                }
                at += n;
            }
            for f in &t.folds {
                let lanes = self.accumulators.add(f.accumulator);
                (f.fold.lanes)(lanes);
                self.deliver(g, f, row, block, 0, 1, lanes);
            }
        }
    }

    /// Columns `0..tile` or later of a block of rows, folded onto each other.
    unsafe fn column_block(&self, g: Geometry, unit: usize) {
        let t = self.tiles;
        let strips = g.inner.div_ceil(t.tile);
        let (block, strip) = (unit / strips, unit % strips);
        let (outer, block) = (block / t.blocks, block % t.blocks);
        let (from, to) = (block * t.block, ((block + 1) * t.block).min(g.folded));
        let (column, width) = (strip * t.tile, t.tile.min(g.inner - strip * t.tile));
        // Whole rows go several at once.
        let at_once = if width == g.inner { (t.tile / width).max(1) } else { 1 };
        // SAFETY: rows and columns are inside of the loop; accumulators hold a tile of each fold.
        unsafe {
            for f in &t.folds {
                (f.fold.clear)(width, self.accumulators.add(f.accumulator));
            }
            let mut row = from;
            while row < to {
                let rows = at_once.min(to - row);
                let first = (outer * g.folded + row) * g.inner + column;
                self.execute((first, rows * width));
                for f in &t.folds {
                    let x = self.operand(f.input, first).start;
                    for i in 0..rows {
                        (f.fold.onto)(t.isa, width, self.accumulators.add(f.accumulator), x.add(i * width * f.fold.element));
                    }
                }
                row += rows;
            }
            for f in &t.folds {
                self.deliver(g, f, outer, block, column, width, self.accumulators.add(f.accumulator));
            }
        }
    }

    /// Accumulators become results, or partial results where there are several blocks.
    #[allow(clippy::too_many_arguments)] // a position in [outer, block, inner]
    unsafe fn deliver(&self, g: Geometry, f: &Folding, outer: usize, block: usize, column: usize, n: usize, accumulators: *const u8) {
        // SAFETY: the position is inside of the results, which the caller of `run` vouches for.
        unsafe {
            if self.tiles.blocks == 1 {
                (f.fold.finish)(n, self.slots[f.slot].add((outer * g.inner + column) * f.size), accumulators);
            } else {
                let bytes = f.fold.accumulator;
                let at = f.partial + ((outer * self.tiles.blocks + block) * g.inner + column) * bytes;
                self.partial.add(at).copy_from_nonoverlapping(accumulators, n * bytes);
            }
        }
    }
}

impl Place {
    /// Register offsets count elements until the length of a tile is known.
    fn scaled(self, tile: usize) -> Place {
        match self {
            Place::Register(offset) => Place::Register(offset * tile),
            other => other,
        }
    }
}

impl Instruction {
    fn scaled(self, tile: usize) -> Instruction {
        Instruction { to: self.to.scaled(tile), from: self.from.map(|p| p.scaled(tile)), ..self }
    }
}

/// Registers of a tile, in bytes per element, reused when a value is read for the last time.
#[derive(Default)]
struct Registers {
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

    fn bytes_per_element(&self) -> usize {
        self.used
    }
}

/// Writes the instructions of a loop.
struct Writer<'a> {
    layout: &'a Layout<'a>,
    size: usize,
    instructions: Vec<Instruction>,
    constants: Vec<u64>,
    registers: Registers,
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
        Input::Stored(v, view) if !view.is_scalar() && !(view.is_dense() && view.size() == size) => {
            Some(Use::Load(*v, Source::View(view.access())))
        }
        _ => None,
    }
}

impl Writer<'_> {
    fn find_last_uses(&mut self, l: &Loop) {
        for (i, op) in l.ops.iter().enumerate() {
            for input in &op.inputs {
                self.last.extend(operand_use(input, self.size).map(|u| (u, i)));
            }
        }
        for f in &l.folds {
            self.last.extend(operand_use(&f.input, self.size).map(|u| (u, usize::MAX)));
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
                    return Place::Memory { slot, size: dtype.size() };
                }
                if view.is_scalar() {
                    return Place::Scalar { slot, offset: view.offset.unsigned_abs() * dtype.size() };
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
        self.instructions.push(Instruction { work: Work::Load(Load { source, dtype }, slot), to, from: [to; 3], size: dtype.size() });
        to
    }

    /// A fold reads a run of elements: not one that stands for all.
    fn fold_input(&mut self, input: &Input, dtype: DType) -> Place {
        match (self.operand(input, dtype), input) {
            (Place::Scalar { .. }, Input::Stored(v, view)) => self.load(Source::View(view.access()), dtype, (self.layout.slot)(*v)),
            (place @ Place::Constant(_), _) => {
                let to = Place::Register(self.registers.take(dtype.size()));
                let work = Work::Kernel(kernels::convert(dtype, dtype, self.isa));
                self.instructions.push(Instruction { work, to, from: [place; 3], size: dtype.size() });
                to
            }
            (place, _) => place,
        }
    }

    fn op(&mut self, i: usize, op: &Op) -> Result<(), String> {
        let read = op.read;
        let types: Vec<DType> = match op.form {
            Form::Select => vec![DType::Bool, op.dtype, op.dtype],
            _ => vec![read; op.inputs.len()],
        };
        let from: Vec<Place> = op.inputs.iter().zip(&types).map(|(x, &t)| self.operand(x, t)).collect();
        let missing = |what: &str| format!("{what} of {read} has no kernel");
        let kernel = match &op.form {
            Form::Unary(f) => kernels::unary(*f, read, self.isa).ok_or_else(|| missing(f.name()))?,
            Form::Binary(f) => kernels::binary(*f, read, self.isa).ok_or_else(|| missing(f.name()))?,
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
            Place::Memory { slot: (self.layout.slot)(op.id), size }
        } else {
            Place::Register(self.registers.take(size))
        };
        self.release(i, op);
        let work = match &op.form {
            Form::Iota { axis } => {
                let inner = op.dims[axis + 1..].iter().product::<usize>().max(1);
                Work::Load(Load { source: Source::Iota { size: op.dims[*axis].max(1), inner }, dtype: op.dtype }, usize::MAX)
            }
            _ => Work::Kernel(kernel),
        };
        let first = from.first().copied().unwrap_or(to);
        let from = [first, from.get(1).copied().unwrap_or(first), from.get(2).copied().unwrap_or(first)];
        self.instructions.push(Instruction { work, to, from, size });
        self.places.insert(op.id, to);
        if !self.last.contains_key(&Use::Value(op.id)) {
            self.free(to, size); // made and never read: only possible for a stored value
        }
        Ok(())
    }

    /// Gives back the registers that operation `i` reads for the last time.
    fn release(&mut self, i: usize, op: &Op) {
        let uses: Vec<Use> = op.inputs.iter().filter_map(|x| operand_use(x, self.size)).collect();
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
