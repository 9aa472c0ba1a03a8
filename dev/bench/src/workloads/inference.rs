//! Networks run forward.

use super::{Prepared, Workload};
use crate::networks;
use bouton::{DType, Model, Result, Tensor, compiler, jit, random};

pub(crate) const WORKLOADS: &[Workload] = &[
    inference("W4 mlp infer b1", MLP, 4.5, || prepare(networks::mlp(), 1)),
    inference("W4 mlp infer b256", 256.0 * MLP, 295.0, || {
        prepare(networks::mlp(), 256)
    }),
    inference("W4 cnn infer b1", CNN, 65.0, || prepare(networks::cnn(), 1)),
    inference("W4 cnn infer b256", 256.0 * CNN, 12_300.0, || {
        prepare(networks::cnn(), 256)
    }),
];

/// Multiplications and additions for one example.
const MLP: f64 = 2.0 * (784.0 * 128.0 + 128.0 * 10.0);
const CNN: f64 =
    2.0 * (28.0 * 28.0 * 32.0 * 9.0 + 14.0 * 14.0 * 64.0 * 288.0 + 3136.0 * 128.0 + 1280.0);

pub(super) const fn inference(
    name: &'static str,
    flops: f64,
    goal: f64,
    prepare: fn() -> Result<Prepared>,
) -> Workload {
    Workload {
        name,
        variant: "jit",
        flops,
        bytes: 0.0,
        tolerance: 1e-5,
        goal,
        prepare,
    }
}

pub(super) fn prepare(model: Model, batch: usize) -> Result<Prepared> {
    let network = model.build()?;
    let params = network.init(&random::key(42));
    bouton::eval(&params)?;
    let shape = networks::input_shape(&model, batch)?;
    let x = random::uniform_in(&random::key(1), DType::F32, shape, -1.0..1.0).eval()?;
    let forward = move |x: &Tensor| network.predict(&params, x);
    let compiled = jit(forward.clone());
    let (same, given, expected) = (compiled.clone(), x.clone(), x.clone());
    Ok(Prepared {
        results: Box::new(move || Ok(vec![same(&given)?])),
        error: Box::new(move |ours| {
            let reference = jit(forward.clone()).with_compiler(compiler::compiler("reference")?);
            super::difference(ours, &[reference(&expected)?])
        }),
        run: Box::new(move |n| {
            for _ in 0..n {
                let _ = compiled(&x)?;
            }
            Ok(())
        }),
    })
}
