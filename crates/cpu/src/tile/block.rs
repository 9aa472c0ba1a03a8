//! Runs of elements, evenly spaced: rows, and the blocks that products leave behind. One call of machine code does many.
#[cfg(target_arch = "x86_64")]
use super::{Native, Place, Stage};
use super::{
    Slots, Tiles,
    run::{Piece, Tile},
};
use crate::gemm::Block;
#[cfg(target_arch = "x86_64")]
use crate::native::Table;

impl Tiles {
    /// Computes a block of a loop that folds nothing.
    ///
    /// # Safety
    /// As [`Tiles::run`]. Blocks that run at the same time are apart.
    pub(crate) unsafe fn run_block(&self, block: Block, slots: Slots, scratch: *mut u8) {
        // SAFETY: the caller vouches for the memory, and the block is inside of the loop.
        unsafe {
            let tile = Tile::new(self, slots, scratch, std::ptr::null_mut());
            #[cfg(target_arch = "x86_64")]
            if let [Stage::Code(native)] = &self.stages[..]
                && self.repeated.is_empty()
                && block.runs > 1
                && native.takes(block.len)
                && self.row.is_none_or(|row| row == block.step)
            {
                return tile.code_on_runs(native, block);
            }
            tile.start();
            for run in 0..block.runs {
                let first = block.first + run * block.step;
                for at in (0..block.len).step_by(self.tile) {
                    tile.make((first + at, self.tile.min(block.len - at)), 0);
                }
            }
        }
    }

    /// Whether rows of so many elements may run together: nothing is folded for each.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn runs_together(&self, length: usize) -> bool {
        let takes = |stage: &Stage| match stage {
            Stage::Code(native) => native.takes(length),
            Stage::Instruction(_) => true,
        };
        self.folds.is_empty() && self.stages.iter().all(takes)
    }
}

impl Tile<'_> {
    /// Makes whole rows together.
    ///
    /// # Safety
    /// The rows are a part of a tile where something is brought into registers, and machine code takes rows of this
    /// length.
    pub(super) unsafe fn whole_rows(&self, first: usize, rows: usize, length: usize) {
        let block = Block {
            first,
            runs: rows,
            step: length,
            len: length,
            slot: 0,
        };
        for stage in &self.tiles.stages {
            // SAFETY: the caller's conditions.
            unsafe {
                match stage {
                    Stage::Instruction(i) => {
                        self.instruction(i, Piece::whole(first, rows * length))
                    }
                    #[cfg(target_arch = "x86_64")]
                    Stage::Code(native) => self.code_on_runs(native, block),
                }
            }
        }
    }

    /// Calls machine code on runs that it takes; where there are rows, each run is a part of the next one.
    ///
    /// # Safety
    /// The block is inside of the loop, the rest as for [`Tiles::run`].
    #[cfg(target_arch = "x86_64")]
    unsafe fn code_on_runs(&self, native: &Native, block: Block) {
        let Some((image, offset)) = &native.linked else {
            unreachable!("machine code is linked before a program can run")
        };
        let mut table = Table::new(block.runs);
        let piece = self.piece(block.first);
        for (i, a) in native.arguments.iter().enumerate() {
            // SAFETY: the first run is inside of the loop.
            table.set(i, unsafe { self.operand(a.place, piece) }.cast_mut());
            let step = match a.place {
                Place::Memory { size, .. } | Place::Local { size, .. } => {
                    (block.step * size) as isize
                }
                // Brought for runs that lie side by side.
                Place::Register(_) => (block.step * a.size) as isize,
                Place::Row { step, .. } => step,
                Place::Scalar { .. } | Place::Constant(_) | Place::Accumulator(_) => 0,
            };
            table.set_step(i, step);
        }
        // SAFETY: the arguments hold the elements of each run, and what is written overlaps nothing that another run
        // reads.
        unsafe { image.call(*offset, &mut table, block.len) }
    }
}
