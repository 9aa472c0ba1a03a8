//! The sum of ten million numbers.

use super::{Workload, function, numbers};

pub(crate) const WORKLOADS: &[Workload] = &[Workload {
    name: "W6 sum 1e7",
    variant: "jit",
    flops: 0.0,
    bytes: 4e7,
    tolerance: 1e-6,
    goal: 490.0,
    prepare: || function(vec![numbers(1, [10_000_000])], |x| x[0].sum()),
}];
