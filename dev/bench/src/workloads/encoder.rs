//! Layers of a transformer's encoder: forward, and forward with all gradients of the sum of squares.

use super::{Prepared, Workload, inference, numbers};
use crate::networks;
use bouton::{Params, Result, Tensor, Tree, compiler, grad, jit, random};

pub(crate) const WORKLOADS: &[Workload] = &[
    inference::inference("W5 enc fwd d256", flops(8, 128, 256), 10_200.0, || {
        inference::prepare(networks::encoder(128, 256, 4, 1024), 8)
    }),
    Workload {
        name: "W5 enc fwd+bwd d256",
        variant: "jit",
        flops: 3.0 * flops(8, 128, 256),
        bytes: 0.0,
        tolerance: 1e-4,
        goal: 31_000.0,
        prepare: gradients,
    },
    inference::inference(
        "W5 bert layer fwd d768",
        flops(1, 128, 768),
        10_600.0,
        || inference::prepare(networks::encoder(128, 768, 12, 3072), 1),
    ),
];

/// Multiplications and additions of a forward pass; the hidden layer is four times as wide as the others.
const fn flops(batch: usize, length: usize, d: usize) -> f64 {
    (batch * length * d * (8 * d + 4 * length + 16 * d)) as f64
}

fn gradients() -> Result<Prepared> {
    let model = networks::encoder(128, 256, 4, 1024);
    let network = model.build()?;
    let params = network.init(&random::key(42));
    let x = numbers(1, [8, 128, 256]);
    bouton::eval((&params, &x))?;
    let both = move |params: &Params, x: &Tensor| {
        grad((params, x), |(params, x)| {
            network.predict(&params, &x).square().sum()
        })
    };
    let compiled = jit(both.clone());
    let (same, given) = (compiled.clone(), (params.clone(), x.clone()));
    let expected = given.clone();
    Ok(Prepared {
        results: Box::new(move || Ok(same(&given.0, &given.1)?.leaves())),
        error: Box::new(move |ours| {
            let reference = jit(both.clone()).with_compiler(compiler::compiler("reference")?);
            super::difference(ours, &reference(&expected.0, &expected.1)?.leaves())
        }),
        run: Box::new(move |n| {
            for _ in 0..n {
                let _ = compiled(&params, &x)?;
            }
            Ok(())
        }),
    })
}
