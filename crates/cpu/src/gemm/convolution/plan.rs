//! The plan of a convolution: what is copied and packed, and the grid of chunks, none of which can reach a chain.

use super::super::plan::{line, part, worth};
use super::Shape;
use super::kernels::{Kernels, kernels};
use super::walk::Steps;
use crate::isa::Isa;
use std::ops::Range;

/// Steps of a sum between two visits of C, about: a panel of the kernel of this depth streams from the
/// second-level cache.
const DEPTH: usize = 800;
/// Elements of padded images that a chunk works on at a time: they stay in the second-level cache.
const PATCH: usize = 24_576;
/// Elements of results that something follows on at a time.
const FOLLOWED: usize = 49_152;
/// Up to this many rows, a packed copy of the kernel would not be used often enough.
const THIN: usize = 12;
/// Multiply-adds below which a convolution is not worth waking the pool.
pub(super) const SMALL: usize = 200_000;

#[derive(Debug)]
pub(super) struct Plan {
    pub kernels: Kernels,
    /// The input is read where it lies; its first element that is read.
    pub direct: Option<isize>,
    /// The kernel is read where it lies: the distance between the rows of its steps.
    pub direct_kernel: Option<usize>,
    /// Distances in what is read: from image to image, along the spatial axes, along channels.
    pub image: usize,
    pub spatial: Vec<usize>,
    pub channel: usize,
    /// Where the runs of steps begin, and what a run is: elements, distance.
    pub runs: Vec<usize>,
    pub run: (usize, usize),
    /// Runs between two visits of C.
    pub runs_at_once: usize,
    /// Images of a chunk that are copied and gone through together.
    pub images_at_once: usize,
    /// The grid of chunks, beside the groups.
    pub image_blocks: usize,
    pub channel_blocks: usize,
    pub bands: usize,
    pub col_blocks: usize,
    /// Accumulators are kept apart, and delivered in the end.
    pub apart: bool,
    pub inline: bool,
    pub slots: usize,
    /// Bytes: the packed kernel, and in each slot the copy of images, the packed kernel and the accumulators.
    pub packed: usize,
    pub patch: usize,
    pub local: usize,
    pub accumulators: usize,
}

/// What a convolution is to the engine: rows are places of images or of channels, and steps run over the other.
impl Shape {
    /// What steps or rows count as images: examples, or features where these come first.
    pub(super) fn images(&self) -> usize {
        if self.features_first {
            self.features
        } else {
            self.batch
        }
    }

    /// What lies innermost of an image.
    pub(super) fn channels(&self) -> usize {
        if self.features_first {
            self.batch
        } else {
            self.features
        }
    }

    /// Distances of the input from image to image and from channel to channel.
    pub(super) fn image_and_channel(&self) -> (isize, isize) {
        let (batch, features) = (self.input[1], self.input[self.input.len() - 1]);
        if self.features_first {
            (features, batch)
        } else {
            (batch, features)
        }
    }

    /// The distance between the kernel's elements of one step and of the next, where it is always the same.
    pub(super) fn even_steps(&self) -> Option<usize> {
        let rank = self.axes.len();
        let feature = (self.features, self.kernel[1 + rank]);
        let positions = self.axes.iter().zip(&self.kernel[1..]);
        let mut axes: Vec<(usize, isize)> = positions.map(|(axis, &s)| (axis.kernel, s)).collect();
        axes.insert(if self.features_first { 0 } else { rank }, feature);
        axes.retain(|axis| axis.0 != 1);
        let even = axes
            .windows(2)
            .all(|pair| pair[0].1 == pair[1].1 * pair[1].0 as isize);
        let step = axes.last().map_or(0, |axis| axis.1);
        (even && step >= 0).then_some(step.unsigned_abs())
    }
}

