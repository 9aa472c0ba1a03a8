//! The training of `mnist_mlp` without a trainer: `jit`, an optimizer and `predict`.
//!
//! `cargo run --release --example by_hand`
use bouton::datasets::Data;
use bouton::optim::State;
use bouton::prelude::*;

fn main() -> bouton::Result<()> {
    let mnist = datasets::mnist()?;
    let batches = mnist.train.batches(128).shuffle(42);

    let model = Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax();
    let network = model.build()?;
    let optimizer = optim::adam(1e-3);
    let loss = loss::categorical_cross_entropy();

    let mut params = network.init(&random::key(42));
    let mut state = optimizer.init(&params);

    // Forward, backward and Adam are one compiled program. `params` and `state` are passed by value: their memory is
    // updated in place. The batch is lent.
    let step = jit(|(params, state): (Params, State), x: &Tensor, y: &Tensor| {
        let (loss, grads) = value_and_grad(&params, |params| {
            loss.of(y, &network.forward(&params, x, None))
        });
        (loss, optimizer.update(grads, state, params))
    });

    for epoch in 0..5 {
        let mut losses = vec![];
        for batch in batches.epoch(epoch) {
            let (x, y) = batch?;
            let loss;
            (loss, (params, state)) = step((params, state), &x, &y)?;
            losses.push(loss.new_axis(0));
        }
        println!(
            "epoch {}: loss {:.4}",
            epoch + 1,
            concatenate(&losses, 0).mean().item()?
        );
    }

    let predict = jit(|images: &Tensor| network.predict(&params, images).argmax_axis(-1));
    let (mut right, mut all) = (0.0, 0);
    for batch in mnist.test.batches(256).iter() {
        let (x, y) = batch?;
        right += predict(&x)?
            .eq(y.argmax_axis(-1))
            .convert(DType::I32)
            .sum()
            .item()?;
        all += x.dims::<2>()?[0];
    }
    println!("test accuracy: {:.2} %", 100.0 * right / all as f64);
    Ok(())
}
