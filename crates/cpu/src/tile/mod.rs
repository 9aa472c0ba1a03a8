//! A loop as instructions on tiles: runs of elements that stay in the first-level cache.
mod block;
#[cfg(target_arch = "x86_64")]
mod link;
#[cfg(target_arch = "x86_64")]
mod lower;
#[cfg(target_arch = "x86_64")]
mod mathematics;
mod place;
#[cfg(target_arch = "x86_64")]
mod pointwise;
mod rows;
mod run;
mod writer;

#[cfg(target_arch = "x86_64")]
pub(crate) use link::link;
pub(crate) use rows::RowBlocks;

#[cfg(target_arch = "x86_64")]
use crate::native;
use crate::{
    access::View,
    isa::Isa,
    kernels::{self, Fold, Kernel, LANES, Load},
    region::{Geometry, Id, Loop},
    relaxed,
};
use bouton_array::{DType, Type};
#[cfg(target_arch = "x86_64")]
use link::Native;
use place::Place;
use run::Tile;
use std::collections::HashMap;

/// Bytes of registers that a tile may take.
const TILE_BYTES: usize = 24 << 10;
/// Elements of a tile: at least, at most. Multiples of `LANES`, so that a tile begins at lane 0.
const TILE: (usize, usize) = (256, 2048);
/// Elements that there is room for beside a tile, at least: the rest of a tile, for each argument of machine code.
#[cfg(target_arch = "x86_64")]
const BESIDE: usize = native::MOST_ARGUMENTS * native::LANES;
#[cfg(not(target_arch = "x86_64"))]
const BESIDE: usize = 0;
/// Elements of a tile that takes no memory.
const LONG_TILE: usize = 8192;
/// Rows shorter than this are not worth a call each.
const SHORT_ROW: usize = 256;
/// Rows shorter than this, and not of whole vectors, are not worth a run each: without folds, and with them.
#[cfg(target_arch = "x86_64")]
const SHORT_PART: usize = 64;
#[cfg(target_arch = "x86_64")]
const SHORT_FOLD: usize = 12;
/// Elements of a row that are folded before a new partial result begins: what makes long rows parallel.
const ROW_BLOCK: usize = 16 << 10;
/// Elements in a block of rows that are folded onto each other before a new partial result begins.
const COLUMN_BLOCK: usize = 32 << 10;
/// Instructions times elements that are worth a chunk.
const CHUNK_WORK: usize = 32 << 10;
/// A loop is cut into no more chunks than this.
const MOST_CHUNKS: usize = 64;

#[derive(Debug)]
enum Work {
    Kernel(Kernel),
    /// Brings elements of a slot.
    Load(Load, usize),
    /// Makes a run of one element.
    Splat,
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
    /// What a kernel folds, if machine code does not.
    input: Option<Place>,
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
    /// What is the same for all tiles of a chunk.
    once: Vec<Stage>,
    /// What is the same for all tiles that begin at the same place of a period.
    repeated: Vec<Stage>,
    period: usize,
    stages: Vec<Stage>,
    /// Operations on each element.
    work: usize,
    constants: Vec<u64>,
    folds: Vec<Folding>,
    geometry: Option<Geometry>,
    /// Elements of a row, where instructions run on rows or parts of them.
    row: Option<usize>,
    /// Whether machine code folds whole rows and writes the results.
    whole_rows: bool,
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
    /// Values of blocks of rows that only these loops read: bytes into the values of a block.
    pub local: &'a HashMap<Id, usize>,
}

impl Layout<'_> {
    /// Where a loop's value is stored, if it is.
    fn home(&self, id: Id) -> Option<Place> {
        let size = self.types[id].dtype.size();
        if let Some(&offset) = self.local.get(&id) {
            return Some(Place::Local { offset, size });
        }
        let slot = (self.slot)(id);
        self.stored[id].then_some(Place::Memory { slot, size })
    }

    /// Where the elements of a view are for a loop of `size` elements, if they lie in a row or one stands for all;
    /// others are brought into a register.
    fn place(&self, id: Id, view: &View, dtype: DType, size: usize) -> Option<Place> {
        if let Some(&offset) = self.local.get(&id) {
            let size = dtype.size();
            return Some(Place::Local { offset, size });
        }
        let slot = (self.slot)(id);
        if view.is_dense() && view.size() == size && size != 1 {
            let size = dtype.size();
            return Some(Place::Memory { slot, size });
        }
        let offset = view.offset.unsigned_abs() * dtype.size();
        view.is_scalar().then_some(Place::Scalar { slot, offset })
    }
}

