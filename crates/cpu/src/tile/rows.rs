//! Loops over the same rows, run on a few rows at a time: what they make for each other stays in the cache.
use super::{CHUNK_WORK, Layout, MOST_CHUNKS, Slots, Tiles, run::Tile};
use crate::{isa::Isa, region::Rows, relaxed};
use std::collections::HashMap;

/// Elements of a block of rows.
const BLOCK: usize = 8 << 10;
/// Elements of a block of longer rows that lie in memory rather than in the cache: what is read of them and made of them
/// stays in the first-level cache. So many elements are in memory.
const SMALL_BLOCK: usize = 1 << 10;
const IN_MEMORY: usize = 1 << 20;

/// Compiled loops over the same rows.
pub(crate) struct RowBlocks {
    loops: Vec<Tiles>,
    rows: usize,
    /// Elements of a row.
    length: usize,
    /// Rows of a block.
    block: usize,
    chunks: usize,
    /// Bytes of the values of a block that nobody else reads.
    local_bytes: usize,
}

impl RowBlocks {
    pub(crate) fn new(rows: &Rows, layout: &Layout, isa: Isa) -> Result<RowBlocks, String> {
        let few = (super::SHORT_ROW..=SMALL_BLOCK).contains(&rows.length);
        let block = match few && rows.rows * rows.length >= IN_MEMORY {
            true => SMALL_BLOCK,
            false => BLOCK,
        };
        let block = (block / rows.length).clamp(1, rows.rows);
        let (mut local, mut local_bytes) = (HashMap::new(), 0);
        for &v in &rows.local {
            local.insert(v, local_bytes);
            let bytes = block * rows.length * layout.types[v].dtype.size();
            local_bytes += bytes.next_multiple_of(64);
        }
        let layout = Layout {
            local: &local,
            ..*layout
        };
        let loops = rows.loops.iter().map(|l| Tiles::new(l, &layout, isa));
        let loops: Vec<Tiles> = loops.collect::<Result<_, _>>()?;
        let work: usize = loops.iter().map(|t| t.size * t.work).sum();
        Ok(RowBlocks {
            rows: rows.rows,
            length: rows.length,
            block,
            chunks: (work / CHUNK_WORK)
                .clamp(1, relaxed::threads().unwrap_or(MOST_CHUNKS))
                .min(rows.rows.div_ceil(block)),
            local_bytes,
            loops,
        })
    }

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn loops(&mut self) -> &mut [Tiles] {
        &mut self.loops
    }

    /// Bytes of scratch memory that each thread needs.
    pub(crate) fn scratch_bytes(&self) -> usize {
        let loops = self.loops.iter().map(Tiles::scratch_bytes);
        self.local_bytes + loops.max().unwrap_or(0)
    }

    /// Into how many parts the work is cut: a function of the shape.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks
    }

    /// Computes one chunk.
    ///
    /// # Safety
    /// Every slot is valid for its value; `scratch` for `scratch_bytes`, aligned to 64 and used by this call alone.
    /// Chunks run once each.
    pub(crate) unsafe fn run(&self, chunk: usize, slots: Slots, scratch: *mut u8) {
        let blocks = self.rows.div_ceil(self.block);
        for block in chunk * blocks / self.chunks..(chunk + 1) * blocks / self.chunks {
            let first = block * self.block;
            let rows = first..(first + self.block).min(self.rows);
            for tiles in &self.loops {
                // SAFETY: the values of a block lie before what a loop needs, together they are `scratch_bytes`; the
                // block is inside of all loops, and what it reads of other loops is of the same rows.
                unsafe {
                    let mut tile = Tile::new(
                        tiles,
                        slots,
                        scratch.add(self.local_bytes),
                        std::ptr::null_mut(),
                    );
                    tile.local = scratch;
                    tile.base = first * self.length;
                    tile.rows(rows.clone(), self.rows);
                }
            }
        }
    }
}
