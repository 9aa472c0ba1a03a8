//! The plan of a training step's memory takes little more than what is alive at one time.
use crate::networks;
use bouton_nn::{Batch, Conv, Dim, Model, losses};
use bouton_optim::adam;
use bouton_tensor::{Compiled, DType, Tensor, compiler::Cpu, random, value_and_grad};

/// The arena of a step of Adam on a batch of `x`, compiled and not run.
#[track_caller]
fn check(model: &Model, x: &[usize]) {
    let network = model.build().unwrap();
    let params = network.init(&random::key(1));
    let optimizer = adam(1e-3);
    let state = optimizer.init(&params);
    let x = Tensor::zeros(DType::F32, x);
    let y = network.predict(&params, &x).zeros_like();
    bouton_tensor::eval((&params, &state, &x, &y)).unwrap();
    let args = ((&params, &state), (&x, &y));
    let compiled = Compiled::new(&Cpu, &args, &[], |((params, state), (x, y))| {
        let (loss, grads) = value_and_grad(&params, |params| {
            losses::mean_squared_error().call(&y, &network.predict(&params, &x))
        });
        (loss, optimizer.update(grads, state, params))
    });
    let report = compiled.unwrap().memory_report();
    let (arena, live) = (report.arena, report.live);
    assert!(
        live <= arena && arena as f64 <= 1.2 * live as f64,
        "{arena} bytes for {live}, {:.3} times as many",
        arena as f64 / live as f64
    );
}

#[test]
fn perceptrons_fit() {
    check(&networks::mlp(), &[128, 784]);
    check(&networks::mlp(), &[1, 784]);
}

#[test]
fn networks_of_convolutions_fit() {
    let fashion = Model::input("images", (Batch, 28, 28, 1))
        .conv(Conv::new(32, [3, 3]).same())
        .relu()
        .max_pool(2)
        .conv(Conv::new(64, [3, 3]).same())
        .relu()
        .max_pool(2)
        .flatten()
        .dense(128)
        .relu()
        .dense(10)
        .softmax();
    check(&fashion, &[32, 28, 28, 1]);
    let lenet = Model::input("images", (Batch, 28, 28, 1))
        .conv(Conv::new(6, [5, 5]).same())
        .tanh()
        .avg_pool(2)
        .conv(Conv::new(16, [5, 5]))
        .tanh()
        .avg_pool(2)
        .flatten()
        .dense(120)
        .tanh()
        .dense(84)
        .tanh()
        .dense(10)
        .softmax();
    check(&lenet, &[128, 28, 28, 1]);
}

#[test]
fn encoders_fit() {
    let block = |x: &Model| {
        let x = x.layer_norm().self_attention(4).add(x);
        x.layer_norm().dense(256).gelu().dense(64).add(&x)
    };
    let x = Model::input("x", [Batch, Dim(32), Dim(64)]);
    check(&block(&x), &[8, 32, 64]);
    check(&block(&block(&block(&x))), &[8, 32, 64]);
}