/// What is done on a tile before the next thing is done on it.
enum Stage {
    Instruction(Instruction),
    #[cfg(target_arch = "x86_64")]
    Code(Native),
}

/// Loops smaller than this are not worth machine code.
#[cfg(target_arch = "x86_64")]
const NATIVE: usize = 8;

/// A loop as instructions, before the length of a tile is known: registers are counted in bytes for each element.
struct Written {
    once: Vec<Stage>,
    /// What is the same for all tiles that begin at the same place of a period of so many elements.
    repeated: Vec<Stage>,
    period: usize,
    stages: Vec<Stage>,
    constants: Vec<u64>,
    /// What each fold reads, if the instructions do not fold it, and its type.
    folds: Vec<(Option<Place>, DType)>,
    /// Elements of a row, where instructions run on rows or parts of them.
    row: Option<usize>,
    /// Whether machine code folds whole rows and writes the results.
    whole_rows: bool,
    bytes_per_element: usize,
}

impl Written {
    fn new(l: &Loop, layout: &Layout, isa: Isa) -> Result<Written, String> {
        #[cfg(target_arch = "x86_64")]
        if matches!(isa, Isa::Avx2(_))
            && l.size >= NATIVE
            && native::available()
            && let Some(lowered) = lower::lower(l, layout)
        {
            return Ok(Written {
                once: vec![],
                repeated: lowered.repeated,
                period: lowered.period,
                stages: lowered.stages,
                constants: vec![],
                folds: lowered.folds,
                row: lowered.row,
                whole_rows: lowered.whole_rows,
                bytes_per_element: lowered.bytes_per_element,
            });
        }
        writer::write(l, layout, isa)
    }
}

impl Tiles {
    pub(crate) fn new(l: &Loop, layout: &Layout, isa: Isa) -> Result<Tiles, String> {
        let written = Written::new(l, layout, isa)?;
        let elements = written.bytes_per_element.max(1);
        let tile = match (written.bytes_per_element, written.row, l.geometry) {
            // Nothing is kept in registers of the tile, nor an accumulator for each of its rows or columns.
            (0, Some(_), Some(g)) if g.inner == 1 => LONG_TILE,
            _ => {
                // Every tile begins at the first lane and, where that can be, at the same place of the period.
                let most = (TILE_BYTES / elements).clamp(TILE.0, TILE.1);
                let whole = |unit: usize| most / unit * unit;
                match whole(common_multiple(written.period, LANES)) {
                    periods if periods >= TILE.0 => periods,
                    _ => whole(LANES),
                }
            }
        };
        let (mut folds, mut partial, mut accumulator) = (vec![], 0, 0);
        let (blocks, block) = l.geometry.map_or((1, 0), blocks);
        for (f, (input, from)) in l.folds.iter().zip(written.folds) {
            let fold = kernels::fold_kernels(f.reduction, from, f.to, isa)
                .ok_or_else(|| format!("{} of {} has no kernel", f.reduction.name(), f.from))?;
            let bytes = fold.size;
            folds.push(Folding {
                fold,
                input: input.map(|place| place.scaled(tile)),
                slot: (layout.slot)(f.id),
                size: f.to.size(),
                partial,
                accumulator,
            });
            let g = l.geometry.unwrap_or(Geometry {
                outer: 1,
                folded: 1,
                inner: 1,
            });
            partial += (g.outer * blocks * g.inner * bytes).next_multiple_of(64);
            accumulator += LANES.max(TILE.1) * bytes;
        }
        let scaled = |list: Vec<Stage>| list.into_iter().map(|s| s.scaled(tile)).collect();
        let mut tiles = Tiles {
            isa,
            size: l.size,
            tile,
            register_bytes: elements * tile,
            accumulator_bytes: accumulator,
            partial_bytes: if blocks > 1 { partial } else { 0 },
            constants: written.constants,
            work: (l.ops.len() + 2 * folds.len()).max(1),
            folds,
            geometry: l.geometry,
            row: written.row,
            whole_rows: written.whole_rows,
            blocks,
            block,
            chunks: 1,
            once: scaled(written.once),
            repeated: scaled(written.repeated),
            period: written.period,
            stages: scaled(written.stages),
        };
        tiles.chunks = tiles.count_chunks();
        Ok(tiles)
    }

    /// Bytes of scratch memory that each thread needs.
    pub(crate) fn scratch_bytes(&self) -> usize {
        self.register_bytes.next_multiple_of(64)
            + self.accumulator_bytes
            + self.tile.max(BESIDE) * size_of::<u64>()
    }

