//! The same bits for any number of threads, on a second run, and whoever looks on.
use crate::networks::{drawn, threads_alone};
use bouton_nn::{Batch, Conv, Dim, Model, Params, losses, metrics};
use bouton_optim::adam;
use bouton_tensor::{DType, random};
use bouton_train::{Event, Progress, Trainer};
use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) fn hash(params: &Params) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in params.iter() {
        name.to_string().hash(&mut hasher);
        value.to_array().unwrap().bytes().hash(&mut hasher);
    }
    hasher.finish()
}

fn trainer<'a>(seed: u64) -> Trainer<'a> {
    let model = Model::input("images", [Batch, Dim(784)])
        .dense(64)
        .batch_norm()
        .relu()
        .dropout(0.25)
        .dense(10)
        .softmax();
    Trainer::new(&model, losses::categorical_cross_entropy(), adam(1e-3))
        .metric(metrics::accuracy())
        .seed(seed)
        .epochs(2)
        .progress(Progress::Silent)
}

#[test]
fn parameters_do_not_depend_on_threads_or_on_who_looks() {
    let _alone = threads_alone();
    let data = drawn(300, 64);
    let with_threads = |n| {
        bouton_cpu::pool::set_threads(n);
        hash(trainer(1).run(&data).unwrap().params())
    };
    let first = with_threads(1);
    for n in [2, 3, 5, 2] {
        assert_eq!(with_threads(n), first, "{n} threads");
    }
    let mut held = vec![];
    let watched = trainer(1)
        .validate(&data)
        .on(Event::BatchCompleted, |s| {
            held.push((s.params(), s.get("accuracy"), s.loss()))
        })
        .run(&data)
        .unwrap();
    assert_eq!(
        hash(watched.params()),
        first,
        "with every step's parameters held"
    );
    assert_eq!(hash(&held[9].0), first);
    assert_ne!(hash(&held[8].0), first);
    assert_ne!(
        hash(trainer(2).run(&data).unwrap().params()),
        first,
        "another seed"
    );
}

#[test]
fn a_network_of_convolutions_does_not_depend_on_threads() {
    let _alone = threads_alone();
    let model = Model::input("images", (Batch, 28, 28, 1))
        .conv(Conv::new(16, [3, 3]).same())
        .relu()
        .max_pool(2)
        .conv(Conv::new(8, [5, 5]).stride(2))
        .layer_norm()
        .tanh()
        .avg_pool(2)
        .flatten()
        .dense(10)
        .softmax();
    let x = random::normal(&random::key(5), DType::F32, [12, 28, 28, 1]);
    let y = random::randint(&random::key(6), DType::I32, [12], 0..10).one_hot(10);
    let (x, y) = (x.eval().unwrap(), y.eval().unwrap());
    let with_threads = |n| {
        bouton_cpu::pool::set_threads(n);
        let batches = std::iter::repeat_n((x.clone(), y.clone()), 6);
        let trained = Trainer::new(&model, losses::categorical_cross_entropy(), adam(1e-3))
            .progress(Progress::Silent)
            .run(batches)
            .unwrap();
        hash(trained.params())
    };
    let first = with_threads(1);
    for n in [2, 3, 8] {
        assert_eq!(with_threads(n), first, "{n} threads");
    }
}
