//! One run of a Winograd convolution: the kernel transformed, then chunks of blocks of tiles.

use super::super::super::run::each;
use super::super::Run;
use super::super::patch::{Copy, CopyAxis};
use super::super::walk::{RowAxes, RowAxis, Steps, Walk};
use super::tiles::{Side, Tiles};
use super::{Block, Chunk, DEPTH, Plan, line, point};
use crate::pool::MOST_THREADS;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// No tile hangs over.
pub(super) const WHOLE: [usize; 2] = [usize::MAX; 2];

/// One of the sixteen products, or some steps of it: `rows` of A by panels of B.
pub(super) struct Product {
    pub rows: RowAxis,
    pub a: *const u8,
    /// Steps: how many, and the distance in A.
    pub steps: (usize, usize),
    pub b: *const u8,
    /// Elements from a panel of B to the next.
    pub panel: usize,
    pub c: *mut u8,
    pub panels: usize,
    pub fresh: bool,
}

impl Run<'_, Plan> {
    /// Computes everything.
    pub(in super::super) fn all(&self) {
        let (p, s) = (self.plan, self.shape);
        if s.features_first {
            return each(p.inline, p.slots, p.chunks(s.groups), &|slot, i| {
                self.gradient(&p.chunk(s, i), slot);
            });
        }
        let each_own = p.shared == 0 && self.packed.is_none();
        if p.shared > 0 && self.packed.is_none() {
            self.transform_kernel();
        }
        let ready = [const { AtomicBool::new(false) }; MOST_THREADS];
        each(p.inline, p.slots, p.chunks(s.groups), &|slot, i| {
            if each_own && !ready[slot].swap(true, Ordering::Relaxed) {
                (0..s.groups * self.panels()).for_each(|i| self.transform_panel(i, slot));
            }
            self.chunk(&p.chunk(s, i), slot);
        });
    }

    /// Transforms the whole kernel for all threads.
    pub(in super::super) fn transform_kernel(&self) {
        let (p, s) = (self.plan, self.shape);
        if p.kernel_bytes() > 0 {
            each(p.inline, p.slots, s.groups * self.panels(), &|slot, i| {
                self.transform_panel(i, slot);
            });
        }
    }

    fn panels(&self) -> usize {
        self.shape.outputs.div_ceil(self.plan.kernels.width)
    }

    /// Where the areas of a slot begin.
    pub(super) fn slot(&self, slot: usize) -> [*mut u8; 7] {
        let p = self.plan;
        let mut at = line(p.shared) + slot * p.slot_bytes();
        p.bytes.map(|bytes| {
            let start = self.scratch.wrapping_add(at);
            at += line(bytes);
            start
        })
    }

    /// Elements of the transformed kernel from point to point.
    fn kernel_point(&self) -> usize {
        point(self.panels() * self.plan.kernels.width * self.shape.features)
    }

    /// Where the transformed kernel of a group that a slot uses has a point of a panel.
    fn transformed_kernel(&self, group: usize, point: usize, panel: usize, slot: usize) -> *mut u8 {
        let (p, k) = (self.plan, &self.plan.kernels);
        let start = match self.packed {
            Some(packed) => packed,
            None if p.shared > 0 => self.scratch,
            None => self.slot(slot)[6],
        };
        let points = group * 16 + point;
        let at = points * self.kernel_point() + panel * k.width * self.shape.features;
        start.wrapping_add(at * k.accumulator)
    }

    /// Transforms panel `i` of those of all groups.
    fn transform_panel(&self, i: usize, slot: usize) {
        let (k, s) = (&self.plan.kernels, self.shape);
        let (group, panel) = (i / self.panels(), i % self.panels());
        let [packed, ..] = self.slot(slot);
        s.pack(k, self.kernel, (group, panel), 0..1, packed);
        let place = s.features * k.width;
        let tiles = Tiles {
            from: packed,
            to: self.transformed_kernel(group, 0, panel, slot),
            source: Side {
                tiles: [0, 0, k.width],
                places: [3 * place, place],
                panel: 0,
            },
            target: Side {
                tiles: [0, 0, k.width],
                places: [4, 1].map(|points| points * self.kernel_point()),
                panel: 0,
            },
            count: [1, 1, s.features],
            places: WHOLE,
            channels: k.width,
            width: k.width,
        };
        // SAFETY: the packed panel, and this panel of all points.
        unsafe { (k.transforms.kernel)(&tiles) };
    }

    fn chunk(&self, chunk: &Chunk, slot: usize) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let [_, _, transformed, products, _, apart, _] = self.slot(slot);
        let at_once = p.cols_at_once / k.width;
        for block in p.blocks(chunk) {
            let tiles = block.images.len() * block.lines.len() * p.tiles[1];
            self.transform_input(chunk, &block, slot);
            for first in chunk.panels.clone().step_by(at_once) {
                let panels = first..(first + at_once).min(chunk.panels.end);
                let cols = panels.len() * k.width;
                for i in 0..16 {
                    let channels = self.wide(s.features);
                    self.multiply(&Product {
                        rows: RowAxis {
                            count: tiles,
                            a: channels,
                            c: cols,
                        },
                        a: transformed.wrapping_add(i * point(tiles * channels) * k.accumulator),
                        steps: (s.features, 1),
                        b: self.transformed_kernel(chunk.group, i, panels.start, slot),
                        panel: k.width * s.features,
                        c: products.wrapping_add(i * point(tiles * cols) * k.accumulator),
                        panels: panels.len(),
                        fresh: true,
                    });
                }
                self.transform_result(chunk, &block, &panels, products, slot);
            }
            let lines = self.lines(&block);
            let last = (chunk.panels.end * k.width).min(s.outputs);
            let cols = chunk.panels.start * k.width..last;
            if p.apart {
                self.deliver(chunk, &block, &cols, apart, slot);
            }
            if let Some(epilogue) = self.epilogue {
                s.follow(epilogue, &block.images, &lines, cols, slot);
            }
        }
    }
    /// Channels of a place of the transformed input.
    pub(super) fn wide(&self, channels: usize) -> usize {
        channels.next_multiple_of(self.plan.kernels.lanes)
    }

    /// The places that the tiles of a block are cut from, along the first axis.
    pub(super) fn lines(&self, block: &Block) -> Range<usize> {
        let most = self.shape.tiled()[0];
        2 * block.lines.start..(2 * block.lines.end).min(most)
    }

    /// Tiles of a block.
    pub(super) fn tiles(&self, block: &Block) -> [usize; 3] {
        [block.images.len(), block.lines.len(), self.plan.tiles[1]]
    }

    /// One of the sixteen products.
    pub(super) fn multiply(&self, x: &Product) {
        let k = &self.plan.kernels;
        let rows = RowAxes::new(std::iter::once(x.rows));
        let (steps, step) = x.steps;
        for first in (0..steps.max(1)).step_by(DEPTH) {
            for panel in 0..x.panels {
                let b = panel * x.panel + first * k.width;
                let walk = Walk {
                    rows: &rows,
                    steps: Steps {
                        repeat: (1, 0),
                        runs: &[first * step],
                        run: ((steps - first).min(DEPTH), step),
                    },
                    a: x.a,
                    b: x.b.wrapping_add(b * k.accumulator),
                    b_step: k.width,
                    c: x.c.wrapping_add(panel * k.width * k.accumulator),
                    cols: k.width,
                    fresh: x.fresh && first == 0,
                };
                // SAFETY: transformed tiles, the transformed kernel or cotangent, and products or sums, all in buffers
                // planned for a block.
                unsafe { (k.walk)(&walk) };
            }
        }
    }

    /// Copies what the kernel sees of a block of the input, and transforms it.
    pub(super) fn transform_input(&self, chunk: &Chunk, block: &Block, slot: usize) {
        let (s, k) = (self.shape, &self.plan.kernels);
        let [patch, _, transformed, ..] = self.slot(slot);
        let count = self.tiles(block);
        let channels = self.wide(chunk.channels.len());
        let line = (2 * count[2] + 2) * channels;
        let image = (2 * count[1] + 2) * line;
        let (from_image, from_channel) = s.image_and_channel();
        let mut from = chunk.group as isize * s.input[0]
            + block.images.start as isize * from_image
            + chunk.channels.start as isize * from_channel;
        let mut to = 0;
        let mut axes = [CopyAxis::default(); 4];
        axes[0] = CopyAxis {
            count: count[0],
            from: from_image,
            to: image,
        };
        let places = [self.lines(block), 0..s.tiled()[1]];
        for (i, places) in places.into_iter().enumerate() {
            let (axis, step) = (&s.axes[i], [line, channels][i]);
            let first = places.start as i64 - axis.window.low;
            let end = (first + places.len() as i64 + 2).min(axis.size as i64);
            let seen = first.max(0);
            from += seen as isize * s.input[2 + i];
            to += (seen - first) as usize * step;
            axes[1 + i] = CopyAxis {
                count: (end - seen).max(0) as usize,
                from: s.input[2 + i],
                to: step,
            };
        }
        axes[3] = CopyAxis {
            count: chunk.channels.len(),
            from: from_channel,
            to: 1,
        };
        let copy = Copy::new(
            axes.into_iter(),
            self.input.wrapping_offset(from * k.element as isize),
            patch.wrapping_add(to * k.accumulator),
        );
        let tiles = Tiles {
            from: patch,
            to: transformed,
            source: Side {
                tiles: [image, 2 * line, 2 * channels],
                places: [line, channels],
                panel: 0,
            },
            target: self.points(count, channels),
            count,
            places: WHOLE,
            channels,
            width: channels.max(1),
        };
        // SAFETY: the slot's buffers, planned for the largest block; what is copied is inside of the input, which the
        // caller of `run` vouches for, and of the buffer.
        unsafe {
            patch.write_bytes(0, count[0] * image * k.accumulator);
            (k.widen)(&copy);
            (k.transforms.input)(&tiles);
        }
    }

    /// Where sixteen points of tiles lie, with so many columns each.
    pub(super) fn points(&self, [images, lines, tiles]: [usize; 3], cols: usize) -> Side {
        let next = point(images * lines * tiles * cols);
        Side {
            tiles: [lines * tiles * cols, tiles * cols, cols],
            places: [4 * next, next],
            panel: self.plan.kernels.width,
        }
    }

    /// Transforms the products of some panels to results.
    fn transform_result(
        &self,
        chunk: &Chunk,
        block: &Block,
        panels: &Range<usize>,
        products: *const u8,
        slot: usize,
    ) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let (lines, count) = (self.lines(block), self.tiles(block));
        let cols = panels.len() * k.width;
        let (to, [image, line, place]) = match p.apart {
            true => (self.slot(slot)[5], self.apart(chunk, block)),
            false => (
                self.result_at(chunk, block, slot),
                [s.result[1], s.result[2], s.result[3]],
            ),
        };
        let first = (panels.start - chunk.panels.start) * k.width;
        let left = s.outputs - panels.start * k.width;
        let tiles = Tiles {
            from: products,
            to: to.wrapping_add(first * k.accumulator),
            source: self.points(count, cols),
            target: Side {
                tiles: [image, 2 * line, 2 * place],
                places: [line, place],
                panel: k.width,
            },
            count,
            places: [lines.len(), s.axes[1].result],
            channels: if p.apart { cols } else { cols.min(left) },
            width: k.width,
        };
        // SAFETY: the slot's products, and the block's results or the slot's buffer for them.
        unsafe { (k.transforms.result)(&tiles) };
    }

    /// Distances of results that are made apart: from image to image, from line to line, from place to place.
    fn apart(&self, chunk: &Chunk, block: &Block) -> [usize; 3] {
        let cols = chunk.panels.len() * self.plan.kernels.width;
        let line = self.shape.axes[1].result * cols;
        [self.lines(block).len() * line, line, cols]
    }

    /// Where the results of a block begin.
    fn result_at(&self, chunk: &Chunk, block: &Block, slot: usize) -> *mut u8 {
        let (s, k) = (self.shape, &self.plan.kernels);
        let at = chunk.group * s.result[0]
            + block.images.start * s.result[1]
            + 2 * block.lines.start * s.result[2]
            + chunk.panels.start * k.width * s.result[4];
        self.result.block(at * k.element, slot)
    }

    /// Rounds results of a block, which were made apart, to where they go.
    fn deliver(
        &self,
        chunk: &Chunk,
        block: &Block,
        cols: &Range<usize>,
        apart: *const u8,
        slot: usize,
    ) {
        let (s, k) = (self.shape, &self.plan.kernels);
        let counts = [
            block.images.len(),
            self.lines(block).len(),
            s.axes[1].result,
        ];
        let along = counts.into_iter().zip(self.apart(chunk, block));
        let rows = along.enumerate().map(|(i, (count, from))| CopyAxis {
            count,
            from: from as isize,
            to: s.result[1 + i],
        });
        let cols = CopyAxis {
            count: cols.len(),
            from: 1,
            to: s.result[4],
        };
        let to = self.result_at(chunk, block, slot);
        let copy = Copy::new(rows.chain(std::iter::once(cols)), apart, to);
        // SAFETY: the slot's results, and their places.
        unsafe { (k.round)(&copy) };
    }
}
