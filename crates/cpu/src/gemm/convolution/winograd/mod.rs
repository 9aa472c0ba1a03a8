//! Winograd's convolutions: of 3 x 3 places, tile by tile (`bouton_ir::winograd` has the definition and its sources).
//!
//! A block of tiles of the input is transformed, and is the left side of sixteen products of matrices, one for each point
//! of a tile; their right side is the transformed kernel. So are the gradients of the input. In the gradient of a kernel
//! the right side is the transformed cotangent, and the products sum over tiles, block by block.

mod gradient;
mod run;
pub(super) mod tiles;

use super::super::plan::{line, part, worth};
use super::Shape;
use super::kernels::{Kernels, kernels};
use super::plan::SMALL;
use crate::isa::Isa;
use std::ops::Range;

/// Elements of transformed tiles that are worked on at a time: they stay in the second-level cache.
const BLOCK: usize = 98_304;
/// Tiles that are worked on at a time at least: they share what is read of the transformed kernel.
const FEWEST: usize = 24;
/// Columns of products that are transformed at a time, and columns and channels of a chunk of a kernel gradient: whole
/// panels.
const COLS: usize = 64;
/// Elements of a transformed kernel up to which each thread makes its own: that takes no longer than to meet and to bring it
/// from core to core.
const OWN: usize = 65_536;
/// Steps of a sum between two visits of its product.
const DEPTH: usize = 512;

#[derive(Debug)]
pub(super) struct Plan {
    kernels: Kernels,
    /// Tiles along both axes of an image.
    tiles: [usize; 2],
    /// Lines of tiles that blocks and bands are cut between.
    unit: usize,
    /// What is worked on at a time: images, lines of tiles, and columns.
    images_at_once: usize,
    lines_at_once: usize,
    cols_at_once: usize,
    /// The grid of chunks, beside the groups: parts of the images, bands of lines, parts of channels, of panels.
    parts: [usize; 4],
    /// Results are made apart, and delivered in the end.
    apart: bool,
    inline: bool,
    slots: usize,
    /// Bytes of the transformed kernel that all threads share.
    shared: usize,
    /// Bytes in each slot: the copies of the input and the cotangent, their transforms or the products, sums, results, and
    /// a transformed kernel.
    bytes: [usize; 7],
}

/// A part of the work that one thread does.
#[derive(Debug)]
struct Chunk {
    group: usize,
    images: Range<usize>,
    /// Lines of tiles.
    band: Range<usize>,
    channels: Range<usize>,
    panels: Range<usize>,
}

/// What a chunk does at a time.
#[derive(Clone, Debug)]
struct Block {
    images: Range<usize>,
    lines: Range<usize>,
}

impl Shape {
    /// The places along the spatial axes that tiles are cut from.
    fn tiled(&self) -> [usize; 2] {
        [0, 1].map(|i| match self.features_first {
            true => self.axes[i].kernel,
            false => self.axes[i].result,
        })
    }
}

