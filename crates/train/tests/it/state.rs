//! What layers carry from step to step: trained along, evaluated with, saved.
use crate::networks::tiny_data;
use bouton_nn::{Batch, BatchNorm, Dim, Model, losses, metrics};
use bouton_optim::{AdamW, adam};
use bouton_tensor::Tensor;
use bouton_train::{Evaluator, Progress, Trained, Trainer};

fn model() -> Model {
    Model::input("x", [Batch, Dim(3)])
        .dense(4)
        .layer(BatchNorm::new().momentum(0.5))
        .tanh()
        .dense(2)
        .softmax()
}

fn trained(optimizer: bouton_optim::Optimizer, epochs: usize) -> Trained {
    let trainer = Trainer::new(&model(), losses::categorical_cross_entropy(), optimizer)
        .epochs(epochs)
        .progress(Progress::Silent);
    trainer.run(tiny_data(&[16, 16, 8])).unwrap()
}

fn values(trained: &Trained, name: &str) -> Vec<f32> {
    trained.params().get(name).unwrap().to_vec().unwrap()
}

#[test]
fn running_statistics_are_those_of_the_batches() {
    // With a rate of next to nothing the layer sees the same numbers in every epoch.
    let trained = trained(adam(1e-30), 2);
    let network = model().build().unwrap();
    let start = network.init(&bouton_tensor::random::key(42));
    let (kernel, bias) = (
        start.get("dense_0.kernel").unwrap(),
        start.get("dense_0.bias").unwrap(),
    );
    let (mut mean, mut variance) = (vec![0f32; 4], vec![1f32; 4]);
    for (x, _) in (0..2).flat_map(|_| tiny_data(&[16, 16, 8])) {
        let y = x.matmul(kernel) + bias;
        let halfway = |old: &mut [f32], new: Tensor| {
            for (old, new) in old.iter_mut().zip(new.to_vec::<f32>().unwrap()) {
                *old = 0.5 * *old + 0.5 * new;
            }
        };
        halfway(&mut mean, y.mean_axes(0));
        halfway(&mut variance, y.variance_axes(0, 0));
    }
    let close = |found: Vec<f32>, expected: &[f32]| {
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
        assert!(
            found.iter().zip(expected).all(near),
            "{found:?} {expected:?}"
        );
    };
    close(values(&trained, "batch_norm_0.mean"), &mean);
    close(values(&trained, "batch_norm_0.variance"), &variance);
}

#[test]
fn weight_decay_leaves_state_alone() {
    let keeps_all = BatchNorm::new().momentum(1.0);
    let model = Model::input("x", [Batch, Dim(3)])
        .dense(2)
        .layer(keeps_all)
        .softmax();
    let decaying = AdamW::new(0.1).weight_decay(1.0);
    let trained = Trainer::new(&model, losses::categorical_cross_entropy(), decaying.into())
        .progress(Progress::Silent)
        .run(tiny_data(&[16, 16]))
        .unwrap();
    assert_eq!(values(&trained, "batch_norm_0.variance"), [1.0, 1.0]);
    assert_ne!(values(&trained, "batch_norm_0.gamma"), [1.0, 1.0]);
}

#[test]
fn evaluation_and_files_have_the_running_statistics() {
    let data = tiny_data(&[16, 16, 8]);
    let trained = trained(adam(0.02), 30);
    let evaluator = Evaluator::new(&model())
        .metric(metrics::accuracy())
        .loss(losses::categorical_cross_entropy());
    let scores = evaluator.run(data.clone(), &trained).unwrap();
    assert!(scores.get("accuracy").unwrap() > 0.9, "{scores}");
    let path = std::env::temp_dir().join(format!("bouton-train-{}-state", std::process::id()));
    trained.save(&path).unwrap();
    let (loaded, params) = Model::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let again = Evaluator::new(&loaded)
        .metric(metrics::accuracy())
        .loss(losses::categorical_cross_entropy());
    assert_eq!(
        again.run(data, &params).unwrap().to_string(),
        scores.to_string()
    );
}
