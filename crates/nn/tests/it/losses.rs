//! Losses against numbers computed in f64 and Axon's documented ones.
use crate::golden::{Record, close, records};
use bouton_nn::{Batch, Dim, Loss, Model, losses::*};
use bouton_tensor::{DType, Tensor, grad, random, tensor};

pub(crate) fn golden() -> Vec<Record> {
    records(include_str!("../golden/losses.txt"))
}

pub(crate) fn tensors(record: &Record) -> [Tensor; 2] {
    [0, 1].map(|i| Tensor::from_array(record.arrays[i].clone()))
}

fn loss(kind: &str) -> Option<Loss> {
    Some(match kind {
        "categorical_cross_entropy" => categorical_cross_entropy(),
        "categorical_cross_entropy_logits" => categorical_cross_entropy().from_logits(),
        "sparse_categorical_cross_entropy" => sparse_categorical_cross_entropy(),
        "sparse_categorical_cross_entropy_logits" => {
            sparse_categorical_cross_entropy().from_logits()
        }
        "binary_cross_entropy" | "binary_cross_entropy_saturated" => binary_cross_entropy(),
        "binary_cross_entropy_logits" => binary_cross_entropy().from_logits(),
        "mean_squared_error" => mean_squared_error(),
        "mean_absolute_error" => mean_absolute_error(),
        _ => return None,
    })
}

#[test]
fn every_loss_is_its_formula() {
    let mut checked = 0;
    for record in golden() {
        let Some(loss) = loss(&record.kind) else {
            continue;
        };
        let [targets, predictions] = tensors(&record);
        loss.check_targets(&record.arrays[0], record.arrays[1].ty())
            .unwrap();
        loss.check_predictions(&record.arrays[1]).unwrap();
        let value = loss.call(&targets, &predictions).item().unwrap();
        let (rel, abs) = (
            record.number("rel").unwrap_or(0.0),
            record.number("abs").unwrap(),
        );
        // The mean of all: the record has it, but for the saturated one, which has the exact losses only.
        let each = record.values(2);
        let mean = if record.kind.ends_with("saturated") {
            each.iter().sum::<f64>() / each.len() as f64
        } else {
            record.values(3)[0]
        };
        close(&[value], &[mean], rel, abs, &record.kind);
        // Single examples have their own losses.
        let rows = predictions.shape().unwrap()[0];
        for (row, each) in each.iter().enumerate().take(rows) {
            let row = |t: &Tensor| t.take(Tensor::from(vec![row as i32]), 0);
            close(
                &[loss
                    .call(&row(&targets), &row(&predictions))
                    .item()
                    .unwrap()],
                &[*each],
                rel,
                abs,
                &record.kind,
            );
        }
        checked += 1;
    }
    assert_eq!(checked, 14);
}

#[test]
fn gradients_are_finite_where_a_class_has_no_probability() {
    let (t, p) = (tensor![[0.0, 1.0, 0.0]], tensor![[0.0, 0.5, 0.5]]);
    let slope = grad(&p, |p| categorical_cross_entropy().call(&t, &p));
    assert_eq!(slope.to_vec::<f32>().unwrap(), [0.0, -2.0, 0.0]);
    let label = Tensor::from(vec![1]);
    let slope = grad(&p, |p| sparse_categorical_cross_entropy().call(&label, &p));
    assert_eq!(slope.to_vec::<f32>().unwrap(), [0.0, -2.0, 0.0]);
}

#[test]
fn a_softmax_at_the_end_is_seen_through() {
    let x = Model::input("x", [Batch, Dim(2)]);
    let confident = tensor![[-400.0, 400.0]];
    for (model, loss, target, expected) in [
        (
            x.softmax(),
            categorical_cross_entropy(),
            tensor![[1.0, 0.0]],
            800.0,
        ),
        (
            x.sigmoid(),
            binary_cross_entropy(),
            tensor![[1.0, 0.0]],
            400.0,
        ),
    ] {
        let network = model.build().unwrap();
        let params = network.init(&random::key(0));
        let through = grad(&confident, |x| {
            let forward = network.forward(&params, &x, None);
            loss.of(&target, &forward)
        });
        assert!(
            through
                .to_vec::<f32>()
                .unwrap()
                .iter()
                .all(|v| v.is_finite()),
            "{loss}: {through:?}"
        );
        let forward = network.forward(&params, &confident, None);
        assert_eq!(
            loss.of(&target, &forward).item().unwrap(),
            expected,
            "{loss}"
        );
        // A loss that wants something else takes the output itself.
        let mse = mean_squared_error();
        assert_eq!(
            mse.of(&target, &forward).item().unwrap(),
            mse.call(&target, &forward.output).item().unwrap()
        );
    }
}

#[test]
fn narrow_predictions_are_widened() {
    let predictions = tensor![[0.25, 0.75]].convert(DType::BF16);
    let loss = categorical_cross_entropy().call(&tensor![[true, false]], &predictions);
    assert_eq!(loss.dtype().unwrap(), DType::F32);
    assert!((loss.item().unwrap() - 4f64.ln()).abs() < 1e-6);
}

#[test]
fn a_label_that_is_no_class_gives_nan_where_nobody_checked() {
    let loss = sparse_categorical_cross_entropy().call(
        &Tensor::from(vec![3, 0]),
        &tensor![[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]],
    );
    assert!(loss.item().unwrap().is_nan());
}

#[test]
fn settings_are_printed_and_closures_are_losses() {
    assert_eq!(
        categorical_cross_entropy().from_logits().to_string(),
        "categorical_cross_entropy { from_logits: true }"
    );
    let closure = Loss::from(|y: &Tensor, x: &Tensor| (y - x).abs().max());
    assert_eq!(closure.to_string(), "loss { .. }");
    assert_eq!(
        closure
            .call(&tensor![1.0, 2.0], &tensor![5.0, 2.0])
            .item()
            .unwrap(),
        4.0
    );
    let fallible = Loss::function("strict", |y, x| {
        let [_] = y.dims()?;
        Ok((y - x).sum())
    });
    assert_eq!(
        fallible
            .call(&tensor![1.0, 2.0], &tensor![0.0, 0.0])
            .item()
            .unwrap(),
        3.0
    );
    assert!(
        fallible
            .call(
                &bouton_tensor::Tensor::scalar(1.0f32),
                &bouton_tensor::Tensor::scalar(1.0f32)
            )
            .error()
            .unwrap()
            .to_string()
            .starts_with("dims: expected 1 axes, found 0")
    );
}
