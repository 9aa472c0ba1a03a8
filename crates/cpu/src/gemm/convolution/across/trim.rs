//! Boxes of results that see the same places of the kernel inside of the input: steps outside are left out.
//!
//! A place outside takes part as zero: if the kernel's numbers are finite it changes no sum but -0, to which it may add
//! +0. A box where that is seen is made anew from all steps.

use super::super::{Axis, Shape};
use super::sweep::{next_cols, vectors};
use super::{Chunk, Lane, along};
use std::ops::Range;

/// Cycles until a multiply-add is done, and what a tile costs beside its steps, about.
const LATENCY: usize = 4;
const TILE: usize = 30;

/// Along which axes steps are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trim {
    /// Runs of steps that each place of the first spatial axis has: whole runs are left out.
    first: Option<usize>,
    /// Steps of a run that each place of the last spatial axis has: the ends of all runs are left out.
    last: Option<usize>,
}

/// Results along an axis, and the places of the kernel that they see inside of the input.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub results: Range<usize>,
    pub places: Range<usize>,
}

/// What is trimmed alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Trimmed {
    first: Option<Segment>,
    last: Option<Segment>,
}

impl Trim {
    /// What is worth it, where there are so many `runs` of steps of so many elements each.
    pub(super) fn new(
        shape: &Shape,
        lane: Lane,
        lanes: usize,
        (runs, run): (usize, usize),
    ) -> Trim {
        let [first, .., last] = &shape.axes[..] else {
            return Trim::default();
        };
        if shape.features_first || shape.positions() * shape.features == 0 {
            return Trim::default();
        }
        let whole_runs = runs > 1 && runs.is_multiple_of(first.kernel);
        let of_first = whole_runs.then(|| runs / first.kernel);
        let ends = lane != Lane::Line && run == last.kernel * shape.features;
        let of_last = ends.then_some(shape.features);
        let choices = [
            (None, None),
            (of_first, None),
            (None, of_last),
            (of_first, of_last),
        ];
        let choices = choices.map(|(first, last)| Trim { first, last });
        let cost = |trim: &Trim| trim.cost(shape, lane, lanes);
        choices.into_iter().min_by_key(cost).unwrap_or_default()
    }

    pub(super) fn is_nothing(self) -> bool {
        self == Trim::default()
    }

    /// The boxes of a chunk.
    pub(super) fn boxes(self, shape: &Shape, chunk: &Chunk) -> impl Iterator<Item = Trimmed> {
        let segments = move |trimmed: bool, i: usize| {
            let axis = shape.axes.get(i).filter(|_| trimmed);
            let results = axis.map_or(0..1, |axis| along(i, axis, chunk));
            segments(axis, results)
        };
        let rank = shape.axes.len();
        segments(self.first.is_some(), 0).flat_map(move |first| {
            segments(self.last.is_some(), rank.wrapping_sub(1)).map(move |last| Trimmed {
                first: first.clone(),
                last,
            })
        })
    }

    /// The runs of a box, the elements of each, and the first step, of runs of so many elements each.
    pub(super) fn steps(
        self,
        part: &Trimmed,
        runs: usize,
        run: usize,
    ) -> (Range<usize>, Range<usize>) {
        let scaled = |places: &Range<usize>, by: usize| places.start * by..places.end * by;
        let of = |per: Option<usize>, segment: &Option<Segment>, all: usize| match (per, segment) {
            (Some(per), Some(segment)) => scaled(&segment.places, per),
            _ => 0..all,
        };
        (
            of(self.first, &part.first, runs),
            of(self.last, &part.last, run),
        )
    }

    /// Cycles for an image, about.
    fn cost(self, shape: &Shape, lane: Lane, lanes: usize) -> usize {
        let all = Chunk {
            groups: 0..1,
            batch: 0..1,
            band: 0..shape.axes.first().map_or(1, |axis| axis.result),
            features: 0..shape.features,
        };
        let cost = |part: Trimmed| {
            let (mut rows, mut steps) = (1, shape.features);
            for (i, axis) in shape.axes.iter().enumerate() {
                let segment = part.along(i, shape);
                let results = segment.map_or(axis.result, |s| s.results.len());
                let of_lane = lane.axis(shape) == 2 + i;
                rows *= if of_lane {
                    results.div_ceil(lanes)
                } else {
                    results
                };
                steps *= segment.map_or(axis.kernel, |s| s.places.len());
            }
            cycles(rows, shape.outputs, steps)
        };
        self.boxes(shape, &all).map(cost).sum()
    }
}

impl Trimmed {
    /// The segment of spatial axis `i`, if it is trimmed.
    pub(super) fn along(&self, i: usize, shape: &Shape) -> Option<&Segment> {
        let first = self.first.as_ref().filter(|_| i == 0);
        first.or(self.last.as_ref().filter(|_| i + 1 == shape.axes.len()))
    }
}

/// Some results along an axis by what they see of the kernel; a single nothing, if there is no axis.
fn segments(axis: Option<&Axis>, results: Range<usize>) -> impl Iterator<Item = Option<Segment>> {
    let mut next = results.start;
    std::iter::from_fn(move || {
        let start = (next < results.end).then_some(next)?;
        let Some(axis) = axis else {
            next = results.end;
            return Some(None);
        };
        let places = axis.inside(start);
        let mut later = start..results.end;
        next = later
            .find(|&r| axis.inside(r) != places)
            .unwrap_or(results.end);
        Some(Some(Segment {
            results: start..next,
            places,
        }))
    })
}

/// Cycles of so many rows and columns, about.
fn cycles(rows: usize, cols: usize, steps: usize) -> usize {
    let (mut col, mut cycles) = (0, 0);
    while col < cols {
        let wide = next_cols(cols - col);
        let most = vectors(wide);
        let tile = |rows: usize| (rows * wide / 2).max(LATENCY) * steps + TILE;
        cycles += rows / most * tile(most);
        cycles += match rows % most {
            0 => 0,
            1 => tile(1),
            _ => tile(most),
        };
        col += wide;
    }
    cycles
}