impl Plan {
    pub(super) fn new(shape: &Shape, isa: Isa, slots: usize) -> Option<Plan> {
        let two = kernels(isa, shape.dtype, 2)?;
        let kernels = if shape.outputs * 2 <= two.width {
            kernels(isa, shape.dtype, 1)?
        } else {
            two
        };
        let panels = shape.outputs.div_ceil(kernels.width).max(1);
        let total = shape.work();
        let (images, channels) = (shape.images(), shape.channels());

        // The grid. The kernel gradient is cut along channels and columns: its steps run over all images.
        let mut wanted = worth(total).div_ceil(shape.groups.max(1));
        if shape.features_first {
            // Each chunk copies all images and packs all steps that it needs.
            wanted = wanted.min(2 * slots);
        }
        let most = if shape.features_first { 1 } else { images };
        let image_blocks = wanted.clamp(1, most.max(1));
        let rest = wanted.div_ceil(image_blocks);
        let whole = shape.following.is_some_and(|f| f.whole_columns);
        let col_blocks = rest.clamp(1, if whole { 1 } else { panels });
        let rest = rest.div_ceil(col_blocks);
        let most = if shape.features_first {
            channels.div_ceil(6)
        } else {
            1
        };
        let channel_blocks = rest.clamp(1, most.max(1));
        let bands = rest.div_ceil(channel_blocks).clamp(1, shape.lines().max(1));
        let most_of = |len: usize, parts: usize| len.div_ceil(parts);

        // What is read: the input itself, or copies of images, padded, channels innermost.
        let direct = Self::direct(shape, &kernels);
        let (copied, spatial, image, channel);
        if direct.is_some() {
            let (i, c) = shape.image_and_channel();
            let axes = 2..2 + shape.axes.len();
            spatial = axes.map(|a| shape.input[a].unsigned_abs()).collect();
            (copied, image, channel) = (0, i.unsigned_abs(), c.unsigned_abs());
        } else {
            let mut distance = most_of(channels, channel_blocks);
            let mut distances = vec![0; shape.axes.len()];
            for i in (0..shape.axes.len()).rev() {
                distances[i] = distance;
                let results = shape.axes[i].result;
                let band = if i == 0 {
                    shape.longest_band(bands)
                } else {
                    results
                };
                distance *= shape.axes[i].reach(band);
            }
            (copied, image, channel, spatial) = (distance, distance, 1, distances);
        }

        let (runs, run) = Self::runs(shape, &spatial, channel);
        let steps = (runs.len() * run.0).max(1);
        let runs_at_once = (DEPTH / run.0.max(1)).clamp(1, runs.len().max(1));
        let one = runs_at_once < runs.len();
        let by_patch = PATCH.checked_div(copied).unwrap_or(usize::MAX);
        // What follows finds the results in the cache.
        let by_result = match shape.following {
            Some(_) => FOLLOWED / shape.image().max(1),
            None => usize::MAX,
        };
        let by_patch = by_patch.min(by_result);
        let images_at_once = match shape.features_first {
            true if one => 1,
            true => (DEPTH / steps).min(by_patch),
            false => by_patch,
        };
        let images_at_once = images_at_once.clamp(1, most_of(images, image_blocks).max(1));

        let apart = !kernels.native || shape.result[shape.result.len() - 1] != 1;
        let width = kernels.width;
        let bytes = kernels.accumulator;
        let cols = panels.div_ceil(col_blocks) * width;
        let inner: usize = shape.axes.iter().skip(1).map(|axis| axis.result).product();
        let outer = if shape.features_first {
            most_of(channels, channel_blocks)
        } else {
            images_at_once
        };
        let rows = outer * inner * shape.longest_band(bands);
        let direct_kernel = Self::direct_kernel(shape, &kernels).filter(|_| rows <= THIN);
        let packed = if direct_kernel.is_some() {
            0
        } else {
            steps * bytes
        };
        let inline = total < SMALL;
        Some(Plan {
            direct,
            direct_kernel,
            image,
            spatial,
            channel,
            runs,
            run,
            runs_at_once,
            images_at_once,
            image_blocks,
            channel_blocks,
            bands,
            col_blocks,
            apart,
            inline,
            slots: if inline { 1 } else { slots },
            packed: if shape.features_first {
                0
            } else {
                shape.groups * panels * width * packed
            },
            patch: copied * images_at_once * bytes,
            local: if shape.features_first {
                images_at_once * cols * packed
            } else {
                0
            },
            accumulators: if apart { rows * cols * bytes } else { 0 },
            kernels,
        })
    }

    /// The first element of the input that is read, where it can be read in place: no padding, nothing to
    /// widen.
    fn direct(shape: &Shape, kernels: &Kernels) -> Option<isize> {
        let inside = shape.axes.iter().enumerate().all(|(i, axis)| {
            let first = -axis.window.low;
            shape.input[2 + i] >= 0
                && first >= 0
                && first as usize + axis.reach(axis.result) <= axis.size
        });
        let side_by_side = shape.image_and_channel().1 == 1 || shape.channels() == 1;
        let first = || {
            let along = shape.axes.iter().zip(&shape.input[2..]);
            along
                .map(|(axis, step)| -axis.window.low as isize * step)
                .sum()
        };
        (inside && side_by_side && kernels.native).then(first)
    }

