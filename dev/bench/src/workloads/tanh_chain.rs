//! A chain of element-wise operations, `tanh(x * a + b) * x`, from cache-sized to far larger.

use super::{Workload, function, numbers};

pub(crate) const WORKLOADS: &[Workload] = &[
    chain("W6 tanh-chain 1e+03", 1_000, 1.0, || {
        function(vec![numbers(1, [1_000])], f)
    }),
    chain("W6 tanh-chain 1e+05", 100_000, 25.0, || {
        function(vec![numbers(1, [100_000])], f)
    }),
    chain("W6 tanh-chain 1e+07", 10_000_000, 2_500.0, || {
        function(vec![numbers(1, [10_000_000])], f)
    }),
];

fn f(x: &[bouton::Tensor]) -> bouton::Tensor {
    (&x[0] * 1.5 + 0.5).tanh() * &x[0]
}

const fn chain(
    name: &'static str,
    n: usize,
    goal: f64,
    prepare: fn() -> bouton::Result<super::Prepared>,
) -> Workload {
    Workload {
        name,
        variant: "jit",
        flops: 0.0,
        bytes: (8 * n) as f64,
        tolerance: 1e-6,
        goal,
        prepare,
    }
}
