//! When the values of a body are used.
use super::vector::{Body, Step, V};

/// When each value is used: step `i` happens at `2 i`, and stores behind a step at one more.
pub(super) struct Uses {
    times: Vec<Vec<usize>>,
    /// No store comes before this step is done: it reads memory.
    pub(super) barrier: usize,
}

impl Uses {
    pub(super) fn new(body: &Body) -> Uses {
        let mut times = vec![vec![]; body.steps.len()];
        let mut used = vec![false; body.steps.len()];
        for store in &body.stores {
            used[store.value.0] = true;
        }
        for (i, step) in body.steps.iter().enumerate().rev() {
            if used[i] {
                step.inputs().for_each(|v| used[v.0] = true);
            }
        }
        let mut barrier = 0;
        for (i, step) in body.steps.iter().enumerate().filter(|&(i, _)| used[i]) {
            for v in step.inputs() {
                if times[v.0].is_empty() && matches!(body.steps[v.0], Step::Load { .. }) {
                    barrier = i;
                }
                times[v.0].push(2 * i);
            }
        }
        for store in &body.stores {
            let v = store.value.0;
            if times[v].is_empty() && matches!(body.steps[v], Step::Load { .. }) {
                barrier = barrier.max(v);
            }
        }
        for store in &body.stores {
            times[store.value.0].push(2 * store.value.0.max(barrier) + 1);
        }
        times.iter_mut().for_each(|t| t.sort_unstable());
        Uses { times, barrier }
    }

    /// Whether a value is used at all.
    pub(super) fn any(&self, v: V) -> bool {
        !self.times[v.0].is_empty()
    }

    /// The first use after a time.
    pub(super) fn after(&self, v: V, time: usize) -> Option<usize> {
        let times = &self.times[v.0];
        times.get(times.partition_point(|&t| t <= time)).copied()
    }
}
