//! A thread at work on a loop: tiles executed, rows and columns folded.
#[cfg(target_arch = "x86_64")]
use super::Native;
use super::{Folding, Instruction, Place, Slots, Stage, Tiles, Work};
#[cfg(target_arch = "x86_64")]
use crate::native::{self, Role, Table};
use crate::{
    kernels::{LANES, splat},
    region::Geometry,
};

use std::cell::Cell;

/// The elements of a tile: first, and how many.
type Range = (usize, usize);

/// Elements that instructions run on.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    first: usize,
    n: usize,
    /// The first one's row and place in it, where they are parts of rows.
    row: usize,
    column: usize,
    /// The place in accumulators of columns.
    accumulator: usize,
}

impl Piece {
    pub(super) fn whole(first: usize, n: usize) -> Piece {
        Piece {
            first,
            n,
            row: 0,
            column: 0,
            accumulator: 0,
        }
    }
}

/// A thread at work on a loop.
pub(super) struct Tile<'a> {
    pub(super) tiles: &'a Tiles,
    pub(super) slots: Slots<'a>,
    pub(super) registers: *mut u8,
    pub(super) accumulators: *mut u8,
    /// Room for a result before it is moved to its place.
    pub(super) beside: *mut u8,
    pub(super) partial: *mut u8,
    /// The values of a block of rows, and the element that it begins with.
    pub(super) local: *mut u8,
    pub(super) base: usize,
    /// The place of the period that the repeated operands in the registers begin at, and how many elements are there.
    repeated: Cell<(usize, usize)>,
}

