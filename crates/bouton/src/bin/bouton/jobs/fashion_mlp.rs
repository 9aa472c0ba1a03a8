//! Pictures of clothes, told apart by the network of `mnist-mlp`.

use super::{Augment, Job, mnist_mlp};
use bouton::{Schedule, datasets};

pub(crate) const JOB: Job = Job {
    name: "fashion-mlp",
    about: "clothes of Fashion-MNIST, 784-128-10",
    source: &datasets::FASHION_MNIST,
    stand_in: false,
    model: mnist_mlp::model,
    batch: 128,
    schedule: Schedule::from,
    augment: Augment::None,
};
