//! Every mistake is refused before the step, with the fix in the message.
use crate::networks::{mlp, tiny, tiny_data, tiny_trainer};
use bouton_nn::{Batch, Dim, Loss, Metric, Model, losses, metrics};
use bouton_optim::{adam, sgd};
use bouton_tensor::{DType, Tensor, tensor};
use bouton_train::{Error, ErrorKind, Evaluator, Progress, Result, Trainer};

/// `expected` with HERE for the line of the call, which must be in this file.
#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, expected: &[&str]) {
    let e: Error = result.err().unwrap();
    let here = match e.place() {
        Some(place) => format!("{}:{}", place.file(), place.line()),
        None => String::new(),
    };
    assert!(here.is_empty() || here.contains("refusals.rs:"), "{here}");
    assert_eq!(e.to_string(), expected.join("\n").replace("HERE", &here));
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
        &[
            "categorical_cross_entropy: targets have 2 classes, predictions 3",
            "  targets: f32[8, 2]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: give the last layer 2 units, or make the targets one-hot with 3 classes",
        ],
    );
    refused(
        on_targets(one_hot(), 3, zeros(DType::F32, &[4, 3])),
        ErrorKind::Tensor,
        &[
            "categorical_cross_entropy: targets must be one-hot, of the predictions' shape [8, 3]; they have [4, 3]",
            "  targets: f32[4, 3]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: there are 4 targets for 8 predictions: take inputs and targets from the same batch",
        ],
    );
    refused(
        on_targets(one_hot(), 3, zeros(DType::I32, &[8])),
        ErrorKind::Tensor,
        &[
            "categorical_cross_entropy: targets must be one-hot, of the predictions' shape [8, 3]; they have [8]",
            "  targets: i32[8]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: for class numbers use sparse_categorical_cross_entropy(), or make them one-hot with .one_hot(3)",
        ],
    );
    refused(
        on_targets(one_hot(), 3, zeros(DType::I32, &[8, 1])),
        ErrorKind::Tensor,
        &[
            "categorical_cross_entropy: targets must be one-hot, of the predictions' shape [8, 3]; they have [8, 1]",
            "  targets: i32[8, 1]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: for class numbers use sparse_categorical_cross_entropy(), or make them one-hot with .one_hot(3)",
        ],
    );
    refused(
        on_targets(sparse(), 3, zeros(DType::F32, &[8, 3])),
        ErrorKind::Tensor,
        &[
            "sparse_categorical_cross_entropy: targets must be class numbers of shape [8]; they look one-hot",
            "  targets: f32[8, 3]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: for one-hot targets use categorical_cross_entropy()",
        ],
    );
    refused(
        on_targets(losses::binary_cross_entropy(), 1, zeros(DType::F32, &[8])),
        ErrorKind::Tensor,
        &[
            "binary_cross_entropy: targets must have the predictions' shape [8, 1]; they have [8]",
            "  targets: f32[8]",
            "  predictions: f32[8, 1]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: add the missing axis to the targets with .new_axis(-1)",
        ],
    );
    refused(
        on_targets(sparse(), 3, tensor![0, 1, 2, -1, 0, 0, 0, 0]),
        ErrorKind::Tensor,
        &[
            "sparse_categorical_cross_entropy: the label -1 at [3] is not a class; there are 3, from 0 to 2",
            "  targets: i32[8]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: leave examples without a label out, or give them a class of their own",
        ],
    );
    refused(
        on_targets(sparse(), 3, tensor![0, 1, 2, 3, 0, 0, 0, 0]),
        ErrorKind::Tensor,
        &[
            "sparse_categorical_cross_entropy: the label 3 at [3] is not a class; there are 3, from 0 to 2",
            "  targets: i32[8]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: labels that begin at 1 need 1 taken off; otherwise give the last layer more units",
        ],
    );
    let mut row = [1.0f32, 0.0, 0.0];
    row[1] = f32::NAN;
    refused(
        on_targets(one_hot(), 3, Tensor::new([row; 8])),
        ErrorKind::Tensor,
        &[
            "categorical_cross_entropy: the target at [0, 1] is NaN",
            "  targets: f32[8, 3]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: leave such examples out, or fill them in before training",
        ],
    );
    row[1] = 1.5;
    refused(
        on_targets(one_hot(), 3, Tensor::new([row; 8])),
        ErrorKind::Tensor,
        &[
            "categorical_cross_entropy: the target 1.5 at [0, 1] is not a probability from 0 to 1",
            "  targets: f32[8, 3]",
            "  predictions: f32[8, 3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: divide counts by their sum, or use mean_squared_error() for other numbers",
        ],
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
    refused(
        trainer().run(data),
        ErrorKind::Tensor,
        &[
            "input \"images\": the model expects [batch, 784], the data is [8, 28, 28]",
            "  input 0: f32[8, 28, 28]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: reshape it with .reshape([8, 784]), or declare the input as [batch, 28, 28]",
        ],
    );
    let mut data = tiny_data(&[4, 4, 4]);
    data[2].0 = zeros(DType::F32, &[0, 3]);
    data[2].1 = zeros(DType::F32, &[0, 2]);
    refused(
        tiny_trainer(sgd(0.1)).run(data),
        ErrorKind::Batch,
        &[
            "a batch must hold at least one example",
            "  input: f32[0, 3]",
            "  target: f32[0, 2]",
            "  at HERE",
            "  in batch 3 of epoch 1",
        ],
    );
    refused(
        tiny_trainer(sgd(0.1)).run(vec![]),
        ErrorKind::Batch,
        &[
            "epoch 1: the data must give at least one batch; it gave none",
            "  at HERE",
            "  help: an epoch reads the data from its start: pass a vector, an iterator that can be cloned, or batches of a dataset",
        ],
    );
    let broken = (tensor![1.0, 2.0] + tensor![1.0, 2.0, 3.0], tensor![1.0]);
    refused(
        tiny_trainer(sgd(0.1)).run([broken]),
        ErrorKind::Tensor,
        &[
            "add: shapes must agree, or be 1, on every axis; axis 0 has 2 and 3",
            "  input 0: f32[2]",
            "  input 1: f32[3]",
            "  at HERE",
            "  in batch 1 of epoch 1",
        ],
    );
    let batches = bouton_data::digits(10, 10, 1).unwrap().train.batches(0);
    refused(
        Trainer::new(&mlp(), losses::categorical_cross_entropy(), adam(1e-3)).run(batches),
        ErrorKind::Data,
        &[
            "batches(0): a batch must hold at least 1 example",
            "  dataset: built-in digits train: 10 examples, images u8[28, 28], 10 classes",
            "  at HERE",
            "  in batch 1 of epoch 1",
        ],
    );
    let other = [(zeros(DType::F32, &[8, 4]), zeros(DType::F32, &[8, 2]))];
    refused(
        tiny_trainer(sgd(0.1)).validate(other).run(tiny_data(&[4])),
        ErrorKind::Tensor,
        &[
            "input \"x\": the model expects [batch, 3], the data is [8, 4]",
            "  input 0: f32[8, 4]",
            "  at HERE",
            "  in batch 1",
            "  in the validation data",
        ],
    );
}

