//! The sums of a chunk: box by box, over the steps that a box is to go.

use super::super::Run;
use super::super::walk::{MOST_AXES, RowAxes, RowAxis, Steps};
use super::sweep::Sweep;
use super::trim::Trim;
use super::{Chunk, Lane, Plan, along};

/// Where a chunk's sums are taken from and go to.
#[derive(Clone, Copy)]
pub(super) struct Sums {
    pub a: *const u8,
    pub b: *const u8,
    pub c: *mut u8,
    /// Whether they begin here.
    pub fresh: bool,
    pub trim: Trim,
}

impl Run<'_, Plan> {
    /// Which steps outside of the input are left out, for the kernel that a chunk multiplies by.
    pub(super) fn trim(&self, chunk: &Chunk, kernel: *const u8) -> Trim {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        if p.trim.is_nothing() {
            return p.trim;
        }
        let steps = self.steps(chunk);
        let (rows, len, step) = match (p.direct_kernel, p.lane) {
            (Some(step), Lane::Groups) => (steps, chunk.groups.len(), step),
            (Some(step), _) => (steps, s.outputs, step),
            (None, lane) => {
                let groups = match lane {
                    Lane::Groups => chunk.groups.len().next_multiple_of(k.lanes),
                    _ => 1,
                };
                (1, steps * s.outputs * groups, 0)
            }
        };
        // SAFETY: numbers of the kernel, where `self.kernel` says that they are.
        match unsafe { (k.finite)(kernel, rows, len, step) } {
            true => p.trim,
            false => Trim::default(),
        }
    }

    /// All rows and columns of a chunk, for the features that it names.
    pub(super) fn sweep(&self, chunk: &Chunk, sums: Sums) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let d = self.distances(chunk);
        let vectors = self.lanes(chunk).div_ceil(k.lanes);
        let of_groups = p.lane == Lane::Groups;
        let mut axes = [(0, RowAxis::default()); MOST_AXES];
        let mut len = 0;
        for ((i, count), c) in self.axes(chunk).zip(d.rows) {
            let stride = i.checked_sub(2).map_or(1, |i| s.axes[i].window.stride);
            let a = p.patch[i] * stride;
            axes[len] = (i, RowAxis { count, a, c });
            len += 1;
        }
        let lane = RowAxis {
            count: if of_groups { 1 } else { vectors },
            a: k.lanes,
            c: d.vector,
        };
        let lanes = if of_groups { k.lanes } else { 1 };
        let b_step = p.direct_kernel.unwrap_or(s.outputs * lanes);
        let whole = Sweep {
            rows: &RowAxes::new(std::iter::empty()),
            steps: Steps {
                repeat: (1, p.patch[s.axes.len() + 2]),
                runs: &p.runs,
                run: p.run,
            },
            a: sums.a,
            b: sums.b,
            b_step,
            b_skip: 0,
            cols: s.outputs,
            c: sums.c,
            c_col: d.col,
            groups: if of_groups { vectors } else { 1 },
            b_group: match p.direct_kernel {
                Some(_) => lanes,
                None => self.steps(chunk) * s.outputs * lanes,
            },
            c_group: d.vector,
            fresh: sums.fresh,
            watch: false,
        };
        for part in sums.trim.boxes(s, chunk) {
            // The rows of the box, and the first of them.
            let (mut axes, mut a, mut c) = (axes, 0, 0);
            for (i, axis) in &mut axes[..len] {
                let Some(i) = i.checked_sub(2) else { continue };
                if let Some(segment) = part.along(i, s) {
                    let before = segment.results.start - along(i, &s.axes[i], chunk).start;
                    a += before * axis.a;
                    c += before * axis.c;
                    axis.count = segment.results.len();
                }
            }
            let axes = axes[..len].iter().map(|axis| axis.1);
            let all = Sweep {
                rows: &RowAxes::new(axes.chain([lane])),
                a: whole.a.wrapping_add(a * k.accumulator),
                c: whole.c.wrapping_add(c * k.accumulator),
                ..whole
            };
            if sums.trim.is_nothing() {
                self.all_steps(chunk, all);
                continue;
            }
            let (runs, ends) = sums.trim.steps(&part, p.runs.len(), p.run.0);
            let b = (runs.start * p.run.0 + ends.start) * b_step;
            let some = Sweep {
                steps: Steps {
                    runs: &p.runs[runs],
                    run: (ends.len(), p.run.1),
                    ..whole.steps
                },
                a: all.a.wrapping_add(ends.start * p.run.1 * k.accumulator),
                b: all.b.wrapping_add(b * k.accumulator),
                b_skip: (p.run.0 - ends.len()) * b_step,
                watch: true,
                ..all
            };
            if self.some_steps(&some) {
                self.some_steps(&all);
            }
        }
    }

    /// Goes all steps for some rows: those of all images at once, or of each a few runs at a time.
    fn all_steps(&self, chunk: &Chunk, all: Sweep) {
        let (p, s, k) = (self.plan, self.shape, &self.plan.kernels);
        let images = if s.features_first {
            chunk.features.len()
        } else {
            1
        };
        let (images, repeat) = if p.runs_at_once < p.runs.len() {
            (images, 1)
        } else {
            (1, images)
        };
        let image = all.steps.repeat.1;
        let mut done = 0;
        for i in 0..images {
            // Sums over no steps are zero all the same.
            for first in (0..p.runs.len().max(1)).step_by(p.runs_at_once) {
                let runs = &p.runs[first..(first + p.runs_at_once).min(p.runs.len())];
                self.some_steps(&Sweep {
                    steps: Steps {
                        repeat: (repeat, image),
                        runs,
                        ..all.steps
                    },
                    a: all.a.wrapping_add(i * image * k.accumulator),
                    b: all.b.wrapping_add(done * all.b_step * k.accumulator),
                    fresh: all.fresh && done == 0,
                    ..all
                });
                done += runs.len() * p.run.0;
            }
        }
    }

    /// Goes some steps for some rows, and says whether a sum that is watched is -0.
    fn some_steps(&self, steps: &Sweep) -> bool {
        let k = &self.plan.kernels;
        let sweep = match self.plan.lane {
            Lane::Groups => k.sweep_groups,
            _ => k.sweep,
        };
        // SAFETY: rows and steps stay inside of the padded copy, which has whole vectors of lanes; steps inside of
        // the kernel or its packed copy; rows and columns inside of the chunk's part of the result, which has whole
        // vectors then, or of its accumulators.
        unsafe { sweep(steps) }
    }
}
