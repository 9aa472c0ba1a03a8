//! Pictures of clothes, told apart by two convolutions: the model of the Elixir community's Fashion-MNIST challenge.

use super::{Augment, Job};
use bouton::{Batch, Conv, Model, datasets, optim};

pub(crate) const JOB: Job = Job {
    name: "fashion-cnn",
    about: "clothes of Fashion-MNIST, two convolutions",
    source: &datasets::FASHION_MNIST,
    stand_in: false,
    model,
    batch: 32,
    // Just under an epoch of 1875 steps.
    schedule: |rate| optim::exponential_decay(rate, 1850, 0.5).into(),
    augment: Augment::Batches,
};

/// 421,642 parameters.
fn model() -> Model {
    Model::input("images", (Batch, 28, 28, 1))
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
        .softmax()
}
