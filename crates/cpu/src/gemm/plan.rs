//! The plan of a product: what is packed, and the grid of chunks. A function of the shape alone.

use super::GemmSpec;
use super::kernels::{Kernels, kernels};
use crate::isa::Isa;
use std::ops::Range;

/// Steps of the inner dimension between two visits of C, at most: a panel of B of this depth
/// streams from the second-level cache, many rows of A at a time.
const DEPTH: usize = 800;
/// The same for few rows: a panel of B fits the first-level cache.
const SHALLOW: usize = 256;
/// Numbers of A that a chunk visits for each panel: with a panel of B they stay in a second-level
/// cache of 512 KiB.
const BLOCK: usize = 102_400;
/// Columns of a chunk at most.
const COLS: usize = 512;
/// Up to this many rows, a packed copy of B would not be used often enough.
const THIN: usize = 12;
/// Whole rows come in blocks of so many at least.
const ENOUGH_ROWS: usize = 48;
/// Multiply-adds below which a product is not worth waking the pool.
const SMALL: usize = 400_000;
/// Numbers that are packed by the caller alone rather than by the pool.
const FEW: usize = 16_384;
/// Bytes from step to step of B that are too far for the machine to fetch the next panel by itself.
const FAR: usize = 2048;
/// Bytes of a packed copy of B up to which runs are quicker with it: it stays in the cache. Larger ones stream from memory,
/// which the tiles hide either way.
const CACHED: usize = 1 << 20;
/// Bytes of packed operands that are kept at a time.
const SHARED: usize = 16 << 20;

/// How many chunks so many multiply-adds are worth: enough for the machine's cores, few enough
/// for each to be efficient.
pub(super) fn worth(work: usize) -> usize {
    match work {
        0..400_000 => 1,
        400_000..1_000_000 => 4,
        1_000_000..64_000_000 => 8,
        _ => 16,
    }
}

/// Where the micro-kernel reads an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Where it lies.
    Direct,
    /// In a copy that each chunk makes of the block it is about to use.
    Local,
    /// In a copy made once, before the chunks start.
    Shared,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub kernels: Kernels,
    /// Elements along the inner dimension, in the units of the kernels.
    pub k: usize,
    pub left: Source,
    /// A is packed by tiles, not by rows.
    pub tiled: bool,
    pub right: Source,
    /// Elements along the inner dimension that are done at a time.
    pub depth: usize,
    pub row_blocks: usize,
    pub col_blocks: usize,
    /// The first tile of each panel reads B where it lies and leaves the local copy.
    pub keep: bool,
    /// Elements from a panel of B to the next, where tiles have it fetched.
    pub ahead: usize,
    /// Batches that are one chunk together (then it has all of their rows and columns).
    pub group: usize,
    /// Batches and panels of B for which operands are packed at a time.
    pub stage_batches: usize,
    pub stage_panels: usize,
    /// The packing, or all of it, is done by the caller alone.
    pub pack_inline: bool,
    pub inline: bool,
    pub slots: usize,
    /// Bytes: the shared copies of A and B, and in each slot the local ones and the accumulators.
    pub shared_left: usize,
    pub shared_right: usize,
    pub local_left: usize,
    pub local_right: usize,
    pub accumulators: usize,
}

