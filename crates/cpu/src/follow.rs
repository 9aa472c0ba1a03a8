//! Loops that follow a product: on each block of its result as soon as that is final, on the thread that made it.
//!
//! What nobody else reads is never whole: each thread has memory for a block of it, which stays in the cache.
use crate::{
    gemm::{Block, Target},
    memory::may_replace,
    region::{Id, Region},
    tile::{Slots, Tiles},
};
use bouton_array::Type;
use std::collections::HashSet;

/// Bytes of blocks that a thread has memory for.
const MOST_LOCAL: usize = 1 << 20;

/// Compiled loops that follow a product.
#[derive(Default)]
pub(crate) struct Follow {
    pub(crate) loops: Vec<Tiles>,
    /// Elements of the product's result.
    size: usize,
    /// Values of which a thread has a block.
    locals: Vec<Local>,
    /// Bytes of all of them.
    local_bytes: usize,
    /// How many values of the program have a slot.
    slots: usize,
}

struct Local {
    slot: usize,
    /// Bytes from the first local one.
    offset: usize,
    /// Elements of all blocks, and bytes of one.
    size: usize,
    element: usize,
}

impl Follow {
    pub(crate) fn new(loops: Vec<Tiles>, size: usize) -> Follow {
        Follow {
            loops,
            size,
            ..Follow::default()
        }
    }

    /// Keeps the values of `region` that nobody reads `outside` of it in blocks, of so many `elements` of the product's
    /// result at most. Gives these values.
    pub(crate) fn localize(
        &mut self,
        region: &Region,
        elements: usize,
        types: &[Type],
        stored: &[bool],
        outside: &HashSet<Id>,
    ) -> Vec<Id> {
        let own = region.results().into_iter();
        let own = own.filter(|&v| stored[v] && !outside.contains(&v));
        let mut blocks: Vec<(Id, usize)> = vec![];
        for v in own {
            let ty = &types[v];
            let shared = blocks
                .iter()
                .position(|&(u, _)| may_replace(region, v, u, types));
            let offset = match shared {
                Some(i) => blocks.swap_remove(i).1,
                None => {
                    let bytes = (elements * ty.size()).div_ceil(self.size) * ty.dtype.size();
                    self.local_bytes += bytes.next_multiple_of(64);
                    self.local_bytes - bytes.next_multiple_of(64)
                }
            };
            blocks.push((v, offset));
            self.locals.push(Local {
                slot: v,
                offset,
                size: ty.size(),
                element: ty.dtype.size(),
            });
        }
        if self.local_bytes > MOST_LOCAL {
            (self.locals, self.local_bytes) = (vec![], 0);
        }
        self.slots = types.len();
        self.locals.iter().map(|l| l.slot).collect()
    }

    /// Bytes of scratch memory that each thread needs.
    pub(crate) fn scratch_bytes(&self) -> usize {
        let table = match self.locals.is_empty() {
            true => 0,
            false => self.slots * size_of::<*mut u8>(),
        };
        self.of_loops() + self.local_bytes + table
    }

    /// Bytes of scratch memory that the loops need: the first.
    fn of_loops(&self) -> usize {
        let bytes = self.loops.iter().map(Tiles::scratch_bytes);
        bytes.max().unwrap_or(0).next_multiple_of(64)
    }

    /// Where the product's result in `slot` is made, if `whole` is its place and each thread has so many bytes of
    /// `scratch` memory.
    pub(crate) fn target(
        &self,
        slot: usize,
        whole: *mut u8,
        scratch: *mut u8,
        bytes: usize,
    ) -> Target {
        match self.locals.iter().find(|l| l.slot == slot) {
            None => Target::whole(whole),
            Some(l) => Target::of_slots(scratch.wrapping_add(self.of_loops() + l.offset), bytes),
        }
    }

    /// Runs all loops on a block of the product's result.
    ///
    /// # Safety
    /// As [`Tiles::run_block`], with `scratch` memory of this thread for `scratch_bytes`.
    pub(crate) unsafe fn run(&self, block: Block, slots: Slots, scratch: *mut u8) {
        let mut slots = slots;
        if !self.locals.is_empty() {
            let first_local = scratch.wrapping_add(self.of_loops());
            let table = first_local.wrapping_add(self.local_bytes).cast::<*mut u8>();
            // SAFETY: the scratch memory has room for a pointer for each slot behind the local values; offsets are
            // multiples of 64.
            unsafe {
                table.copy_from_nonoverlapping(slots.as_ptr(), self.slots);
                for l in &self.locals {
                    let first = block.first * l.size / self.size * l.element;
                    table
                        .add(l.slot)
                        .write(first_local.wrapping_add(l.offset).wrapping_sub(first));
                }
                slots = std::slice::from_raw_parts(table, self.slots);
            }
        }
        for tiles in &self.loops {
            // SAFETY: the caller's conditions; a block of a loop needs that block of the result alone.
            unsafe { tiles.run_block(block.scaled(self.size, tiles.size()), slots, scratch) }
        }
    }
}

/// What is read by others than the loops and the product that make it.
pub(crate) fn read_outside(regions: &[Region], outputs: &[Id]) -> HashSet<Id> {
    let reads = regions.iter().flat_map(Region::reads);
    reads.chain(outputs.iter().copied()).collect()
}