    /// Whether it is machine code.
    #[cfg(all(test, target_arch = "x86_64"))]
    pub(crate) fn is_native(&self) -> bool {
        let mut stages = self.stages.iter();
        stages.any(|stage| matches!(stage, Stage::Code(_)))
    }

    /// How many elements it has.
    pub(crate) fn size(&self) -> usize {
        self.size
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
        (self.size * self.work / CHUNK_WORK)
            .clamp(1, relaxed::threads().unwrap_or(MOST_CHUNKS))
            .min(self.units().max(1))
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

    /// The folds that machine code leaves to kernels, and what they fold.
    fn folds_of_kernels(&self) -> impl Iterator<Item = (&Folding, Place)> {
        self.folds.iter().filter_map(|f| Some((f, f.input?)))
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
    pub(crate) unsafe fn run(
        &self,
        chunk: usize,
        slots: Slots,
        scratch: *mut u8,
        partial: *mut u8,
    ) {
        let units = self.units();
        let range = chunk * units / self.chunks..(chunk + 1) * units / self.chunks;
        // SAFETY: the caller vouches for the memory.
        let tile = unsafe { Tile::new(self, slots, scratch, partial) };
        // SAFETY: units are inside of the loop, and the caller vouches for the memory.
        unsafe {
            match self.geometry {
                None => {
                    tile.start();
                    for unit in range {
                        let first = unit * self.tile;
                        tile.make((first, self.tile.min(self.size - first)), 0);
                    }
                }
                Some(g) if g.inner == 1 && self.blocks == 1 => {
                    let at_once = self.rows_at_once(g);
                    tile.rows(
                        range.start * at_once..(range.end * at_once).min(g.outer),
                        g.outer,
                    );
                }
                Some(g) if g.inner == 1 => {
                    tile.start();
                    range.for_each(|unit| tile.row_block(g, unit));
                }
                Some(g) => {
                    tile.start();
                    range.for_each(|unit| tile.column_block(g, unit));
                }
            }
        }
    }

    /// Puts partial results together; after all chunks.
    ///
    /// # Safety
    /// As [`Tiles::run`]; all chunks have run.
    pub(crate) unsafe fn finish(&self, slots: Slots, partial: *mut u8) {
        let Some(g) = self.geometry.filter(|_| self.blocks > 1) else {
            return;
        };
        for f in &self.folds {
            let bytes = f.fold.size;
            for outer in 0..g.outer {
                // SAFETY: partial results are `[outer, blocks, inner]` accumulators from `f.partial` on.
                unsafe {
                    let first = partial.add(f.partial + outer * self.blocks * g.inner * bytes);
                    let second = first.add(g.inner * bytes);
                    (f.fold.onto)(self.isa, self.blocks - 1, g.inner, first, second);
                    let result = slots[f.slot].add(outer * g.inner * f.size);
                    (f.fold.finish)(g.inner, result, &[first.cast_const(); 3]);
                }
            }
        }
    }
}

/// The least number that both divide.
fn common_multiple(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

/// How the folded axis is cut: number of blocks, and their length.
fn blocks(g: Geometry) -> (usize, usize) {
    let block = match g.inner {
        1 => ROW_BLOCK,
        inner => (COLUMN_BLOCK / inner.max(1)).max(32),
    };
    if let Some(threads) = relaxed::threads().filter(|_| g.folded > 2 * block) {
        let blocks = threads.div_ceil((g.outer * g.inner.div_ceil(TILE.1)).max(1));
        let block = g.folded.div_ceil(blocks).next_multiple_of(LANES);
        return (g.folded.div_ceil(block), block);
    }
    // A short rest is not worth a partial result.
    if g.folded <= 2 * block {
        (1, g.folded)
    } else {
        (g.folded.div_ceil(block), block)
    }
}

impl Instruction {
    fn scaled(self, tile: usize) -> Instruction {
        Instruction {
            to: self.to.scaled(tile),
            from: self.from.map(|p| p.scaled(tile)),
            ..self
        }
    }
}

impl Stage {
    fn scaled(self, tile: usize) -> Stage {
        match self {
            Stage::Instruction(instruction) => Stage::Instruction(instruction.scaled(tile)),
            #[cfg(target_arch = "x86_64")]
            Stage::Code(native) => {
                let arguments = native.arguments.into_iter().map(|a| native::Argument {
                    place: a.place.scaled(tile),
                    ..a
                });
                Stage::Code(Native {
                    arguments: arguments.collect(),
                    ..native
                })
            }
        }
    }
}
