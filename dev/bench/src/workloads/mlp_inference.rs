//! The perceptron 784-128-10, forward.

use super::{Prepared, Workload, mlp_step::model, numbers};
use bouton::{Result, Tensor, compiler, jit, random};

pub(crate) const WORKLOADS: &[Workload] = &[
    inference("W4 mlp infer b1", 1, || prepare(1)),
    inference("W4 mlp infer b256", 256, || prepare(256)),
];

const fn inference(
    name: &'static str,
    batch: usize,
    prepare: fn() -> Result<Prepared>,
) -> Workload {
    Workload {
        name,
        variant: "jit",
        flops: (2 * batch * (784 * 128 + 128 * 10)) as f64,
        bytes: 0.0,
        tolerance: 1e-5,
        prepare,
    }
}

fn prepare(batch: usize) -> Result<Prepared> {
    let network = model().build()?;
    let params = network.init(&random::key(42));
    bouton::eval(&params)?;
    let x = numbers(1, [batch, 784]).eval()?;
    let forward = move |x: &Tensor| network.predict(&params, x);
    let compiled = jit(forward.clone());
    let (check, given) = (compiled.clone(), x.clone());
    Ok(Prepared {
        check: Box::new(move || {
            let reference = jit(forward.clone()).with_compiler(compiler::compiler("reference")?);
            super::difference(&check(&given)?, &reference(&given)?)
        }),
        run: Box::new(move |n| {
            for _ in 0..n {
                let _ = compiled(&x)?;
            }
            Ok(())
        }),
    })
}
