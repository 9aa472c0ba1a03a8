//! Trains the network of the Elixir community's Fashion-MNIST challenge, with its augmentation and with another.
//!
//! `cargo run --release --example fashion_cnn -- 5` for 5 epochs; the challenge asks for 5, 20 and 50.
use bouton::prelude::*;
use bouton::{Conv, datasets::Augmentation};

fn main() -> bouton::Result<()> {
    let epochs = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(5);
    let fashion = datasets::fashion_mnist()?;
    let train = fashion.train.reshape([28, 28, 1])?.batches(32);
    let test = fashion.test.reshape([28, 28, 1])?.batches(256);

    let model = Model::input("images", (Batch, 28, 28, 1))
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
    println!("{}", model.table()?);

    // As in the challenge: whole batches upside down, drawn once for all epochs, the examples in their order.
    let upside_down = Augmentation::upside_down(42).whole_batches().once();
    // As one would rather: a coat is a coat from the left and from the right.
    let left_right = Augmentation::left_right(42);
    let augmentations = [
        (
            "whole batches upside down, drawn once",
            train.clone().augment(upside_down),
        ),
        (
            "each image left to right, anew each epoch",
            train.shuffle(42).augment(left_right),
        ),
    ];
    let mut accuracies = vec![];
    for (what, batches) in augmentations {
        let rate = optim::exponential_decay(1e-3, 1850, 0.5);
        let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::adam(rate))
            .metric(metrics::accuracy())
            .epochs(epochs)
            .run(batches)?;
        let scores = Evaluator::new(&model)
            .metric(metrics::accuracy())
            .run(test.clone(), &trained)?;
        accuracies.push((what, scores.get("accuracy").unwrap_or(f64::NAN)));
    }
    println!("test accuracy after {epochs} epochs:");
    for (what, accuracy) in accuracies {
        println!("{:6.2} %  {what}", 100.0 * accuracy);
    }
    Ok(())
}
