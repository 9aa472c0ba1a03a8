//! Metrics against their formulas.
use crate::losses::{golden, tensors};
use bouton_nn::{Metric, Score, losses, metrics};
use bouton_tensor::{Tensor, tensor};

#[test]
fn accuracy_counts_what_is_right() {
    let mut checked = 0;
    for record in golden().iter().filter(|r| r.kind.ends_with("accuracy")) {
        let [targets, predictions] = tensors(record);
        let score = metrics::accuracy().call(&targets, &predictions);
        assert_eq!(
            score.weight.item().unwrap(),
            predictions.shape().unwrap()[0] as f64
        );
        assert_eq!(
            score.mean().item().unwrap(),
            record.values(2)[0],
            "{}",
            record.kind
        );
        checked += 1;
    }
    assert_eq!(checked, 3);
}

#[test]
fn label_columns_and_other_integers_count_too() {
    let p = tensor![[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]];
    let labels = Tensor::from(vec![1u8, 1, 1]);
    assert_eq!(
        metrics::accuracy().call(&labels, &p).sum.item().unwrap(),
        2.0
    );
    assert_eq!(
        metrics::accuracy()
            .call(&labels.reshape([3, 1]), &p)
            .sum
            .item()
            .unwrap(),
        2.0
    );
    let yes = Tensor::from(vec![true, false]);
    assert_eq!(
        metrics::accuracy()
            .call(&yes, &tensor![0.75, 0.5])
            .mean()
            .item()
            .unwrap(),
        1.0
    );
}

#[test]
fn batches_weigh_by_their_examples() {
    let mean = Metric::function("mean", |_, x| x.mean());
    let record = golden()
        .into_iter()
        .find(|r| r.kind == "running_average")
        .unwrap();
    let (values, sizes) = (record.values(0), record.values(1));
    let mut total = Score::zero();
    for (value, size) in values.iter().zip(sizes) {
        let batch = Tensor::full(bouton_tensor::DType::F32, [size as usize], *value);
        total = total.plus(&mean.call(&batch, &batch));
    }
    let expected = record.values(2)[0];
    assert!((total.mean().item().unwrap() - expected).abs() < 1e-6 * expected);
}

#[test]
fn a_loss_is_a_metric() {
    let metric = metrics::loss(losses::mean_squared_error());
    let score = metric.call(
        &tensor![[0.0, 0.0], [0.0, 0.0]],
        &tensor![[1.0, 1.0], [3.0, 3.0]],
    );
    assert_eq!(
        (score.sum.item().unwrap(), score.weight.item().unwrap()),
        (10.0, 2.0)
    );
    let closure = metrics::loss(|y: &Tensor, x: &Tensor| (y - x).abs().mean());
    let score = closure.call(&tensor![0.0, 0.0], &tensor![1.0, 3.0]);
    assert_eq!(
        (score.sum.item().unwrap(), score.weight.item().unwrap()),
        (4.0, 2.0)
    );
    assert_eq!(metric.named("mse").name(), "mse");
}
