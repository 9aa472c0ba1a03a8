//! The networks and data that the tests share.
use bouton_data::{Batches, digits};
use bouton_nn::{Batch, Dim, Model};
use bouton_optim::Optimizer;
use bouton_tensor::{DType, Tensor, random};
use bouton_train::{Progress, Trainer};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The lock of the tests that set the number of threads, or count what setting it would change: it belongs to the whole
/// process.
pub(crate) fn threads_alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 784-128-10, as everywhere.
pub(crate) fn mlp() -> Model {
    Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}

/// A network of 3 inputs and 2 classes.
pub(crate) fn tiny() -> Model {
    Model::input("x", [Batch, Dim(3)])
        .dense(4)
        .tanh()
        .dense(2)
        .softmax()
}

/// Batches for [`tiny`] with one-hot targets: as many examples as `sizes` say.
pub(crate) fn tiny_data(sizes: &[usize]) -> Vec<(Tensor, Tensor)> {
    let batch = |(i, &n): (usize, &usize)| {
        let x = random::uniform(
            &random::fold_in(&random::key(7), i as i32),
            DType::F32,
            [n, 3],
        ) - 0.5;
        let label = x.sum_axes(-1).gt(0.0).convert(DType::I32);
        (x.eval().unwrap(), label.one_hot(2).eval().unwrap())
    };
    sizes.iter().enumerate().map(batch).collect()
}

/// A silent trainer of [`tiny`].
pub(crate) fn tiny_trainer<'a>(optimizer: Optimizer) -> Trainer<'a> {
    Trainer::new(
        &tiny(),
        bouton_nn::losses::categorical_cross_entropy(),
        optimizer,
    )
    .progress(Progress::Silent)
}

/// Drawn digits, the last batch smaller.
pub(crate) fn drawn(examples: usize, batch: usize) -> Batches {
    digits(examples, 10, 42)
        .unwrap()
        .train
        .batches(batch)
        .shuffle(3)
}
