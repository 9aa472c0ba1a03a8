//! Training steps: forward, backward and optimizer, parameters updated in place.

use super::{Prepared, Workload, difference};
use crate::networks;
use bouton::compiler::{self, Compiler};
use bouton::optim::{self, Optimizer, State};
use bouton::{DType, Model, Params, Result, Tensor, Tree, jit, loss, random, value_and_grad};
use std::sync::Arc;

pub(crate) const WORKLOADS: &[Workload] = &[
    step("W1 mlp train b128 adam", 128.0 * MLP, 330.0, || {
        prepare(5, 128, networks::mlp, optim::adam(1e-3))
    }),
    step("W1 mlp train b64 sgd", 64.0 * MLP, 170.0, || {
        prepare(5, 64, networks::mlp, optim::sgd(1e-2))
    }),
    step("W2 cnn train b32 adam", 32.0 * CNN, 5000.0, || {
        prepare(2, 32, networks::cnn, optim::adam(1e-3))
    }),
    step("W2 cnn train b128 adam", 128.0 * CNN, 19_500.0, || {
        prepare(2, 128, networks::cnn, optim::adam(1e-3))
    }),
    step(
        "W3 lenet tanh train b128 adam",
        128.0 * LENET,
        2800.0,
        || prepare(2, 128, || networks::lenet(Model::tanh), optim::adam(1e-3)),
    ),
    step(
        "W3 lenet relu train b128 adam",
        128.0 * LENET,
        2800.0,
        || prepare(2, 128, || networks::lenet(Model::relu), optim::adam(1e-3)),
    ),
    step("tiny mlp train b32 adam", 32.0 * TINY, 0.0, || {
        prepare(5, 32, networks::tiny, optim::adam(1e-3))
    }),
];

/// Multiplications and additions of a step for one example; the gradient of the input is not needed.
const MLP: f64 = 2.0 * (2.0 * 784.0 * 128.0 + 3.0 * 128.0 * 10.0);
const CNN: f64 = 2.0
    * (2.0 * 28.0 * 28.0 * 32.0 * 9.0
        + 3.0 * (14.0 * 14.0 * 64.0 * 288.0 + 3136.0 * 128.0 + 1280.0));
const LENET: f64 = 2.0
    * (2.0 * 28.0 * 28.0 * 6.0 * 25.0
        + 3.0 * (100.0 * 16.0 * 150.0 + 400.0 * 120.0 + 120.0 * 84.0 + 840.0));
const TINY: f64 = 2.0 * (2.0 * 20.0 * 32.0 + 3.0 * 32.0 * 10.0);

const fn step(
    name: &'static str,
    flops: f64,
    goal: f64,
    prepare: fn() -> Result<Prepared>,
) -> Workload {
    Workload {
        name,
        variant: "jit, donated",
        flops,
        bytes: 0.0,
        tolerance: 1e-5,
        goal,
        prepare,
    }
}

/// The results are the losses of so many steps, and what is carried behind them. Of these the losses are held to the
/// reference: where a gradient is next to nothing, Adam steps by its sign.
fn prepare(
    compared: usize,
    batch: usize,
    model: fn() -> Model,
    optimizer: Optimizer,
) -> Result<Prepared> {
    let (x, y) = batch_for(&model(), batch)?;
    let (same, given) = (optimizer.clone(), (x.clone(), y.clone()));
    let compiler = compiler::default_compiler()?;
    let mut run = Steps::new(model(), optimizer, compiler.clone())?;
    let results = move |compiler| {
        let mut steps = Steps::new(model(), same.clone(), compiler)?;
        let losses = (0..compared).map(|_| steps.take(1, &given.0, &given.1));
        let mut results = losses.collect::<Result<Vec<_>>>()?;
        results.extend(steps.carried.leaves());
        Ok(results)
    };
    let expected = results.clone();
    Ok(Prepared {
        results: Box::new(move || results(compiler.clone())),
        error: Box::new(move |ours| {
            let reference = expected(compiler::compiler("reference")?)?;
            difference(&ours[..compared], &reference[..compared])
        }),
        run: Box::new(move |n| run.take(n, &x, &y).map(drop)),
    })
}

/// Inputs for the model and one-hot targets of 10 classes.
pub(crate) fn batch_for(model: &Model, batch: usize) -> Result<(Tensor, Tensor)> {
    let shape = networks::input_shape(model, batch)?;
    let x = random::uniform(&random::key(1), DType::F32, shape).eval()?;
    let labels: Vec<i32> = (0..batch as i32).map(|i| i * 7 % 10).collect();
    let classes = Tensor::from((0..10).collect::<Vec<i32>>());
    let y = Tensor::from(labels)
        .new_axis(-1)
        .eq(&classes)
        .convert(DType::F32)
        .eval()?;
    Ok((x, y))
}

type Carried = (Params, State);

type Call = dyn Fn(Carried, &Tensor, &Tensor) -> Result<(Tensor, Carried), bouton::TensorError>
    + Send
    + Sync;

/// A training that is under way.
pub(crate) struct Steps {
    carried: Option<Carried>,
    step: bouton::Jit<Call>,
}

impl Steps {
    pub(crate) fn new(
        model: Model,
        optimizer: Optimizer,
        compiler: Arc<dyn Compiler>,
    ) -> Result<Steps> {
        let network = model.build()?;
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
    pub(crate) fn take(&mut self, n: usize, x: &Tensor, y: &Tensor) -> Result<Tensor> {
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
