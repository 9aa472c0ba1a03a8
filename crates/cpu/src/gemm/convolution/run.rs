//! One run of a planned convolution: the kernel packed, then chunks.

use super::super::run::each;
use super::Run;
use super::patch::{Copy, CopyAxis};
use super::plan::{Chunk, Plan};
use super::walk::{RowAxes, RowAxis, Walk};
use std::ops::Range;

/// What a chunk does at a time: its images, and where they are read.
struct Block<'a> {
    chunk: &'a Chunk,
    images: Range<usize>,
    a: *const u8,
    /// The accumulators: in the result, or apart.
    c: *mut u8,
}

impl Run<'_, Plan> {
    /// Computes everything.
    pub(super) fn all(&self) {
        let (p, s) = (self.plan, self.shape);
        if self.packed.is_none() {
            self.pack_kernel();
        }
        each(p.inline, p.slots, p.chunks(s.groups), &|slot, i| {
            self.chunk(&p.chunk(s, i), slot);
        });
    }

    /// Packs the kernel, where all chunks share it.
    pub(super) fn pack_kernel(&self) {
        let (p, s) = (self.plan, self.shape);
        if p.packed > 0 {
            let panels = s.outputs.div_ceil(p.kernels.width);
            each(p.inline, p.slots, s.groups * panels, &|_, i| {
                let to = self.panel(i);
                s.pack(&p.kernels, self.kernel, (i / panels, i % panels), 0..1, to);
            });
        }
    }

    /// Where panel `i` of the packed kernel is, of the panels of all groups.
    fn panel(&self, i: usize) -> *mut u8 {
        let (p, k) = (self.plan, &self.plan.kernels);
        let steps = p.runs.len() * p.run.0;
        let packed = self.packed.unwrap_or(self.scratch);
        packed.wrapping_add(i * steps * k.width * k.accumulator)
    }

    fn chunk(&self, chunk: &Chunk, slot: usize) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let [patch, local, apart] = p.slot_at(slot).map(|at| self.scratch.wrapping_add(at));
        if p.direct.is_none() {
            // Padding stays zero while images are copied into the rest.
            // SAFETY: the buffer of this chunk's slot.
            unsafe { patch.write_bytes(0, p.patch) };
        }
        let c = |image: usize| match p.apart {
            true => apart,
            false => self.result_at(chunk, image, slot),
        };
        // A sum over no images is zero all the same.
        let last = chunk
            .images
            .end
            .max(chunk.images.start + usize::from(s.features_first));
        for first in (chunk.images.start..last).step_by(p.images_at_once) {
            let images = first..(first + p.images_at_once).min(chunk.images.end);
            let block = Block {
                chunk,
                a: self.source(chunk, &images, patch),
                c: c(if s.features_first { 0 } else { first }),
                images,
            };
            if s.features_first {
                let steps = p.runs.len() * p.run.0 * block.images.len();
                let to_pack = if p.direct_kernel.is_some() {
                    0..0
                } else {
                    chunk.panels.clone()
                };
                for (i, panel) in to_pack.enumerate() {
                    let to = local.wrapping_add(i * steps * k.width * k.accumulator);
                    let which = (chunk.group, panel);
                    s.pack(k, self.kernel, which, block.images.clone(), to);
                }
                self.block(&block, local, steps, first == chunk.images.start);
            } else {
                let steps = p.runs.len() * p.run.0;
                let panels = s.outputs.div_ceil(k.width);
                let panel = chunk.group * panels + chunk.panels.start;
                self.block(&block, self.panel(panel), steps, true);
                if p.apart {
                    self.deliver(&block, first, slot);
                }
                if let Some(epilogue) = self.epilogue {
                    let cols =
                        chunk.panels.start * k.width..(chunk.panels.end * k.width).min(s.outputs);
                    s.follow(epilogue, &block.images, &chunk.band, cols, slot);
                }
            }
        }
        if p.apart && s.features_first {
            let block = Block {
                chunk,
                images: 0..0,
                a: patch,
                c: c(0),
            };
            self.deliver(&block, 0, slot);
        }
    }

    /// All rows and panels of a chunk, for some images; a panel of the kernel has `steps` rows.
    fn block(&self, block: &Block, b: *const u8, steps: usize, fresh: bool) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let rows = self.rows(block);
        let images = if s.features_first {
            block.images.len()
        } else {
            1
        };
        for first in (0..p.runs.len()).step_by(p.runs_at_once) {
            let runs = first..(first + p.runs_at_once).min(p.runs.len());
            for (i, panel) in block.chunk.panels.clone().enumerate() {
                let (b, b_step) = match p.direct_kernel {
                    Some(step) => {
                        let features = s.kernel[1 + s.axes.len()].unsigned_abs();
                        let image = if s.features_first {
                            block.images.start * features
                        } else {
                            0
                        };
                        let group = block.chunk.group * s.kernel[0].unsigned_abs();
                        let at = group + image + first * p.run.0 * step + panel * k.width;
                        (self.kernel.wrapping_add(at * k.element), step)
                    }
                    None => {
                        let row = i * steps + first * p.run.0;
                        (b.wrapping_add(row * k.width * k.accumulator), k.width)
                    }
                };
                let walk = Walk {
                    rows: &rows,
                    steps: p.steps(&runs, images, s.features_first),
                    a: block.a,
                    b,
                    b_step,
                    c: block.c.wrapping_add(i * k.width * k.accumulator),
                    cols: k.width.min(s.outputs - panel * k.width),
                    fresh: fresh && first == 0,
                };
                // SAFETY: rows and steps stay inside of the input or of its padded copy, steps inside of the
                // packed panel, rows and columns inside of the chunk's part of the result or of its accumulators.
                unsafe { (k.walk)(&walk) };
            }
        }
    }

    /// The rows of a block, and where their accumulators are: in the result, or dense.
    fn rows(&self, block: &Block) -> RowAxes {
        RowAxes::new(self.axes(block).map(|(axis, dense)| RowAxis {
            c: if self.plan.apart { dense } else { axis.c },
            ..axis
        }))
    }

    /// The axes of the rows of a block, and the distance of the accumulators along each where they are dense.
    fn axes(&self, block: &Block) -> impl Iterator<Item = (RowAxis, usize)> {
        let (p, s) = (self.plan, self.shape);
        let rank = s.axes.len();
        let (images, channels) = if s.features_first {
            (1, block.chunk.channels.len())
        } else {
            (block.images.len(), 1)
        };
        let mut axes = [(RowAxis::default(), 0); super::walk::MOST_AXES];
        axes[0].0 = RowAxis {
            count: images,
            a: p.image,
            c: s.result[1],
        };
        for (i, axis) in s.axes.iter().enumerate() {
            axes[1 + i].0 = RowAxis {
                count: if i == 0 {
                    block.chunk.band.len()
                } else {
                    axis.result
                },
                a: axis.window.stride * p.spatial[i],
                c: s.result[2 + i],
            };
        }
        axes[1 + rank].0 = RowAxis {
            count: channels,
            a: p.channel,
            c: s.result[1],
        };
        let mut distance = self.cols(block.chunk);
        for (axis, dense) in axes[..rank + 2].iter_mut().rev() {
            *dense = distance;
            distance *= axis.count;
        }
        axes.into_iter().take(rank + 2)
    }

    /// Columns of a chunk's accumulators that are kept apart: whole panels.
    fn cols(&self, chunk: &Chunk) -> usize {
        chunk.panels.len() * self.plan.kernels.width
    }

    /// Where the images of a block are read: in place, or in the copy that this makes.
    fn source(&self, chunk: &Chunk, images: &Range<usize>, patch: *mut u8) -> *const u8 {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let (image, channel) = s.image_and_channel();
        let mut at = chunk.group as isize * s.input[0]
            + images.start as isize * image
            + chunk.channels.start as isize * channel;
        if let Some(first) = p.direct {
            at += first;
            if let Some(axis) = s.axes.first() {
                at += (chunk.band.start * axis.window.stride) as isize * s.input[2];
            }
            return self.input.wrapping_offset(at * k.element as isize);
        }
        let mut to = 0;
        let mut axes = [CopyAxis::default(); super::walk::MOST_AXES];
        axes[0] = CopyAxis {
            count: images.len(),
            from: image,
            to: p.image,
        };
        for (i, axis) in s.axes.iter().enumerate() {
            let band = if i == 0 {
                chunk.band.clone()
            } else {
                0..axis.result
            };
            let (seen, at_first) = axis.seen(&band);
            at += seen.start as isize * s.input[2 + i];
            to += at_first * p.spatial[i];
            axes[1 + i] = CopyAxis {
                count: seen.len(),
                from: s.input[2 + i],
                to: p.spatial[i],
            };
        }
        let len = s.axes.len() + 2;
        axes[len - 1] = CopyAxis {
            count: chunk.channels.len(),
            from: channel,
            to: p.channel,
        };
        let copy = Copy::new(
            axes.into_iter().take(len),
            self.input.wrapping_offset(at * k.element as isize),
            patch.wrapping_add(to * k.accumulator),
        );
        // SAFETY: the elements are inside of the input, which the caller of `run` vouches for, and of the slot's
        // copy, which was planned for the largest chunk.
        unsafe { (k.widen)(&copy) };
        patch
    }

    /// Where the result of a chunk begins, from an image on.
    fn result_at(&self, chunk: &Chunk, image: usize, slot: usize) -> *mut u8 {
        let (s, k) = (self.shape, &self.plan.kernels);
        let batch = if s.features_first {
            chunk.channels.start
        } else {
            image
        };
        let mut at = chunk.group * s.result[0] + batch * s.result[1];
        if !s.axes.is_empty() {
            at += chunk.band.start * s.result[2];
        }
        at += chunk.panels.start * k.width * s.result[s.result.len() - 1];
        self.result.block(at * k.element, slot)
    }

    /// Rounds the accumulators of a block, which are kept apart, to where they go.
    fn deliver(&self, block: &Block, image: usize, slot: usize) {
        let (s, k, chunk) = (self.shape, &self.plan.kernels, block.chunk);
        let rows = self.axes(block).map(|(axis, dense)| CopyAxis {
            count: axis.count,
            from: dense as isize,
            to: axis.c,
        });
        let cols = CopyAxis {
            count: (chunk.panels.end * k.width).min(s.outputs) - chunk.panels.start * k.width,
            from: 1,
            to: s.result[s.result.len() - 1],
        };
        let axes = rows.chain(std::iter::once(cols));
        let copy = Copy::new(axes, block.c, self.result_at(chunk, image, slot));
        // SAFETY: the chunk's accumulators, and its part of the result.
        unsafe { (k.round)(&copy) };
    }
}
