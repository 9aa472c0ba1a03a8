//! From a neural network by hand to a trained model, step by step: numbers, displays, training, evaluation, prediction.
//!
//! `cargo run --release --example go_deep`, or with fewer epochs: `.. -- --epochs 10`
use bouton::prelude::*;

fn main() -> bouton::Result<()> {
    let epochs = epochs_asked_for();
    network_by_hand()?;

    // Working with data: pixels in 0..1, one-hot labels.
    let mnist = datasets::mnist()?;
    println!("{:?}\n{:?}\n", mnist.train, mnist.test);

    // The first 50,000 to train with, the last 10,000 to test with, 64 at a time in file order.
    let train_data = mnist.train.slice(..50_000)?.batches(64);
    let test_data = mnist.train.slice(50_000..)?.batches(64);

    // The number of hidden units is arbitrary: more of them represent more, too many are hard to train.
    let model = Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax();
    println!("{model}\n");
    println!("{}\n", model.mermaid()?);
    println!("{}\n", model.table()?);

    // The loss is averaged since the start of the run, as Axon shows it.
    let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::sgd(0.01))
        .metric(metrics::accuracy())
        .loss_since_start()
        .epochs(epochs)
        .run(train_data)?;
    println!("{trained}\n");
    println!("{:?}\n", trained.params());

    let scores = Evaluator::new(&model)
        .metric(metrics::accuracy())
        .run(test_data.clone(), &trained)?;
    println!("test {scores}\n");

    // One image, and what the model makes of it.
    if let Some(batch) = test_data.iter().next() {
        let (images, labels) = batch?;
        let image = images.at(0);
        println!("{}", image.reshape([28, 28]).heatmap()?);
        let probabilities = trained.predict(image.new_axis(0));
        println!("probabilities: {probabilities:?}");
        println!(
            "prediction: {:?}, label: {:?}",
            probabilities.argmax(),
            labels.at(0).argmax()
        );
    }
    Ok(())
}

/// A network of two layers with one unit each, of numbers drawn from key 42.
fn network_by_hand() -> bouton::Result<()> {
    fn dense(input: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        input.dot(weight) + bias
    }
    fn hidden(input: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        dense(input, weight, bias).sigmoid()
    }
    fn predict(input: &Tensor, [w1, b1, w2, b2]: &[Tensor; 4]) -> Tensor {
        hidden(&hidden(input, w1, b1), w2, b2)
    }
    /// A number in 0..1, and the key for the next one.
    fn uniform(key: &Tensor) -> (Tensor, Tensor) {
        let keys = random::split(key, 2);
        (random::uniform(&keys[1], DType::F32, []), keys[0].clone())
    }

    let (w1, key) = uniform(&random::key(42));
    let (b1, key) = uniform(&key);
    let (w2, key) = uniform(&key);
    let (b2, key) = uniform(&key);
    println!("b2:  {}", b2.item()?);
    println!("key: {:?}", key.to_vec::<u32>()?);

    let input = random::uniform(&key, DType::F32, []);
    println!("out: {}\n", predict(&input, &[w1, b1, w2, b2]).item()?);
    Ok(())
}

fn epochs_asked_for() -> usize {
    let mut arguments = std::env::args().skip_while(|a| a != "--epochs").skip(1);
    arguments.next().and_then(|n| n.parse().ok()).unwrap_or(100)
}
