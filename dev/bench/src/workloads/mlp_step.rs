//! A training step of the perceptron 784-128-10: forward, backward and optimizer, parameters updated in place.

use super::{Prepared, Workload, difference};
use bouton::compiler::{self, Compiler};
use bouton::optim::{self, Optimizer, State};
use bouton::{Batch, DType, Dim, Model, Params, Result, Tensor, jit, loss, random, value_and_grad};
use std::sync::Arc;

pub(crate) const WORKLOADS: &[Workload] = &[
    step("W1 mlp train b128 adam", 128, || {
        prepare(128, optim::adam(1e-3))
    }),
    step("W1 mlp train b64 sgd", 64, || prepare(64, optim::sgd(1e-2))),
];

const fn step(name: &'static str, batch: usize, prepare: fn() -> Result<Prepared>) -> Workload {
    Workload {
        name,
        variant: "jit, donated",
        flops: (2 * batch * (2 * 784 * 128 + 3 * 128 * 10)) as f64,
        bytes: 0.0,
        tolerance: 1e-5,
        prepare,
    }
}

/// Steps that are compared with the reference.
const COMPARED: usize = 5;

type Carried = (Params, State);

pub(crate) fn model() -> Model {
    Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}

fn prepare(batch: usize, optimizer: Optimizer) -> Result<Prepared> {
    let x = random::uniform(&random::key(1), DType::F32, [batch, 784]).eval()?;
    let labels: Vec<i32> = (0..batch as i32).map(|i| i * 7 % 10).collect();
    let classes = Tensor::from((0..10).collect::<Vec<i32>>());
    let y = Tensor::from(labels)
        .new_axis(-1)
        .eq(&classes)
        .convert(DType::F32)
        .eval()?;

    let (checked, given) = (optimizer.clone(), (x.clone(), y.clone()));
    let mut run = Steps::new(optimizer, compiler::default_compiler()?)?;
    Ok(Prepared {
        check: Box::new(move || {
            let mut ours = Steps::new(checked.clone(), compiler::default_compiler()?)?;
            let mut reference = Steps::new(checked.clone(), compiler::compiler("reference")?)?;
            // Losses, not parameters: where a gradient is next to nothing, Adam steps by its sign.
            let losses = |steps: &mut Steps| {
                (0..COMPARED)
                    .map(|_| steps.take(1, &given.0, &given.1))
                    .collect::<Result<Vec<_>>>()
            };
            difference(&losses(&mut ours)?, &losses(&mut reference)?)
        }),
        run: Box::new(move |n| run.take(n, &x, &y).map(drop)),
    })
}

type Call = dyn Fn(Carried, &Tensor, &Tensor) -> Result<(Tensor, Carried), bouton::TensorError>
    + Send
    + Sync;

/// A training that is under way.
struct Steps {
    carried: Option<Carried>,
    step: bouton::Jit<Call>,
}

impl Steps {
    fn new(optimizer: Optimizer, compiler: Arc<dyn Compiler>) -> Result<Steps> {
        let network = model().build()?;
        let params = network.init(&random::key(42));
        let state = optimizer.init(&params);
        bouton::eval((&params, &state))?;
        let loss = loss::categorical_cross_entropy();
        let step = jit(move |(params, state): Carried, x: &Tensor, y: &Tensor| {
            let (loss, grads) = value_and_grad(&params, |params| {
                loss.of(y, &network.forward(&params, x, None))
            });
            let (params, state) = optimizer.update(grads, state, params);
            (loss, (params, state))
        });
        Ok(Steps {
            carried: Some((params, state)),
            step: step.with_compiler(compiler),
        })
    }

    /// So many steps; the loss of the last one.
    fn take(&mut self, n: usize, x: &Tensor, y: &Tensor) -> Result<Tensor> {
        let mut last = Tensor::scalar(f32::NAN);
        for _ in 0..n {
            if let Some(carried) = self.carried.take() {
                let (loss, carried) = (self.step)(carried, x, y)?;
                (last, self.carried) = (loss, Some(carried));
            }
        }
        Ok(last)
    }
}
