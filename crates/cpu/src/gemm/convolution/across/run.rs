//! One run of a convolution across lanes: images copied with the lanes innermost, swept, and delivered.

use super::super::super::run::each;
use super::super::Run;
use super::super::patch::{Copy, CopyAxis};
use super::super::walk::MOST_AXES;
use super::sums::Sums;
use super::{Chunk, Lane, Plan, along};

/// Distances of accumulators: along vectors of lanes, `[batch, spatial..]`, columns.
pub(super) struct Distances {
    pub vector: usize,
    pub rows: [usize; MOST_AXES],
    pub col: usize,
}

impl Run<'_, Plan> {
    /// Computes everything.
    pub(in super::super) fn all(&self) {
        let p = self.plan;
        each(p.inline, p.slots, p.parts.iter().product(), &|slot, i| {
            self.chunk(&p.chunk(self.shape, i), slot);
        });
    }

    fn chunk(&self, chunk: &Chunk, slot: usize) {
        let (p, s) = (self.plan, self.shape);
        let patch = self.scratch.wrapping_add(slot * p.slot_bytes());
        let packed = patch.wrapping_add(super::line(p.bytes[0]));
        let apart = packed.wrapping_add(super::line(p.bytes[1]));
        // Padding, and lanes that nobody has, stay zero while images are copied into the rest.
        // SAFETY: the buffer of this chunk's slot.
        unsafe { patch.write_bytes(0, p.bytes[0]) };
        if s.features_first {
            // A sum over no features is zero all the same.
            for first in (0..s.features.max(1)).step_by(p.at_once) {
                let features = first..(first + p.at_once).min(s.features);
                let part = Chunk {
                    features,
                    ..chunk.clone()
                };
                self.fill(&part, patch);
                let sums = Sums {
                    a: patch,
                    b: self.kernel(&part, packed),
                    c: self.accumulators(chunk, apart, slot),
                    fresh: first == 0,
                    trim: p.trim,
                };
                self.sweep(&part, sums);
            }
            self.deliver(chunk, apart, slot);
        } else {
            let kernel = self.kernel(chunk, packed);
            let trim = self.trim(chunk, kernel);
            let at_once = match p.lane {
                Lane::Batch => p.kernels.lanes,
                _ => p.at_once,
            };
            for first in chunk.batch.clone().step_by(at_once) {
                let part = Chunk {
                    batch: first..(first + at_once).min(chunk.batch.end),
                    ..chunk.clone()
                };
                self.fill(&part, patch);
                let c = self.accumulators(&part, apart, slot);
                let sums = Sums {
                    a: patch,
                    b: kernel,
                    c,
                    fresh: true,
                    trim,
                };
                self.sweep(&part, sums);
                self.deliver(&part, apart, slot);
                if let Some(epilogue) = self.epilogue {
                    s.follow(epilogue, &part.batch, &part.band, 0..s.outputs, slot);
                }
            }
        }
    }

    /// Copies what a chunk reads of the input.
    fn fill(&self, chunk: &Chunk, patch: *mut u8) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let rank = s.axes.len();
        let (mut at, mut to) = (0, 0);
        let mut axes = [CopyAxis::default(); MOST_AXES];
        for (i, axis) in axes[..rank + 3].iter_mut().enumerate() {
            let (from, first) = match i {
                0 => (chunk.groups.clone(), 0),
                1 => (chunk.batch.clone(), 0),
                _ if i == rank + 2 => (chunk.features.clone(), 0),
                _ => {
                    let axis = &s.axes[i - 2];
                    axis.seen(&along(i - 2, axis, chunk))
                }
            };
            at += from.start as isize * s.input[i];
            to += first * p.patch[i];
            *axis = CopyAxis {
                count: from.len(),
                from: s.input[i],
                to: p.patch[i],
            };
        }
        // Outermost first, as they lie in the copy.
        if s.features_first {
            axes[..rank + 3].rotate_right(1);
            axes[2..rank + 3].rotate_left(1);
        }
        let lane = match (p.lane, s.features_first) {
            (Lane::Groups, false) => 0,
            (Lane::Groups, true) | (Lane::Batch, false) => 1,
            (Lane::Batch, true) => rank + 2,
            (Lane::Line, _) => rank + 1,
        };
        axes[lane..rank + 3].rotate_left(1);
        let copy = Copy::new(
            axes.into_iter().take(rank + 3),
            self.input.wrapping_offset(at * k.element as isize),
            patch.wrapping_add(to * k.accumulator),
        );
        // SAFETY: the elements are inside of the input, which the caller of `run` vouches for, and of the slot's
        // copy, which was planned for the largest chunk.
        unsafe { (k.widen)(&copy) };
    }

    /// The numbers of the kernel that a chunk multiplies by: where they lie, or packed in the order of the steps.
    fn kernel(&self, chunk: &Chunk, packed: *mut u8) -> *const u8 {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let rank = s.axes.len();
        let at = chunk.groups.start as isize * s.kernel[0]
            + chunk.features.start as isize * s.kernel[1 + rank];
        let from = self.kernel.wrapping_offset(at * k.element as isize);
        if p.direct_kernel.is_some() {
            return from;
        }
        let lanes = match p.lane {
            Lane::Groups => k.lanes,
            _ => 1,
        };
        let panel = self.steps(chunk) * s.outputs * lanes;
        for (i, first) in chunk.groups.clone().step_by(lanes).enumerate() {
            let mut axes = [CopyAxis::default(); MOST_AXES];
            for (axis, (j, count)) in axes.iter_mut().zip(self.order(chunk)) {
                (axis.count, axis.from) = (count, s.kernel[j]);
            }
            axes[rank + 1] = CopyAxis {
                count: s.outputs,
                from: s.kernel[2 + rank],
                to: 0,
            };
            axes[rank + 2] = CopyAxis {
                count: lanes.min(chunk.groups.end - first),
                from: s.kernel[0],
                to: 1,
            };
            let mut distance = lanes;
            for axis in axes[..rank + 2].iter_mut().rev() {
                axis.to = distance;
                distance *= axis.count;
            }
            let group = (i * lanes) as isize * s.kernel[0];
            let copy = Copy::new(
                axes.into_iter().take(rank + 3),
                from.wrapping_offset(group * k.element as isize),
                packed.wrapping_add(i * panel * k.accumulator),
            );
            // SAFETY: elements of the kernel, which the caller of `run` vouches for, and of the slot's buffer,
            // which was planned for the largest chunk.
            unsafe { (k.widen)(&copy) };
        }
        packed
    }

    /// The axes of the steps in the order of the sum: which of the kernel's, and how many.
    fn order(&self, chunk: &Chunk) -> impl Iterator<Item = (usize, usize)> {
        let s = self.shape;
        let rank = s.axes.len();
        let features = (1 + rank, chunk.features.len());
        let mut axes = [features; MOST_AXES];
        let first = usize::from(s.features_first);
        for (i, axis) in s.axes.iter().enumerate() {
            axes[first + i] = (1 + i, axis.kernel);
        }
        axes.into_iter().take(rank + 1)
    }

    pub(super) fn steps(&self, chunk: &Chunk) -> usize {
        self.order(chunk).map(|axis| axis.1).product()
    }

    /// Where the accumulators of a chunk are: in the result, or apart.
    fn accumulators(&self, chunk: &Chunk, apart: *mut u8, slot: usize) -> *mut u8 {
        match self.plan.apart {
            true => apart,
            false => self.result_at(chunk, slot),
        }
    }

    /// Rounds the accumulators of a chunk, where they are kept apart, to where they go.
    fn deliver(&self, chunk: &Chunk, apart: *mut u8, slot: usize) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        if !p.apart {
            return;
        }
        let d = self.distances(chunk);
        let lanes = self.lanes(chunk);
        let step = s.result[p.lane.axis(s)];
        for (i, first) in (0..lanes).step_by(k.lanes).enumerate() {
            let rows = self
                .axes(chunk)
                .zip(d.rows)
                .map(|((j, count), c)| CopyAxis {
                    count,
                    from: c as isize,
                    to: s.result[j],
                });
            let col = CopyAxis {
                count: s.outputs,
                from: d.col as isize,
                to: s.result[s.axes.len() + 2],
            };
            let lane = CopyAxis {
                count: k.lanes.min(lanes - first),
                from: 1,
                to: step,
            };
            let copy = Copy::new(
                rows.chain([col, lane]),
                apart.wrapping_add(i * d.vector * k.accumulator),
                self.result_at(chunk, slot)
                    .wrapping_add(first * step * k.element),
            );
            // SAFETY: the chunk's accumulators, and its part of the result.
            unsafe { (k.round)(&copy) };
        }
    }

    /// Chains that a chunk has side by side.
    pub(super) fn lanes(&self, chunk: &Chunk) -> usize {
        match self.plan.lane {
            Lane::Groups => chunk.groups.len(),
            Lane::Batch => chunk.batch.len(),
            Lane::Line => self.plan.lane.count(self.shape),
        }
    }

    /// The axes of the rows of a chunk, but that of the lanes: which of `[groups, batch, spatial..]`, and how many.
    pub(super) fn axes(&self, chunk: &Chunk) -> impl Iterator<Item = (usize, usize)> {
        let (p, s) = (self.plan, self.shape);
        let lane = p.lane.axis(s);
        let batch = (1, chunk.batch.len());
        let spatial = s.axes.iter().enumerate();
        let spatial = spatial.map(|(i, axis)| (2 + i, along(i, axis, chunk).len()));
        let all = std::iter::once(batch).chain(spatial);
        let mut axes = [(0, 1); MOST_AXES];
        let mut len = 0;
        for axis in all.filter(|axis| axis.0 != lane) {
            axes[len] = axis;
            len += 1;
        }
        axes.into_iter().take(len)
    }

    /// Where the accumulators of a chunk are: in the result, or dense, with lanes innermost.
    pub(super) fn distances(&self, chunk: &Chunk) -> Distances {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let mut d = Distances {
            vector: k.lanes,
            rows: [0; MOST_AXES],
            col: s.result[s.axes.len() + 2],
        };
        if !p.apart {
            for (to, (i, _)) in d.rows.iter_mut().zip(self.axes(chunk)) {
                *to = s.result[i];
            }
            return d;
        }
        d.col = k.lanes;
        let mut distance = k.lanes * s.outputs;
        if p.lane != Lane::Groups {
            d.vector = distance;
            distance *= self.lanes(chunk).div_ceil(k.lanes);
        }
        let mut counts = [1; MOST_AXES];
        let mut len = 0;
        for (_, count) in self.axes(chunk) {
            counts[len] = count;
            len += 1;
        }
        for (to, count) in d.rows[..len].iter_mut().zip(counts).rev() {
            *to = distance;
            distance *= count;
        }
        if p.lane == Lane::Groups {
            d.vector = distance;
        }
        d
    }

    /// Where the result of a chunk begins.
    fn result_at(&self, chunk: &Chunk, slot: usize) -> *mut u8 {
        let s = self.shape;
        let mut at = chunk.groups.start * s.result[0] + chunk.batch.start * s.result[1];
        if !s.axes.is_empty() {
            at += chunk.band.start * s.result[2];
        }
        self.result.block(at * self.plan.kernels.element, slot)
    }
}