#[test]
fn losses_and_metrics_that_are_no_scalars() {
    let each = |y: &Tensor, p: &Tensor| (y - p).abs();
    let trainer = Trainer::new(&tiny(), each, sgd(0.1)).progress(Progress::Silent);
    refused(
        trainer.run(tiny_data(&[4])),
        ErrorKind::Tensor,
        &[
            "loss: a loss must return a scalar",
            "  input 0: f32[4, 2]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: reduce it with .mean()",
        ],
    );
    let metric = Metric::function("each", each);
    refused(
        tiny_trainer(sgd(0.1))
            .metric(metric.clone())
            .run(tiny_data(&[4])),
        ErrorKind::Tensor,
        &[
            "each: a metric must return a scalar",
            "  input 0: f32[4, 2]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: reduce it with .mean()",
        ],
    );
    let params = tiny().build().unwrap().init(&bouton_tensor::random::key(1));
    refused(
        Evaluator::new(&tiny())
            .metric(metric)
            .run(tiny_data(&[4]), &params),
        ErrorKind::Tensor,
        &[
            "each: a metric must return a scalar",
            "  input 0: f32[4, 2]",
            "  at HERE",
            "  in batch 1",
            "  help: reduce it with .mean()",
        ],
    );
}

#[test]
fn settings_that_make_no_sense() {
    refused(
        tiny_trainer(sgd(0.1)).epochs(0).run(tiny_data(&[4])),
        ErrorKind::Setting,
        &["epochs(0): at least one epoch must be trained", "  at HERE"],
    );
    let twice = tiny_trainer(sgd(0.1))
        .metric(metrics::accuracy())
        .metric(metrics::accuracy());
    refused(
        twice.run(tiny_data(&[4])),
        ErrorKind::Setting,
        &[
            "metric: every metric must have a name of its own; \"accuracy\" comes twice",
            "  at HERE",
            "  help: rename one with .named(\"..\"), or give a closure a name: Metric::function(\"..\", f)",
        ],
    );
    refused(
        tiny_trainer(sgd(f64::NAN)).run(tiny_data(&[4])),
        ErrorKind::Tensor,
        &[
            "sgd { learning_rate: NaN }: learning_rate must be a finite number of at least 0, not NaN",
            "  at HERE",
        ],
    );
    let params = tiny().build().unwrap().init(&bouton_tensor::random::key(1));
    refused(
        Evaluator::new(&tiny()).run(tiny_data(&[4]), &params),
        ErrorKind::Setting,
        &[
            "evaluator: at least one metric or a loss must be asked for",
            "  at HERE",
            "  help: add .metric(metrics::accuracy()), say",
        ],
    );
    let other = mlp().build().unwrap().init(&bouton_tensor::random::key(1));
    refused(
        tiny_trainer(sgd(0.1)).start(&other).run(tiny_data(&[4])),
        ErrorKind::Tensor,
        &[
            "params: the parameter dense_0.kernel must be f32[3, 4]; found f32[784, 128]",
            "  at HERE",
            "  in batch 1 of epoch 1",
            "  help: pass what this model's init made, or what was saved with it",
        ],
    );
}
