//! One run of a planned product: stages, shared copies, chunks.
//!
//! Places along the inner dimension are counted in elements of packed copies, which may hold
//! several steps.

use super::pack::{Finish, Pack};
use super::plan::{Plan, Source, part};
use super::tile::Panel;
use super::{Block, Epilogue, GemmSpec};
use crate::pool;
use std::ops::Range;

/// One run of a product. Its pointers satisfy the contract of [`Gemm::run`].
pub(super) struct Run<'a> {
    pub spec: &'a GemmSpec,
    pub plan: &'a Plan,
    pub a: *const u8,
    pub b: *const u8,
    /// All of B, packed before the run: panels of all steps.
    pub packed: Option<*const u8>,
    pub c: *mut u8,
    pub c_size: usize,
    pub scratch: *mut u8,
    pub epilogue: Option<Epilogue<'a>>,
}

// SAFETY: what is shared is read, but for C and the scratch memory, of which every chunk writes a
// part of its own: its block of C, its pieces of the shared copies, and the buffers of its slot.
unsafe impl Sync for Run<'_> {}

/// The batches and the panels of B that are done at a time.
struct Stage {
    batches: Range<usize>,
    panels: Range<usize>,
    col_blocks: usize,
}

impl Run<'_> {
    /// Computes everything.
    pub(super) fn all(&self) {
        let (p, batch) = (self.plan, self.spec.batch);
        let panels = self.spec.n.div_ceil(p.kernels.width);
        for first in (0..panels).step_by(p.stage_panels) {
            for start in (0..batch).step_by(p.stage_batches) {
                let batches = start..(start + p.stage_batches).min(batch);
                let panels = first..(first + p.stage_panels).min(panels);
                self.stage(&Stage {
                    batches,
                    col_blocks: p.col_blocks.min(panels.len()),
                    panels,
                });
            }
        }
    }

    /// Packs all of B into the scratch memory, as later runs find it in `packed`.
    pub(super) fn pack(&self) {
        let (p, panels) = (self.plan, self.spec.n.div_ceil(self.plan.kernels.width));
        each(p.pack_inline, p.slots, panels, &|_, panel| {
            let to = self.scratch.wrapping_add(self.packed_at(panel, 0));
            self.copy_right(0, panel, 0..p.k, to);
        });
    }

    fn packed_at(&self, panel: usize, step: usize) -> usize {
        let (p, k) = (self.plan, &self.plan.kernels);
        (panel * p.k + step) * k.width * k.accumulator
    }

    fn stage(&self, stage: &Stage) {
        let (p, count) = (self.plan, stage.batches.len());
        let depths = p.k.div_ceil(p.depth.max(1));
        let lefts = if p.left == Source::Shared {
            count * p.row_blocks * depths
        } else {
            0
        };
        let copies = if self.spec.b.batch == 0 { 1 } else { count };
        let rights = if p.right == Source::Shared && self.packed.is_none() {
            copies * stage.panels.len() * depths
        } else {
            0
        };
        each(p.pack_inline, p.slots, lefts + rights, &|_, i| {
            if i < lefts {
                self.pack_left(stage, i)
            } else {
                self.pack_right(stage, i - lefts)
            }
        });
        if p.group > 1 {
            each(p.inline, p.slots, count.div_ceil(p.group), &|slot, i| {
                for batch in i * p.group..((i + 1) * p.group).min(count) {
                    self.chunk(stage, slot, batch, 0, 0);
                }
            });
        } else {
            each(
                p.inline,
                p.slots,
                count * p.row_blocks * stage.col_blocks,
                &|slot, i| {
                    let (batch, row, col) = p.place(stage.col_blocks, i);
                    self.chunk(stage, slot, batch, row, col);
                },
            );
        }
    }

    /// The steps of the inner dimension that packed elements hold.
    fn steps(&self, elements: Range<usize>) -> Range<usize> {
        let each = self.plan.kernels.steps;
        elements.start * each..(elements.end * each).min(self.spec.k)
    }

    /// Packs one block of depth of one block of rows of A into the shared copy.
    fn pack_left(&self, stage: &Stage, i: usize) {
        let (p, s) = (self.plan, self.spec);
        let depths = p.k.div_ceil(p.depth);
        let (depth, i) = (i % depths, i / depths);
        let (rows, batch) = (part(s.m, p.row_blocks, i % p.row_blocks), i / p.row_blocks);
        let steps = depth * p.depth..((depth + 1) * p.depth).min(p.k);
        let to = self.shared_left(batch, &rows, &steps);
        self.copy_left(stage.batches.start + batch, rows, steps, to);
    }

    fn shared_left(&self, batch: usize, rows: &Range<usize>, steps: &Range<usize>) -> *mut u8 {
        let (m, k) = (self.spec.m, self.plan.k);
        let at = batch * m * k + steps.start * m + rows.start * steps.len();
        self.scratch
            .wrapping_add(at * self.plan.kernels.accumulator)
    }

    fn copy_left(&self, batch: usize, rows: Range<usize>, steps: Range<usize>, to: *mut u8) {
        let (k, a) = (&self.plan.kernels, self.spec.a);
        let steps = self.steps(steps);
        let at = batch * a.batch + rows.start * a.rows + steps.start * a.cols;
        let from = self.a.wrapping_add(at * k.input);
        let pack = Pack {
            from,
            side: a.rows,
            step: a.cols,
            len: rows.len(),
            depth: steps.len(),
            dense: false,
            width: k.most,
            to,
        };
        // SAFETY: the block is inside of A, which the caller of `run` vouches for; `to` is the
        // chunk's own and was planned for the largest block.
        unsafe {
            if self.plan.tiled {
                (k.pack_left_tiles)(&pack)
            } else {
                (k.pack_left_rows)(&pack)
            }
        }
    }

    /// Packs one block of depth of one panel of B into the shared copy.
    fn pack_right(&self, stage: &Stage, i: usize) {
        let p = self.plan;
        let depths = p.k.div_ceil(p.depth);
        let (depth, i) = (i % depths, i / depths);
        let (panel, batch) = (i % stage.panels.len(), i / stage.panels.len());
        let steps = depth * p.depth..((depth + 1) * p.depth).min(p.k);
        let to = self.shared_right(stage, batch, panel, steps.start);
        self.copy_right(
            stage.batches.start + batch,
            stage.panels.start + panel,
            steps,
            to,
        );
    }

    fn shared_right(&self, stage: &Stage, batch: usize, panel: usize, step: usize) -> *mut u8 {
        let (k, depth) = (&self.plan.kernels, self.plan.k);
        let panel = if self.spec.b.batch == 0 {
            panel
        } else {
            batch * stage.panels.len() + panel
        };
        let at = (panel * depth + step) * k.width * k.accumulator;
        self.scratch.wrapping_add(self.plan.right_at() + at)
    }

    fn copy_right(&self, batch: usize, panel: usize, steps: Range<usize>, to: *mut u8) {
        let (k, b) = (&self.plan.kernels, self.spec.b);
        let first = panel * k.width;
        let steps = self.steps(steps);
        let from = self
            .b
            .wrapping_add((batch * b.batch + steps.start * b.rows + first * b.cols) * k.input);
        let len = k.width.min(self.spec.n - first);
        let pack = Pack {
            from,
            side: b.cols,
            step: b.rows,
            len,
            depth: steps.len(),
            dense: b.rows == self.spec.n,
            width: k.width,
            to,
        };
        // SAFETY: the block is inside of B, which the caller of `run` vouches for; `to` is the
        // chunk's own and was planned for the largest block.
        unsafe { (k.pack_right)(&pack) }
    }

    /// Computes one block of C: a block of rows of one matrix of the stage, and some panels.
    fn chunk(&self, stage: &Stage, slot: usize, index: usize, row: usize, col: usize) {
        let (p, s, k) = (self.plan, self.spec, &self.plan.kernels);
        let batch = stage.batches.start + index;
        let rows = part(s.m, p.row_blocks, row);
        let panels = part(stage.panels.len(), stage.col_blocks, col);
        let at = |panel: usize| (stage.panels.start + panel) * k.width;
        let cols = at(panels.start)..at(panels.end).min(s.n);
        let first = batch * s.c.batch + rows.start * s.c.rows + cols.start;
        let c = self.c.wrapping_add(first * self.c_size);
        let [local_left, local_right, accumulators] =
            p.slot_at(slot).map(|at| self.scratch.wrapping_add(at));
        let (acc, acc_row) = match k.finish {
            Some(_) => (accumulators, cols.len()),
            None => (c, s.c.rows),
        };

        for steps in p.depth_blocks() {
            let (a, a_row, a_step) = self.left(index, batch, &rows, &steps, local_left);
            for panel in panels.clone() {
                let first = at(panel);
                let right = self.right(stage, index, panel, &steps, local_right);
                let work = Panel {
                    rows: rows.len(),
                    cols: k.width.min(s.n - first),
                    depth: steps.len(),
                    a,
                    a_row,
                    a_step,
                    tiled: p.tiled && p.left != Source::Direct,
                    b: right.start,
                    b_step: right.step,
                    ahead: right.ahead,
                    keep: right.keep,
                    c: acc.wrapping_add((first - cols.start) * k.accumulator),
                    c_row: acc_row,
                    fresh: steps.start == 0,
                };
                // SAFETY: the blocks of A and B are inside of the operands, or packed; the block
                // of C is this chunk's alone, as are the buffers of its slot.
                unsafe { (k.panel)(&work) };
            }
        }
        if let Some(finish) = k.finish {
            let done = Finish {
                from: acc.cast_const(),
                from_row: acc_row,
                rows: rows.len(),
                cols: cols.len(),
                to: c,
                to_row: s.c.rows,
            };
            // SAFETY: as above; the panels wrote all of the accumulators.
            unsafe { finish(&done) };
        }
        if let Some(epilogue) = self.epilogue {
            epilogue(Block::new(first, rows.len(), s.c.rows, cols.len(), slot));
        }
    }

    /// Where a block of A is read, and its strides; packs it first where it is to be a local copy.
    fn left(
        &self,
        index: usize,
        batch: usize,
        rows: &Range<usize>,
        steps: &Range<usize>,
        local: *mut u8,
    ) -> (*const u8, usize, usize) {
        let a = self.spec.a;
        let copy = match self.plan.left {
            Source::Direct => {
                let at = batch * a.batch + rows.start * a.rows + steps.start * a.cols;
                return (
                    self.a.wrapping_add(at * self.plan.kernels.input),
                    a.rows,
                    a.cols,
                );
            }
            Source::Local => {
                self.copy_left(batch, rows.clone(), steps.clone(), local);
                local
            }
            Source::Shared => self.shared_left(index, rows, steps),
        };
        (copy.cast_const(), steps.len(), 1)
    }

    /// Where a block of a panel of B is read; packs it first where it is to be a local copy.
    fn right(
        &self,
        stage: &Stage,
        index: usize,
        panel: usize,
        steps: &Range<usize>,
        local: *mut u8,
    ) -> Right {
        let (p, b, width) = (self.plan, self.spec.b, self.plan.kernels.width);
        let batch = stage.batches.start + index;
        let first = (stage.panels.start + panel) * width;
        let whole = first + width <= self.spec.n;
        let copied = |start: *const u8| Right {
            start,
            step: width,
            ahead: 0,
            keep: std::ptr::null_mut(),
        };
        if let Some(packed) = self.packed {
            let at = self.packed_at(stage.panels.start + panel, steps.start);
            return copied(packed.wrapping_add(at));
        }
        if whole && (p.right == Source::Direct || p.keep) {
            let at = batch * b.batch + steps.start * b.rows + first;
            let there = copied(self.b.wrapping_add(at * p.kernels.input));
            return Right {
                step: b.rows,
                ahead: p.ahead,
                keep: if p.keep { local } else { there.keep },
                ..there
            };
        }
        if p.right == Source::Shared {
            return copied(self.shared_right(stage, index, panel, steps.start));
        }
        self.copy_right(batch, stage.panels.start + panel, steps.clone(), local);
        copied(local)
    }
}

/// Where a block of a panel of B is read: as the fields of [`Panel`].
struct Right {
    start: *const u8,
    step: usize,
    ahead: usize,
    keep: *mut u8,
}

pub(super) fn each(
    inline: bool,
    slots: usize,
    chunks: usize,
    work: &(dyn Fn(usize, usize) + Sync),
) {
    if inline {
        (0..chunks).for_each(|chunk| work(0, chunk));
    } else {
        pool::run_slots(chunks, slots, work);
    }
}
