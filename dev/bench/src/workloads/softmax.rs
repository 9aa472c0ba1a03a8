//! Softmax over the rows of a matrix.

use super::{Workload, function, numbers};

pub(crate) const WORKLOADS: &[Workload] = &[Workload {
    name: "W6 softmax 4096x1024",
    variant: "jit",
    flops: 0.0,
    bytes: 8.0 * 4096.0 * 1024.0,
    tolerance: 1e-6,
    goal: 1_350.0,
    prepare: || function(vec![numbers(1, [4096, 1024])], |x| x[0].softmax(-1)),
}];