    /// The distance between the rows of the kernel's steps, where they can be read in place: evenly spaced, of
    /// whole panels, nothing to widen.
    fn direct_kernel(shape: &Shape, kernels: &Kernels) -> Option<usize> {
        let outputs = shape.kernel[shape.kernel.len() - 1];
        let whole = shape.outputs.is_multiple_of(kernels.width) && outputs == 1;
        shape.even_steps().filter(|_| whole && kernels.native)
    }

    /// The steps within an image: positions of the kernel, and with features last those of each.
    pub(super) fn runs(
        shape: &Shape,
        spatial: &[usize],
        channel: usize,
    ) -> (Vec<usize>, (usize, usize)) {
        let kernel = shape.axes.iter().zip(spatial);
        let mut axes: Vec<(usize, usize)> = kernel
            .map(|(axis, step)| (axis.kernel, axis.window.kernel_dilation * step))
            .collect();
        if !shape.features_first {
            axes.push((shape.features, channel));
        }
        if axes.iter().any(|axis| axis.0 == 0) {
            return (vec![0], (0, 0));
        }
        // Neighbours that run on are one.
        let mut merged: Vec<(usize, usize)> = vec![];
        for (count, step) in axes.into_iter().filter(|axis| axis.0 != 1) {
            match merged.last_mut() {
                Some(outer) if outer.1 == step * count => *outer = (outer.0 * count, step),
                _ => merged.push((count, step)),
            }
        }
        let run = merged.pop().unwrap_or((1, 0));
        let mut runs = vec![0];
        for (count, step) in merged {
            let outer = runs.iter();
            runs = outer
                .flat_map(|&at| (0..count).map(move |i| at + i * step))
                .collect();
        }
        (runs, run)
    }

    /// Runs between two visits of C, and for how many images.
    pub(super) fn steps(&self, runs: &Range<usize>, images: usize, over_images: bool) -> Steps<'_> {
        Steps {
            repeat: if over_images {
                (images, self.image)
            } else {
                (1, 0)
            },
            runs: &self.runs[runs.clone()],
            run: self.run,
        }
    }

    /// The images and the lines of a block that is gone through at a time, at most, if it has all columns.
    pub(super) fn block(&self, shape: &Shape) -> Option<(usize, usize)> {
        let block = (self.images_at_once, shape.longest_band(self.bands));
        (self.col_blocks == 1).then_some(block)
    }

    pub(super) fn chunks(&self, groups: usize) -> usize {
        groups * self.image_blocks * self.channel_blocks * self.bands * self.col_blocks
    }

    /// Chunk `i` of the grid.
    pub(super) fn chunk(&self, shape: &Shape, i: usize) -> Chunk {
        let panels = shape.outputs.div_ceil(self.kernels.width);
        let mut rest = i;
        let mut next = |count: usize| {
            let i = rest % count;
            rest /= count;
            i
        };
        let cut = |i: usize, parts: usize, len: usize| part(len, parts, i);
        let panels = cut(next(self.col_blocks), self.col_blocks, panels);
        let band = shape.band(self.bands, next(self.bands));
        let (rows, images) = (shape.channels(), shape.images());
        let channels = cut(next(self.channel_blocks), self.channel_blocks, rows);
        let images = cut(next(self.image_blocks), self.image_blocks, images);
        Chunk {
            group: rest,
            images,
            channels,
            band,
            panels,
        }
    }

    /// Bytes of scratch memory: the packed kernel, and the slots.
    pub(super) fn scratch_bytes(&self) -> usize {
        line(self.packed) + self.slots * self.slot_bytes()
    }

    /// Where the copy of images, the packed kernel and the accumulators of a slot start.
    pub(super) fn slot_at(&self, slot: usize) -> [usize; 3] {
        let patch = line(self.packed) + slot * self.slot_bytes();
        let local = patch + line(self.patch);
        [patch, local, local + line(self.local)]
    }

    fn slot_bytes(&self) -> usize {
        line(self.patch) + line(self.local) + line(self.accumulators)
    }
}

/// A part of the work that one thread does.
#[derive(Debug)]
pub(super) struct Chunk {
    pub group: usize,
    pub images: Range<usize>,
    pub channels: Range<usize>,
    /// Places along the first spatial axis.
    pub band: Range<usize>,
    pub panels: Range<usize>,
}
