//! Every mistake is refused before the step, with the fix in the message.
use crate::networks::{mlp, tiny, tiny_data, tiny_trainer};
use bouton_nn::{Batch, Dim, Loss, Metric, Model, losses, metrics};
use bouton_optim::{adam, sgd};
use bouton_tensor::{DType, Tensor, tensor};
use bouton_train::{Error, ErrorKind, Evaluator, Progress, Result, Trainer};

/// `expected` with HERE for the line of the call, which must be in this file.
#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, expected: &str) {
    let e: Error = result.err().unwrap();
    let here = match e.place() {
        Some(place) => format!("{}:{}", place.file(), place.line()),
        None => String::new(),
    };
    assert!(here.is_empty() || here.contains("refusals.rs:"), "{here}");
    assert_eq!(e.to_string(), expected.replace("HERE", &here));
    assert_eq!(e.kind(), kind);
}

fn zeros(dtype: DType, shape: &[usize]) -> Tensor {
    Tensor::zeros(dtype, shape)
}

/// Trains a network with `units` outputs on 8 examples with these targets.
#[track_caller]
fn on_targets(loss: Loss, units: usize, targets: Tensor) -> Result<()> {
    let model = Model::input("x", [Batch, Dim(2)]).dense(units);
    let model = if units == 1 {
        model.sigmoid()
    } else {
        model.softmax()
    };
    let data = [(zeros(DType::F32, &[8, 2]), targets)];
    Trainer::new(&model, loss, sgd(0.1))
        .progress(Progress::Silent)
        .run(data)
        .map(|_| ())
}

#[test]
fn targets_that_do_not_fit() {
    let one_hot = losses::categorical_cross_entropy;
    let sparse = losses::sparse_categorical_cross_entropy;
    refused(
        on_targets(one_hot(), 3, zeros(DType::F32, &[8, 2])),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(one_hot(), 3, zeros(DType::F32, &[4, 3])),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(one_hot(), 3, zeros(DType::I32, &[8])),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(one_hot(), 3, zeros(DType::I32, &[8, 1])),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(sparse(), 3, zeros(DType::F32, &[8, 3])),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(losses::binary_cross_entropy(), 1, zeros(DType::F32, &[8])),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(sparse(), 3, tensor![0, 1, 2, -1, 0, 0, 0, 0]),
        ErrorKind::Tensor,
        "",
    );
    refused(
        on_targets(sparse(), 3, tensor![0, 1, 2, 3, 0, 0, 0, 0]),
        ErrorKind::Tensor,
        "",
    );
    let mut row = [1.0f32, 0.0, 0.0];
    row[1] = f32::NAN;
    refused(
        on_targets(one_hot(), 3, Tensor::new([row; 8])),
        ErrorKind::Tensor,
        "",
    );
    row[1] = 1.5;
    refused(
        on_targets(one_hot(), 3, Tensor::new([row; 8])),
        ErrorKind::Tensor,
        "",
    );
}

#[test]
fn predictions_that_are_no_probabilities() {
    let model = Model::input("x", [Batch, Dim(2)])
        .dense(2)
        .custom("apart", |_, x| x * 100.0 + 7.0);
    let data = [(tensor![[1.0, 2.0]], tensor![[0.0, 1.0]])];
    let run = Trainer::new(&model, losses::categorical_cross_entropy(), sgd(0.1))
        .progress(Progress::Silent)
        .run(data);
    let e = run.unwrap_err().to_string();
    assert!(
        e.starts_with("categorical_cross_entropy: the prediction "),
        "{e}"
    );
    assert!(
        e.contains(" is not a probability from 0 to 1\n  predictions: f32[1, 2]\n  at "),
        "{e}"
    );
    assert!(
        e.ends_with("help: end the model with .softmax(), or add .from_logits() to the loss"),
        "{e}"
    );
}

#[test]
fn a_batch_that_does_not_fit_the_model() {
    let data = [(zeros(DType::F32, &[8, 28, 28]), zeros(DType::F32, &[8, 10]))];
    let trainer = || {
        Trainer::new(&mlp(), losses::categorical_cross_entropy(), adam(1e-3))
            .progress(Progress::Silent)
    };
    refused(trainer().run(data), ErrorKind::Tensor, "");
    let mut data = tiny_data(&[4, 4, 4]);
    data[2].0 = zeros(DType::F32, &[0, 3]);
    data[2].1 = zeros(DType::F32, &[0, 2]);
    refused(tiny_trainer(sgd(0.1)).run(data), ErrorKind::Batch, "");
    refused(tiny_trainer(sgd(0.1)).run(vec![]), ErrorKind::Batch, "");
    let broken = (tensor![1.0, 2.0] + tensor![1.0, 2.0, 3.0], tensor![1.0]);
    refused(tiny_trainer(sgd(0.1)).run([broken]), ErrorKind::Tensor, "");
    let batches = bouton_data::digits(10, 10, 1).unwrap().train.batches(0);
    refused(
        Trainer::new(&mlp(), losses::categorical_cross_entropy(), adam(1e-3)).run(batches),
        ErrorKind::Data,
        "",
    );
    let other = [(zeros(DType::F32, &[8, 4]), zeros(DType::F32, &[8, 2]))];
    refused(
        tiny_trainer(sgd(0.1)).validate(other).run(tiny_data(&[4])),
        ErrorKind::Tensor,
        "",
    );
}

#[test]
fn losses_and_metrics_that_are_no_scalars() {
    let each = |y: &Tensor, p: &Tensor| (y - p).abs();
    let trainer = Trainer::new(&tiny(), each, sgd(0.1)).progress(Progress::Silent);
    refused(trainer.run(tiny_data(&[4])), ErrorKind::Tensor, "");
    let metric = Metric::function("each", each);
    refused(
        tiny_trainer(sgd(0.1))
            .metric(metric.clone())
            .run(tiny_data(&[4])),
        ErrorKind::Tensor,
        "",
    );
    let params = tiny().build().unwrap().init(&bouton_tensor::random::key(1));
    refused(
        Evaluator::new(&tiny())
            .metric(metric)
            .run(tiny_data(&[4]), &params),
        ErrorKind::Tensor,
        "",
    );
}

#[test]
fn settings_that_make_no_sense() {
    refused(
        tiny_trainer(sgd(0.1)).epochs(0).run(tiny_data(&[4])),
        ErrorKind::Setting,
        "",
    );
    let twice = tiny_trainer(sgd(0.1))
        .metric(metrics::accuracy())
        .metric(metrics::accuracy());
    refused(twice.run(tiny_data(&[4])), ErrorKind::Setting, "");
    refused(
        tiny_trainer(sgd(f64::NAN)).run(tiny_data(&[4])),
        ErrorKind::Tensor,
        "",
    );
    let params = tiny().build().unwrap().init(&bouton_tensor::random::key(1));
    refused(
        Evaluator::new(&tiny()).run(tiny_data(&[4]), &params),
        ErrorKind::Setting,
        "",
    );
    let other = mlp().build().unwrap().init(&bouton_tensor::random::key(1));
    refused(
        tiny_trainer(sgd(0.1)).start(&other).run(tiny_data(&[4])),
        ErrorKind::Tensor,
        "",
    );
}
