//! Trains a small perceptron on MNIST from scratch, in f32 and then with bf16 arithmetic.
//!
//! `cargo run --release --example mnist_mlp`
use bouton::prelude::*;

fn main() -> bouton::Result<()> {
    // Pixels in 0..1 and one-hot labels, in file order; the last batch is smaller.
    let mnist = datasets::mnist()?;
    let train_batches = mnist.train.batches(128);
    let test = mnist.test.batches(mnist.test.len());

    let model = Model::input("input", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax();
    println!("{}", model.mermaid()?);

    let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::adam(1e-3))
        .epochs(5)
        .run(train_batches.clone())?;
    let f32_accuracy = accuracy(&trained, &test)?;
    println!("f32 test accuracy: {:.2} %", 100.0 * f32_accuracy);

    // Every layer converts its parameters to bf16 on the way forward; the optimizer updates them in f32.
    let bf16_model = model.with_policy(Policy::bf16());
    let bf16_trained = Trainer::new(
        &bf16_model,
        loss::categorical_cross_entropy(),
        optim::adam(1e-3),
    )
    .epochs(5)
    .run(train_batches)?;
    let bf16_accuracy = accuracy(&bf16_trained, &test)?;
    println!("bf16 test accuracy: {:.2} %", 100.0 * bf16_accuracy);

    // What a step needs between forward and backward, in either.
    println!("f32 step\n{}", trained.memory_report());
    println!("bf16 step\n{}", bf16_trained.memory_report());
    Ok(())
}

/// The share of examples whose likeliest class is the right one. `Evaluator` does the same in batches.
fn accuracy(trained: &Trained, test: &datasets::Batches) -> bouton::Result<f64> {
    let mut right = vec![];
    for batch in test.iter() {
        let (images, labels) = batch?;
        let predicted = trained.predict(&images).argmax_axis(-1);
        right.push(predicted.eq(labels.argmax_axis(-1)));
    }
    Ok(concatenate(&right, 0).convert(DType::F32).mean().item()?)
}
