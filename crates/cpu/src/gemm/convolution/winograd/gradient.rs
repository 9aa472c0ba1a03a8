//! The gradient of a kernel: sums over tiles of all images, block by block.

use super::super::Run;
use super::super::patch::{Copy, CopyAxis};
use super::super::walk::RowAxis;
use super::run::{Product, WHOLE};
use super::tiles::{Side, Tiles};
use super::{Block, Chunk, Plan, point};

impl Run<'_, Plan> {
    /// All channels and panels of a chunk.
    pub(super) fn gradient(&self, chunk: &Chunk, slot: usize) {
        let (p, k) = (self.plan, &self.plan.kernels);
        let [_, _, transformed, cotangents, sums, ..] = self.slot(slot);
        let channels = self.wide(chunk.channels.len());
        let cols = chunk.panels.len() * k.width;
        // SAFETY: the slot's buffer.
        unsafe { sums.write_bytes(0, p.bytes[4]) };
        for block in p.blocks(chunk) {
            let tiles = self.tiles(&block).iter().product::<usize>();
            self.transform_input(chunk, &block, slot);
            self.transform_cotangent(chunk, &block, slot);
            for i in 0..16 {
                let at = |start: *mut u8, elements: usize| {
                    start.wrapping_add(i * point(elements) * k.accumulator)
                };
                self.multiply(&Product {
                    rows: RowAxis {
                        count: chunk.channels.len(),
                        a: 1,
                        c: cols,
                    },
                    a: at(transformed, tiles * channels),
                    steps: (tiles, channels),
                    b: at(cotangents, tiles * cols),
                    panel: tiles * k.width,
                    c: at(sums, channels * cols),
                    panels: chunk.panels.len(),
                    fresh: false,
                });
            }
        }
        self.finish(chunk, slot);
    }

    /// Copies a block of the cotangent, and transforms it.
    fn transform_cotangent(&self, chunk: &Chunk, block: &Block, slot: usize) {
        let (s, k) = (self.shape, &self.plan.kernels);
        let [_, patch, _, cotangents, ..] = self.slot(slot);
        let (count, lines) = (self.tiles(block), self.lines(block));
        let cols = chunk.panels.len() * k.width;
        let first = chunk.panels.start * k.width;
        let line = 2 * count[2] * cols;
        let image = 2 * count[1] * line;
        let axes = [
            (count[0], s.kernel[3], image),
            (lines.len(), s.kernel[1], line),
            (s.axes[1].kernel, s.kernel[2], cols),
            (cols.min(s.outputs - first), s.kernel[4], 1),
        ];
        let from = chunk.group as isize * s.kernel[0]
            + block.images.start as isize * s.kernel[3]
            + lines.start as isize * s.kernel[1]
            + first as isize * s.kernel[4];
        let axes = axes.into_iter();
        let copy = Copy::new(
            axes.map(|(count, from, to)| CopyAxis { count, from, to }),
            self.kernel.wrapping_offset(from * k.element as isize),
            patch,
        );
        let tiles = count.iter().product::<usize>();
        let next = point(tiles * cols);
        let tiles = Tiles {
            from: patch,
            to: cotangents,
            source: Side {
                tiles: [image, 2 * line, 2 * cols],
                places: [line, cols],
                panel: k.width,
            },
            target: Side {
                panel: tiles * k.width,
                places: [4 * next, next],
                ..self.points(count, k.width)
            },
            count,
            places: WHOLE,
            channels: cols,
            width: k.width,
        };
        // SAFETY: the slot's buffers, planned for the largest block; what is copied is inside of the operand, which the
        // caller of `run` vouches for, and of the buffer.
        unsafe {
            patch.write_bytes(0, count[0] * image * k.accumulator);
            (k.widen)(&copy);
            (k.transforms.cotangent)(&tiles);
        }
    }

    /// Transforms the sums of a chunk, and rounds them to where they go.
    fn finish(&self, chunk: &Chunk, slot: usize) {
        let (s, k) = (self.shape, &self.plan.kernels);
        let [.., sums, results, _] = self.slot(slot);
        let channels = chunk.channels.len();
        let cols = chunk.panels.len() * k.width;
        let next = point(self.wide(channels) * cols);
        let place = channels * cols;
        let side = |places: [usize; 2]| Side {
            tiles: [0, 0, cols],
            places,
            panel: k.width,
        };
        let tiles = Tiles {
            from: sums,
            to: results,
            source: side([4 * next, next]),
            target: side([3 * place, place]),
            count: [1, 1, channels],
            places: WHOLE,
            channels: cols,
            width: k.width,
        };
        let first = chunk.panels.start * k.width;
        let axes = [
            (3, 3 * place, s.result[2]),
            (3, place, s.result[3]),
            (channels, cols, s.result[1]),
            (cols.min(s.outputs - first), 1, s.result[4]),
        ];
        let at =
            chunk.group * s.result[0] + chunk.channels.start * s.result[1] + first * s.result[4];
        let axes = axes.into_iter().map(|(count, from, to)| CopyAxis {
            count,
            from: from as isize,
            to,
        });
        let to = self.result.block(at * k.element, slot);
        let copy = Copy::new(axes, results, to);
        // SAFETY: the slot's buffers, and this chunk's part of the result.
        unsafe {
            (k.transforms.gradient)(&tiles);
            (k.round)(&copy);
        }
    }
}