impl Plan {
    /// The plan for a shape; none for types that are no floats.
    ///
    /// # Panics
    /// If the shape is none of Winograd's: see `bouton_ir::Convolution::winograd`.
    pub(super) fn new(shape: &Shape, isa: Isa, slots: usize) -> Option<Plan> {
        assert_eq!(shape.axes.len(), 2, "Winograd's tiles have two axes");
        let kernels = kernels(isa, shape.dtype, 2)?;
        let (width, bytes) = (kernels.width, kernels.accumulator);
        let wide = |channels: usize| channels.next_multiple_of(kernels.lanes);
        let most = |len: usize, parts: usize| len.div_ceil(parts);
        let tiles = shape.tiled().map(|places| places.div_ceil(2));
        let (images, channels) = (shape.images(), shape.channels());
        let panels = shape.outputs.div_ceil(width).max(1);
        // Lines that belong together are whole lines of tiles, or what is left at the end of an image.
        let together = shape.lines_at_once().max(1);
        let unit = if together.is_multiple_of(2) {
            together / 2
        } else {
            together
        };
        let units = tiles[0].div_ceil(unit).max(1);

        let total = shape.work();
        let inline = total < SMALL;
        let mut parts = [1; 4];
        if shape.features_first {
            // All chunks go through all images.
            parts[3] = most(panels * width, COLS).max(slots).min(panels);
            let rest = most(slots, parts[3]);
            parts[2] = most(channels, COLS)
                .max(rest)
                .clamp(1, most(channels, kernels.lanes).max(1));
        } else {
            let whole = shape.following.is_some_and(|f| f.whole_columns);
            let wanted = worth(total).div_ceil(shape.groups.max(1));
            parts[0] = wanted.clamp(1, images.max(1));
            // Few lines make small products.
            let rest = wanted.min(2 * slots).div_ceil(parts[0]);
            parts[1] = rest.clamp(1, units);
            parts[3] = rest
                .div_ceil(parts[1])
                .clamp(1, if whole { 1 } else { panels });
        }

        let channels = most(channels, parts[2]);
        let cols = most(panels, parts[3]) * width;
        let cols_at_once = if shape.features_first {
            cols
        } else {
            cols.min(COLS)
        };
        let block = (BLOCK / (16 * (wide(channels) + cols_at_once))).max(FEWEST);
        let images = most(images, parts[0]);
        let band = most(units, parts[1]) * unit;
        let images_at_once = (block / (tiles[1] * band).max(1)).clamp(1, images.max(1));
        let lines_at_once = match images_at_once {
            1 => (block / tiles[1].max(1) / unit * unit).clamp(unit, band),
            _ => band,
        };

        let apart = !kernels.native || shape.result[4] != 1;
        let at_once = images_at_once * lines_at_once * tiles[1];
        let lines = images_at_once * 2 * lines_at_once;
        let copied = images_at_once * (2 * lines_at_once + 2) * (2 * tiles[1] + 2) * wide(channels);
        let transformed = 16 * point(at_once * wide(channels));
        let products = 16 * point(at_once * cols_at_once);
        let [cotangent, sums, results] = match shape.features_first {
            true => [
                lines * 2 * tiles[1] * cols,
                16 * point(wide(channels) * cols),
                9 * wide(channels) * cols,
            ],
            false => [
                0,
                0,
                if apart {
                    lines * 2 * tiles[1] * cols
                } else {
                    0
                },
            ],
        };
        // The kernel is packed, panel by panel, where its transform goes from.
        let packed = if shape.features_first {
            0
        } else {
            9 * channels * width
        };
        let kernel = match shape.features_first {
            true => 0,
            false => shape.groups * 16 * point(panels * width * channels),
        };
        let (shared, own) = if kernel <= OWN {
            (0, kernel)
        } else {
            (kernel, 0)
        };
        let areas = [
            copied.max(packed),
            cotangent,
            transformed,
            products,
            sums,
            results,
            own,
        ];
        Some(Plan {
            tiles,
            unit,
            images_at_once,
            lines_at_once,
            cols_at_once,
            parts,
            apart,
            inline,
            slots: if inline { 1 } else { slots },
            shared: shared * bytes,
            bytes: areas.map(|elements| elements * bytes),
            kernels,
        })
    }

    /// The images and the lines of a block that is gone through at a time, at most, if it has all columns.
    pub(super) fn block(&self, shape: &Shape) -> Option<(usize, usize)> {
        let lines = (2 * self.lines_at_once).min(shape.axes[0].result);
        (self.parts[3] == 1).then_some((self.images_at_once, lines))
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Bytes of the transformed kernel; 0 where it is no kernel that is transformed.
    pub(super) fn kernel_bytes(&self) -> usize {
        self.shared.max(self.bytes[6])
    }

    pub(super) fn scratch_bytes(&self) -> usize {
        line(self.shared) + self.slots * self.slot_bytes()
    }

    fn slot_bytes(&self) -> usize {
        self.bytes.iter().map(|&bytes| line(bytes)).sum()
    }

    fn chunks(&self, groups: usize) -> usize {
        groups * self.parts.iter().product::<usize>()
    }

    /// Chunk `i` of the grid.
    fn chunk(&self, shape: &Shape, i: usize) -> Chunk {
        let mut rest = i;
        let mut cut = |len: usize, parts: usize| {
            let range = part(len, parts, rest % parts);
            rest /= parts;
            range
        };
        let panels = cut(shape.outputs.div_ceil(self.kernels.width), self.parts[3]);
        let channels = cut(shape.channels(), self.parts[2]);
        let units = cut(self.tiles[0].div_ceil(self.unit), self.parts[1]);
        let images = cut(shape.images(), self.parts[0]);
        let lines = |units: usize| (units * self.unit).min(self.tiles[0]);
        Chunk {
            group: rest,
            images,
            band: lines(units.start)..lines(units.end),
            channels,
            panels,
        }
    }

    /// The blocks of a chunk.
    fn blocks(&self, chunk: &Chunk) -> impl Iterator<Item = Block> {
        let step = self.lines_at_once;
        let (band, images) = (chunk.band.clone(), chunk.images.clone());
        let at_once = self.images_at_once;
        images.clone().step_by(at_once).flat_map(move |first| {
            let images = first..(first + at_once).min(images.end);
            let end = band.end;
            band.clone().step_by(step).map(move |line| Block {
                images: images.clone(),
                lines: line..(line + step).min(end),
            })
        })
    }
}

/// Elements from one point of tiles to the next: whole lines of the cache, an odd number of them, so that not all points
/// meet in the same sets of the cache.
fn point(elements: usize) -> usize {
    (elements.div_ceil(16) | 1) * 16
}
