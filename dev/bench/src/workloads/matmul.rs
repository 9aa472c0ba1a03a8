//! Matrix products: the shapes of a perceptron's layers, and squares.

use super::{Prepared, Workload, function, numbers};
use bouton::{Result, Tensor};

pub(crate) const WORKLOADS: &[Workload] = &[
    product("W6 sgemm fwd 128x784x128", [128, 784, 128], 143.0, || {
        plain([128, 784], [784, 128])
    }),
    product("W6 sgemm dW 784x128x128 (At)", [784, 128, 128], 0.0, || {
        function(vec![numbers(1, [128, 784]), numbers(2, [128, 128])], |x| {
            x[0].transpose([1, 0]).matmul(&x[1])
        })
    }),
    product("W6 sgemm dX 128x128x784 (Bt)", [128, 128, 784], 0.0, || {
        function(vec![numbers(1, [128, 128]), numbers(2, [784, 128])], |x| {
            x[0].matmul(x[1].transpose([1, 0]))
        })
    }),
    product("W6 sgemm 512", [512; 3], 1410.0, || {
        plain([512; 2], [512; 2])
    }),
    product("W6 sgemm 1024", [1024; 3], 0.0, || square(1024)),
    product("W6 sgemm 2048", [2048; 3], 91_000.0, || square(2048)),
];

const fn product(
    name: &'static str,
    [m, k, n]: [usize; 3],
    goal: f64,
    prepare: fn() -> Result<Prepared>,
) -> Workload {
    Workload {
        name,
        variant: "jit",
        flops: (2 * m * k * n) as f64,
        bytes: 0.0,
        tolerance: 1e-5,
        goal,
        prepare,
    }
}

fn plain(a: [usize; 2], b: [usize; 2]) -> Result<Prepared> {
    function(vec![numbers(1, a), numbers(2, b)], |x| x[0].matmul(&x[1]))
}

/// A large square. The reference would take minutes for all of it: 64 rows of the product are the product of 64 rows.
fn square(size: usize) -> Result<Prepared> {
    let (a, b) = (numbers(1, [size; 2]).eval()?, numbers(2, [size; 2]).eval()?);
    let mut prepared = plain([size; 2], [size; 2])?;
    prepared.error = Box::new(move |ours| {
        let rows = 64;
        let first: Vec<Tensor> = ours
            .iter()
            .map(|product| product.slice([0..rows]))
            .collect();
        let reference = bouton::compiler::compiler("reference")?;
        let part = bouton::jit(|a: &Tensor, b: &Tensor| a.matmul(b)).with_compiler(reference);
        super::difference(&first, &[part(&a.slice([0..rows]), &b)?])
    });
    Ok(prepared)
}