impl<'a> Tile<'a> {
    /// A thread's view of a loop.
    ///
    /// # Safety
    /// `scratch` is valid for the loop's `scratch_bytes`, `partial` for its `partial_bytes`.
    pub(super) unsafe fn new(
        tiles: &'a Tiles,
        slots: Slots<'a>,
        scratch: *mut u8,
        partial: *mut u8,
    ) -> Tile<'a> {
        // SAFETY: registers, accumulators and a tile of the largest elements are what `scratch_bytes` counts.
        let (accumulators, beside) = unsafe {
            let accumulators = scratch.add(tiles.register_bytes.next_multiple_of(64));
            (accumulators, accumulators.add(tiles.accumulator_bytes))
        };
        Tile {
            tiles,
            slots,
            registers: scratch,
            accumulators,
            beside,
            partial,
            local: std::ptr::null_mut(),
            base: 0,
            repeated: Cell::new((0, 0)),
        }
    }

    /// Makes what is the same for all tiles.
    pub(super) unsafe fn start(&self) {
        let t = self.tiles;
        // SAFETY: the caller's conditions.
        unsafe { self.execute(&t.once, (0, t.tile.min(t.size))) }
    }

    /// Makes everything of some of a loop's `all` rows, folds too.
    pub(super) unsafe fn rows(&self, rows: std::ops::Range<usize>, all: usize) {
        let t = self.tiles;
        // SAFETY: the rows are inside of the loop.
        unsafe {
            self.start();
            match t.geometry {
                Some(g) if t.whole_rows => {
                    // What is brought into registers is there for a tile at a time.
                    let at_once = match t.stages.len() {
                        1 => rows.len().max(1),
                        _ => t.rows_at_once(g),
                    };
                    for row in rows.clone().step_by(at_once) {
                        let n = at_once.min(rows.end - row);
                        self.whole_rows(row * g.folded, n, g.folded);
                    }
                }
                Some(g) if t.row.is_none() && g.folded <= t.tile => {
                    for row in rows.clone().step_by(t.rows_at_once(g)) {
                        self.short_rows(g, row, t.rows_at_once(g).min(rows.end - row));
                    }
                }
                Some(g) => rows.for_each(|row| self.row_block(g, row)),
                None => {
                    let width = t.size / all;
                    let (mut first, end) = (rows.start * width, rows.end * width);
                    while first < end {
                        let n = t.tile.min(end - first);
                        self.make((first, n), 0);
                        first += n;
                    }
                }
            }
        }
    }

    /// Where an operand of these elements starts.
    #[inline(always)]
    pub(super) unsafe fn operand(&self, place: Place, p: Piece) -> *const u8 {
        // SAFETY: places are inside of registers and slots, which the caller of `run` vouches for.
        unsafe {
            match place {
                Place::Register(offset) => self.registers.add(offset),
                Place::Memory { slot, size } => self.slots[slot].add(p.first * size),
                Place::Scalar { slot, offset } => self.slots[slot].add(offset),
                Place::Row {
                    slot,
                    offset,
                    step,
                    size,
                } => {
                    let row = offset + p.row as isize * step;
                    self.slots[slot].offset(row).add(p.column * size)
                }
                Place::Local { offset, size } => {
                    self.local.add(offset + (p.first - self.base) * size)
                }
                Place::Accumulator(i) => {
                    let fold = &self.tiles.folds[i];
                    let at = fold.accumulator + p.accumulator * fold.fold.size;
                    self.accumulators.add(at)
                }
                Place::Constant(i) => (&raw const self.tiles.constants[i]).cast(),
            }
        }
    }

    /// A place in a loop, and in a row of it if it has rows.
    pub(super) fn piece(&self, first: usize) -> Piece {
        let length = self.tiles.row.unwrap_or(usize::MAX);
        Piece {
            row: first / length,
            column: first % length,
            ..Piece::whole(first, 0)
        }
    }

    /// Makes everything that the loop makes of these elements, but the folds that kernels do. `column` is the one that
    /// the first accumulators stand for.
    pub(super) unsafe fn make(&self, (first, n): Range, column: usize) {
        let t = self.tiles;
        if !t.repeated.is_empty() {
            let (phase, (there, elements)) = (first % t.period, self.repeated.get());
            if there != phase || elements < n {
                // SAFETY: the caller's conditions.
                unsafe { self.execute(&t.repeated, (first, n)) }
                self.repeated.set((phase, n));
            }
        }
        let Some(length) = t.row else {
            // SAFETY: the caller's conditions.
            return unsafe { self.execute(&t.stages, (first, n)) };
        };
        let along = t.geometry.is_none_or(|g| g.inner == 1);
        let mut at = first;
        while at < first + n {
            let (row, place) = (at / length, at % length);
            #[cfg(target_arch = "x86_64")]
            if place == 0
                && t.runs_together(length)
                && let rows @ 2.. = (first + n - at) / length
            {
                // SAFETY: the rows are a part of the tile.
                unsafe { self.whole_rows(at, rows, length) }
                at += rows * length;
                continue;
            }
            let piece = Piece {
                first: at,
                n: (length - place).min(first + n - at),
                row,
                column: place,
                // Along a row, a tile begins at the first lane.
                accumulator: if along { 0 } else { place - column },
            };
            // SAFETY: the piece is a part of the tile.
            unsafe { self.stages(&t.stages, piece) }
            at += piece.n;
        }
    }

    pub(super) unsafe fn execute(&self, stages: &[Stage], (first, n): Range) {
        // SAFETY: the caller's conditions.
        unsafe { self.stages(stages, Piece::whole(first, n)) }
    }

    unsafe fn stages(&self, stages: &[Stage], piece: Piece) {
        for stage in stages {
            // SAFETY: a tile has at most `tile` elements, all inside of the loop.
            unsafe {
                match stage {
                    Stage::Instruction(instruction) => self.instruction(instruction, piece),
                    #[cfg(target_arch = "x86_64")]
                    Stage::Code(native) => self.call(native, piece),
                }
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn instruction(&self, i: &Instruction, p: Piece) {
        let (first, n) = (p.first, p.n);
        // SAFETY: the caller's conditions.
        unsafe {
            let to = self.operand(i.to, p).cast_mut();
            match &i.work {
                Work::Kernel(kernel) => {
                    let [a, b, c] = i.from;
                    let from = [self.operand(a, p), self.operand(b, p), self.operand(c, p)];
                    // A result that takes the memory of an operand is made beside it first.
                    if from.contains(&to.cast_const()) {
                        kernel(n, self.beside, &from);
                        to.copy_from_nonoverlapping(self.beside, n * i.size);
                    } else {
                        kernel(n, to, &from);
                    }
                }
                Work::Load(load, slot) => {
                    let base = if *slot == usize::MAX {
                        std::ptr::null_mut()
                    } else {
                        self.slots[*slot]
                    };
                    load.run(first, n, base, to);
                }
                Work::Splat => splat(i.size, n, self.operand(i.from[0], p), to),
            }
        }
    }

    /// Calls machine code: where the elements lie, but on the rest behind whole vectors in copies, where it takes no
    /// parts of them.
    #[cfg(target_arch = "x86_64")]
    unsafe fn call(&self, native: &Native, p: Piece) {
        let n = p.n;
        let Some((image, offset)) = &native.linked else {
            unreachable!("machine code is linked before a program can run")
        };
        let whole = match native.parts {
            true => n,
            false => n / native::LANES * native::LANES,
        };
        let arguments = || native.arguments.iter().enumerate();
        let mut table = Table::new(1);
        // SAFETY: the arguments hold the tile's elements. Where a result takes the memory of an operand, both begin at
        // the same address. A copy has room for the largest elements.
        unsafe {
            for (i, a) in arguments() {
                table.set(i, self.operand(a.place, p).cast_mut());
            }
            if whole > 0 {
                image.call(*offset, &mut table, whole);
            }
            if whole == n {
                return;
            }
            let rest = |a: &native::Argument<Place>| {
                let at = match a.role {
                    Role::FoldLanes => whole % native::FOLDED,
                    _ => whole,
                };
                self.operand(a.place, p).cast_mut().add(at * a.size)
            };
            let copy = |i: usize| self.beside.add(i * native::LANES * size_of::<u64>());
            let bytes = |a: &native::Argument<Place>| (n - whole) * a.size;
            table.rewind();
            for (i, a) in arguments().filter(|(_, a)| !a.role.reads_one()) {
                table.set(i, copy(i));
                if a.role.reads() {
                    copy(i).copy_from_nonoverlapping(rest(a), bytes(a));
                }
            }
            image.call(*offset, &mut table, native::LANES);
            for (i, a) in arguments().filter(|(_, a)| a.role.writes()) {
                rest(a).copy_from_nonoverlapping(copy(i), bytes(a));
            }
        }
    }

    /// Whole rows in one tile.
    pub(super) unsafe fn short_rows(&self, g: Geometry, row: usize, rows: usize) {
        let (t, first) = (self.tiles, row * g.folded);
        // SAFETY: the rows are inside of the loop and fit a tile; accumulators hold a tile of each fold.
        unsafe {
            self.make((first, rows * g.folded), 0);
            for (f, input) in t.folds_of_kernels() {
                let accumulators = self.accumulators.add(f.accumulator);
                let x = self.operand(input, Piece::whole(first, rows * g.folded));
                (f.fold.rows)(t.isa, rows, g.folded, accumulators, x);
                self.deliver(g, f, row, 0, 0, rows, accumulators);
            }
        }
    }

    /// A block of one row, tile by tile.
    pub(super) unsafe fn row_block(&self, g: Geometry, unit: usize) {
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
                self.make((first, n), 0);
                for (f, input) in t.folds_of_kernels() {
                    (f.fold.along)(
                        t.isa,
                        n,
                        self.accumulators.add(f.accumulator),
                        self.operand(input, Piece::whole(first, n)),
                    );
                }
                at += n;
            }
            for f in &t.folds {
                let lanes = self.accumulators.add(f.accumulator);
                (f.fold.lanes)(t.isa, lanes);
                self.deliver(g, f, row, block, 0, 1, lanes);
            }
        }
    }

    /// Columns `0..tile` or later of a block of rows, folded onto each other.
    pub(super) unsafe fn column_block(&self, g: Geometry, unit: usize) {
        let t = self.tiles;
        let strips = g.inner.div_ceil(t.tile);
        let (block, strip) = (unit / strips, unit % strips);
        let (outer, block) = (block / t.blocks, block % t.blocks);
        let (from, to) = (block * t.block, ((block + 1) * t.block).min(g.folded));
        let (column, width) = (strip * t.tile, t.tile.min(g.inner - strip * t.tile));
        // Whole rows go several at once.
        let at_once = if width == g.inner {
            (t.tile / width).max(1)
        } else {
            1
        };
        // SAFETY: rows and columns are inside of the loop; accumulators hold a tile of each fold.
        unsafe {
            for f in &t.folds {
                (f.fold.clear)(width, self.accumulators.add(f.accumulator));
            }
            let mut row = from;
            while row < to {
                let rows = at_once.min(to - row);
                let first = (outer * g.folded + row) * g.inner + column;
                self.make((first, rows * width), column);
                for (f, input) in t.folds_of_kernels() {
                    let x = self.operand(input, Piece::whole(first, rows * width));
                    let accumulators = self.accumulators.add(f.accumulator);
                    (f.fold.onto)(t.isa, rows, width, accumulators, x);
                }
                row += rows;
            }
            for f in &t.folds {
                self.deliver(
                    g,
                    f,
                    outer,
                    block,
                    column,
                    width,
                    self.accumulators.add(f.accumulator),
                );
            }
        }
    }

    /// Accumulators become results, or partial results where there are several blocks.
    #[allow(clippy::too_many_arguments)] // a position in [outer, block, inner]
    unsafe fn deliver(
        &self,
        g: Geometry,
        f: &Folding,
        outer: usize,
        block: usize,
        column: usize,
        n: usize,
        accumulators: *const u8,
    ) {
        // SAFETY: the position is inside of the results, which the caller of `run` vouches for.
        unsafe {
            if self.tiles.blocks == 1 {
                let result = self.slots[f.slot].add((outer * g.inner + column) * f.size);
                (f.fold.finish)(n, result, &[accumulators; 3]);
            } else {
                let bytes = f.fold.size;
                let at =
                    f.partial + ((outer * self.tiles.blocks + block) * g.inner + column) * bytes;
                self.partial
                    .add(at)
                    .copy_from_nonoverlapping(accumulators, n * bytes);
            }
        }
    }
}
