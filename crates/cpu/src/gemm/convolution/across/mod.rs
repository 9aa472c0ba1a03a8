//! Convolutions of few columns: vectors along an axis of the rows, or along the groups, rather than along columns.
//!
//! A vector of eight columns is a waste where there are one or six. Here the lanes are eight images, or eight
//! neighbours of a line, whose chains take the same numbers of the kernel; or they are eight groups, whose chains
//! take each their own. The images are copied with the lanes innermost, so that every step reads whole vectors.

mod run;
mod sums;
pub(super) mod sweep;
mod trim;

use super::super::plan::{line, part, worth};
use super::kernels::{Kernels, kernels};
use super::plan::{Plan as Panels, SMALL};
use super::{Axis, Shape};
use crate::isa::Isa;
use bouton_array::DType;
use std::ops::Range;
use trim::Trim;

/// Elements of copied images and of accumulators that are worked on at a time: they stay in the second-level cache.
const PATCH: usize = 49_152;
/// Steps of a kernel gradient between two visits of its accumulators, about.
const DEPTH: usize = 800;
/// As many, where the vectors of a step are of several groups.
const SHALLOW: usize = 64;

/// What lies along the lanes of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Groups,
    /// Images, or the channels of a kernel gradient.
    Batch,
    /// Places along the last spatial axis, where the kernel moves by one.
    Line,
}

impl Lane {
    /// The lanes that a shape can have.
    pub(super) fn all(shape: &Shape) -> impl Iterator<Item = Lane> {
        let steady = shape.axes.last().is_some_and(|a| a.window.stride == 1);
        let all = [Lane::Groups, Lane::Batch, Lane::Line].into_iter();
        all.filter(move |&lane| lane != Lane::Line || steady)
    }

    /// Its place among the axes `[groups, batch, spatial..]`.
    fn axis(self, shape: &Shape) -> usize {
        match self {
            Lane::Groups => 0,
            Lane::Batch => 1,
            Lane::Line => 1 + shape.axes.len(),
        }
    }

    /// Chains side by side.
    fn count(self, shape: &Shape) -> usize {
        match self {
            Lane::Groups => shape.groups,
            Lane::Batch => shape.batch,
            Lane::Line => shape.axes.last().map_or(0, |axis| axis.result),
        }
    }

    /// The lane that is to be preferred to columns, where one is: by an estimate of the cycles, about.
    pub(super) fn best(shape: &Shape) -> Option<Lane> {
        let lanes = match shape.dtype {
            DType::F64 => 4,
            _ => 8,
        };
        let steps = shape.steps() as f64;
        let read: usize = shape.axes.iter().map(|axis| axis.size).product();
        let read = (read * shape.groups * shape.batch * shape.features) as f64;
        // Two multiply-adds of vectors in a cycle; those of narrow panels wait for each other.
        let cost = |count: usize, unit: usize, rate: f64| {
            let whole = count.next_multiple_of(unit) as f64 / count.max(1) as f64;
            steps * whole / lanes as f64 / rate
        };
        let columns = match shape.outputs <= lanes {
            true => cost(shape.outputs, lanes, 1.2),
            false => cost(shape.outputs, 2 * lanes, 1.8),
        };
        let moves = |lane: Lane| match lane {
            Lane::Groups => 0.2,
            Lane::Batch | Lane::Line => 0.4,
        };
        Lane::all(shape)
            .map(|lane| {
                let moved = (read + shape.results() as f64) * moves(lane);
                (lane, cost(lane.count(shape), lanes, 1.8) + moved)
            })
            .filter(|&(_, cost)| cost < columns)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(lane, _)| lane)
    }
}

#[derive(Debug)]
pub(super) struct Plan {
    kernels: Kernels,
    lane: Lane,
    /// Distances in the copy of images, as `Shape::input`; along lanes 1.
    patch: Vec<usize>,
    /// Where the runs of steps begin, and what a run is: elements, distance. With lanes along groups each step is one.
    runs: Vec<usize>,
    run: (usize, usize),
    /// Runs between two visits of the accumulators.
    runs_at_once: usize,
    trim: Trim,
    /// The kernel is read where it lies: the distance between the rows of its steps.
    direct_kernel: Option<usize>,
    /// Images, or features where these come first, that are copied and gone through together.
    at_once: usize,
    /// The grid of chunks: parts of the groups, of the batch and of the first spatial axis.
    parts: [usize; 3],
    /// Accumulators are kept apart, and delivered in the end.
    apart: bool,
    inline: bool,
    slots: usize,
    /// Bytes in each slot: the copy of images, the packed kernel and the accumulators.
    bytes: [usize; 3],
}