impl Plan {
    pub(super) fn new(spec: &GemmSpec, isa: Isa, slots: usize) -> Option<Plan> {
        // An empty product is planned as a small one, and not run.
        let (m, n, batch) = (spec.m.max(1), spec.n.max(1), spec.batch.max(1));
        let vectors = |v| kernels(isa, spec.input, spec.output, v);
        // A product of one or a few rows runs over wide panels, to have enough chains at a time.
        let kernels = match m {
            1 if n > 32 => vectors(8)?,
            2 if n > 16 => vectors(4)?,
            _ => vectors(2)?,
        };
        let width = kernels.width;
        let k = spec.k.div_ceil(kernels.steps);
        let panels = n.div_ceil(width);
        let work = m.saturating_mul(n).saturating_mul(k);
        let total = work.saturating_mul(batch);

        let direct = kernels.native && spec.b.cols == 1 && m <= THIN;
        let keep = !direct && kernels.native && spec.b.cols == 1;
        let deepest = match (direct, m <= THIN) {
            (true, _) if m <= kernels.most => k,
            (_, true) => SHALLOW * 16 / width.max(16),
            (_, false) => DEPTH,
        };
        // Even blocks, of whole cache lines.
        let blocks = k.div_ceil(deepest.max(1)).max(1);
        let depth = k.div_ceil(blocks).next_multiple_of(16).max(16);

        let rows = (BLOCK / depth.min(k.max(1))).max(48);
        let wanted = worth(total);
        let group = if m <= rows && n <= COLS {
            (batch / wanted).clamp(1, batch)
        } else {
            1
        };
        let (mut row_blocks, mut col_blocks) = (1, 1);
        if group == 1 {
            let wanted = wanted.div_ceil(batch);
            (row_blocks, col_blocks) = if spec.whole_rows && m >= wanted * ENOUGH_ROWS {
                (wanted, 1)
            } else {
                grid(m, n, width, wanted, keep || direct)
            };
            row_blocks = row_blocks.max(m.div_ceil(rows));
            col_blocks = col_blocks.max(n.div_ceil(COLS));
        }

        // A is read in place where its rows are, and where it is transposed and small, unless its
        // lines would compete for the same places in the cache.
        let bytes = kernels.accumulator;
        let crowded = (spec.a.cols * kernels.input).is_multiple_of(1024);
        let left = match kernels.native {
            true if spec.a.cols == 1 || panels <= 2 => Source::Direct,
            true if spec.a.rows == 1 && k <= SHALLOW && !crowded => Source::Direct,
            _ if col_blocks > 1 && m * k * bytes <= SHARED => Source::Shared,
            _ => Source::Local,
        };
        let again = row_blocks > 1 || (batch > 1 && spec.b.batch == 0);
        let panel_bytes = k.max(1) * width * bytes;
        let right = match (direct, keep) {
            (true, _) => Source::Direct,
            (_, false) if again && panel_bytes <= SHARED => Source::Shared,
            _ => Source::Local,
        };

        // The stages, and the memory.
        let when = |yes, n| if yes { n } else { 0 };
        let stage_panels = when(right == Source::Shared, SHARED / panel_bytes);
        let stage_panels = if stage_panels == 0 {
            panels
        } else {
            stage_panels.min(panels)
        };
        let col_blocks = col_blocks.min(stage_panels);
        let left_bytes = when(left == Source::Shared, m * k * bytes);
        let right_bytes = when(right == Source::Shared, stage_panels * panel_bytes);
        let each = left_bytes + when(spec.b.batch != 0, right_bytes);
        let stage_batches = (SHARED / each.max(1)).clamp(1, batch);
        let copies = if spec.b.batch == 0 { 1 } else { stage_batches };
        let rows = m.div_ceil(row_blocks);
        let cols = stage_panels.div_ceil(col_blocks) * width;
        let inline = total < SMALL;
        let packed = (left_bytes * stage_batches + right_bytes * copies) / bytes;
        Some(Plan {
            k,
            left,
            tiled: spec.a.cols != 1,
            right,
            keep,
            ahead: when(keep && spec.b.rows * bytes > FAR, width),
            depth,
            row_blocks,
            col_blocks,
            group,
            stage_batches,
            stage_panels,
            pack_inline: inline || packed < FEW,
            inline,
            slots: if inline { 1 } else { slots },
            shared_left: left_bytes * stage_batches,
            shared_right: right_bytes * copies,
            local_left: when(left == Source::Local, rows * depth.min(k) * bytes),
            // Reading in place still packs the last panel where it is narrow.
            local_right: when(
                right == Source::Local || (direct && !n.is_multiple_of(width)),
                depth * width * bytes,
            ),
            accumulators: when(kernels.finish.is_some(), rows * cols * bytes),
            kernels,
        })
    }

    /// The batch, block of rows and block of columns of chunk `i`.
    ///
    /// Rows run fastest: some panels of B serve all rows before the next panels come, and a thread's share of the
    /// chunks, in one step of a program as in the next, is columns of its own.
    pub(super) fn place(&self, col_blocks: usize, i: usize) -> (usize, usize, usize) {
        let (row, i) = (i % self.row_blocks, i / self.row_blocks);
        (i / col_blocks, row, i % col_blocks)
    }

    /// Bytes of scratch memory: the shared copy of A, that of B, and the slots.
    pub(super) fn scratch_bytes(&self) -> usize {
        self.slots_at() + self.slots * self.slot_bytes()
    }

    /// Bytes of a packed copy of a B of `n` columns; 0 where runs are not quicker with it.
    pub(super) fn packed_bytes(&self, n: usize) -> usize {
        let width = self.kernels.width;
        let bytes = n.div_ceil(width) * width * self.k * self.kernels.accumulator;
        if bytes > CACHED { 0 } else { bytes }
    }

    /// Where the shared copy of B starts; that of A is at 0.
    pub(super) fn right_at(&self) -> usize {
        line(self.shared_left)
    }

    /// Where the local copies of A and of B and the accumulators of a slot start.
    pub(super) fn slot_at(&self, slot: usize) -> [usize; 3] {
        let left = self.slots_at() + slot * self.slot_bytes();
        let right = left + line(self.local_left);
        [left, right, right + line(self.local_right)]
    }

    fn slots_at(&self) -> usize {
        self.right_at() + line(self.shared_right)
    }

    fn slot_bytes(&self) -> usize {
        line(self.local_left) + line(self.local_right) + line(self.accumulators)
    }

    /// The blocks of the inner dimension; one empty block, where it has no steps.
    pub(super) fn depth_blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let (k, depth) = (self.k, self.depth.max(1));
        (0..k.div_ceil(depth).max(1)).map(move |i| i * depth..((i + 1) * depth).min(k))
    }
}

/// Cuts `m` rows and `n` columns into blocks until there are as many as `wanted`: wide columns once, then the longer
/// side first, but rows last where every block of rows costs a packed copy of its panels.
fn grid(m: usize, n: usize, width: usize, wanted: usize, in_place: bool) -> (usize, usize) {
    let halves = wanted > 1 && n >= 4 * width;
    let (mut rows, mut cols) = (1, 1 + usize::from(halves));
    while rows * cols < wanted {
        let (high, wide) = (m / rows, n / cols);
        let enough = if in_place { 64 } else { 256 };
        if wide >= 2 * width && (wide >= high || high <= enough) {
            cols *= 2;
        } else if high >= 12 {
            rows *= 2;
        } else {
            break;
        }
    }
    (rows, cols)
}

/// Part `i` of `parts` of `0..len`.
pub(super) fn part(len: usize, parts: usize, i: usize) -> Range<usize> {
    i * len / parts..(i + 1) * len / parts
}

/// Rounds up to whole cache lines.
pub(super) fn line(bytes: usize) -> usize {
    bytes.next_multiple_of(64)
}
