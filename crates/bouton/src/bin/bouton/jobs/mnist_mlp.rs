//! Handwritten digits, told apart by a perceptron with one hidden layer.

use super::{Augment, Job};
use bouton::{Batch, Dim, Model, Schedule, datasets};

pub(crate) const JOB: Job = Job {
    name: "mnist-mlp",
    about: "digits of MNIST, 784-128-10",
    source: &datasets::MNIST,
    stand_in: true,
    model,
    batch: 128,
    schedule: Schedule::from,
    augment: Augment::None,
};

/// 101,770 parameters.
pub(crate) fn model() -> Model {
    Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}