/// A part of the work that one thread does, or does at a time.
#[derive(Clone, Debug)]
struct Chunk {
    groups: Range<usize>,
    batch: Range<usize>,
    /// Places along the first spatial axis.
    band: Range<usize>,
    features: Range<usize>,
}

impl Plan {
    /// The plan for a shape with vectors along `lane`; none for types that are no floats.
    pub(super) fn new(shape: &Shape, lane: Lane, isa: Isa, slots: usize) -> Option<Plan> {
        let kernels = kernels(isa, shape.dtype, 1)?;
        let lanes = kernels.lanes;
        let rank = shape.axes.len();
        let total = shape.work();
        let inline = total < SMALL;
        let axis_of_lane = lane.axis(shape);
        let units = |on: Lane, len: usize| {
            let len = if on == lane { len.div_ceil(lanes) } else { len };
            len.max(1)
        };
        let most = |len: usize, parts: usize| len.div_ceil(parts);

        // The grid. A chunk of a kernel gradient copies all images and goes through all steps.
        let mut wanted = worth(total);
        if shape.features_first {
            wanted = wanted.min(2 * slots);
        }
        let lines = match shape.axes.first() {
            Some(_) if axis_of_lane != 2 => shape.lines().max(1),
            _ => 1,
        };
        let (group_units, batch_units) = (
            units(Lane::Groups, shape.groups),
            units(Lane::Batch, shape.batch),
        );
        let mut parts = [1; 3];
        if lane == Lane::Groups && !shape.features_first {
            // Groups that lie side by side are best read side by side.
            parts[1] = wanted.min(batch_units);
            parts[2] = wanted.div_ceil(parts[1]).min(lines);
            parts[0] = wanted.div_ceil(parts[1] * parts[2]).min(group_units);
        } else {
            parts[0] = if lane == Lane::Groups {
                wanted.min(group_units)
            } else {
                group_units
            };
            parts[1] = wanted.div_ceil(parts[0]).min(batch_units);
            parts[2] = wanted.div_ceil(parts[0] * parts[1]).min(lines);
        }

        // The copy of images, for a number of bands; and how much an image has of it and of accumulators.
        let groups = match lane {
            Lane::Groups => most(group_units, parts[0]) * lanes,
            _ => 1,
        };
        let batch = match lane {
            Lane::Batch if shape.features_first => most(batch_units, parts[1]) * lanes,
            Lane::Batch => lanes,
            _ if shape.features_first => most(batch_units, parts[1]),
            _ => 1,
        };
        let image = |bands: usize| {
            let mut patch = vec![0; rank + 3];
            let lay = |i: usize, len: usize, patch: &mut [usize], distance: &mut usize| {
                if i != axis_of_lane {
                    patch[i] = *distance;
                    *distance *= len;
                }
            };
            let of = |i: usize| match &shape.axes[i] {
                axis if 2 + i == axis_of_lane => axis.result.next_multiple_of(lanes),
                _ if i == 0 => shape.longest_band(bands),
                axis => axis.result,
            };
            let mut distance = match lane {
                Lane::Groups => groups,
                Lane::Batch => batch,
                Lane::Line => shape.axes[rank - 1].reach(of(rank - 1)),
            };
            patch[axis_of_lane] = 1;
            let inner = if shape.features_first {
                (1, batch)
            } else {
                (rank + 2, shape.features)
            };
            lay(inner.0, inner.1, &mut patch, &mut distance);
            for i in (0..rank).rev() {
                lay(2 + i, shape.axes[i].reach(of(i)), &mut patch, &mut distance);
            }
            let outer = if shape.features_first { rank + 2 } else { 1 };
            lay(outer, 1, &mut patch, &mut distance);
            let results: usize = (0..rank).map(of).product();
            (patch, distance, results * groups * batch * shape.outputs)
        };
        if !shape.features_first {
            // Bands overlap by what the kernel sees: they are not cut thinner than that.
            let least = shape.axes.first().map_or(1, |axis| axis.reach(1));
            let thin =
                |bands: usize| 2 * bands > lines || shape.longest_band(2 * bands) < least.max(2);
            let large = |bands: usize| image(bands).1 + image(bands).2 > 2 * PATCH;
            while large(parts[2]) && !thin(parts[2]) {
                parts[2] *= 2;
            }
        }
        let (patch, copied, results) = image(parts[2]);

        let (runs, run) = Panels::runs(shape, &patch[2..2 + rank], patch[rank + 2]);
        let (runs, run) = match lane {
            Lane::Groups => {
                let steps = |first| (0..run.0).map(move |i| first + i * run.1);
                (runs.into_iter().flat_map(steps).collect(), (1, 0))
            }
            _ => (runs, run),
        };
        let steps = runs.len() * run.0;
        // Vectors of other groups lie in the same lines of the cache, which wait for them.
        let runs_at_once = if lane == Lane::Groups && shape.features_first {
            SHALLOW
        } else {
            runs.len().max(1)
        };
        let (outer, at_once) = if shape.features_first {
            let by_patch = PATCH / copied.max(1);
            (shape.features, by_patch.min(DEPTH / steps.max(1)))
        } else if lane == Lane::Batch {
            (1, 1)
        } else {
            let each = (copied + results).max(1);
            (most(batch_units, parts[1]), PATCH / each)
        };
        let at_once = at_once.clamp(1, outer.max(1));

        // A whole vector of groups is read of the kernel.
        let outputs = shape.kernel[rank + 2];
        let in_place = match lane {
            Lane::Groups => {
                shape.outputs == 1 && shape.kernel[0] == 1 && shape.groups.is_multiple_of(lanes)
            }
            _ => outputs == 1 || shape.outputs == 1,
        };
        let direct_kernel = shape.even_steps().filter(|_| in_place && kernels.native);
        let packed = match direct_kernel {
            Some(_) => 0,
            None if shape.features_first => steps * at_once * shape.outputs * groups,
            None => steps * shape.outputs * groups,
        };
        let apart = !kernels.native
            || shape.result[axis_of_lane] != 1
            || !lane.count(shape).is_multiple_of(lanes);
        let results = if shape.features_first {
            results
        } else {
            results * at_once
        };
        let bytes = kernels.accumulator;
        Some(Plan {
            kernels,
            lane,
            patch,
            trim: Trim::new(shape, lane, lanes, (runs.len(), run.0)),
            runs,
            run,
            runs_at_once,
            direct_kernel,
            at_once,
            parts,
            apart,
            inline,
            slots: if inline { 1 } else { slots },
            bytes: [
                copied * at_once * bytes,
                packed * bytes,
                if apart { results * bytes } else { 0 },
            ],
        })
    }

    /// The images and the lines of a block that is gone through at a time, at most.
    pub(super) fn block(&self, shape: &Shape) -> (usize, usize) {
        let images = match self.lane {
            Lane::Batch => self.kernels.lanes,
            _ => self.at_once,
        };
        (images, shape.longest_band(self.parts[2]))
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    pub(super) fn scratch_bytes(&self) -> usize {
        self.slots * self.slot_bytes()
    }

    fn slot_bytes(&self) -> usize {
        self.bytes.iter().map(|&bytes| line(bytes)).sum()
    }

    /// Chunk `i` of the grid.
    fn chunk(&self, shape: &Shape, i: usize) -> Chunk {
        let lanes = self.kernels.lanes;
        let mut rest = i;
        let mut next = |parts: usize| {
            let i = rest % parts;
            rest /= parts;
            i
        };
        let cut = |on: Lane, len: usize, parts: usize, i: usize| {
            if on == self.lane {
                let units = part(len.div_ceil(lanes), parts, i);
                (units.start * lanes).min(len)..(units.end * lanes).min(len)
            } else {
                part(len, parts, i)
            }
        };
        let [of_groups, of_batch, bands] = self.parts;
        let band = shape.band(bands, next(bands));
        let batch = cut(Lane::Batch, shape.batch, of_batch, next(of_batch));
        let groups = cut(Lane::Groups, shape.groups, of_groups, next(of_groups));
        Chunk {
            groups,
            batch,
            band,
            features: 0..shape.features,
        }
    }
}

/// The results along a spatial axis that a chunk makes.
fn along(i: usize, axis: &Axis, chunk: &Chunk) -> Range<usize> {
    if i == 0 {
        chunk.band.clone()
    } else {
        0..axis.result
    }
}
