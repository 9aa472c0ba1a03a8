//! What losses and metrics refuse, each with its whole message.
use bouton_nn::{Loss, Metric, losses::*, metrics::accuracy};
use bouton_tensor::{Array, DType, Tensor, Type};

/// The message without the place, which is a line of this file.
#[track_caller]
fn same(error: impl ToString, expected: &str) {
    let text = error.to_string();
    let at = text
        .find("\n  at ")
        .unwrap_or_else(|| panic!("no place: {text}"));
    let end = text[at + 1..].find('\n').map_or(text.len(), |i| at + 1 + i);
    assert!(text[at..end].contains("tests/it/refusals.rs:"), "{text}");
    assert_eq!(format!("{}{}", &text[..at], &text[end..]), expected);
}

/// Both the static check and the one of host data refuse these types.
#[track_caller]
fn refused(loss: Loss, targets: (DType, &[usize]), predictions: &[usize], expected: &str) {
    let (t, p) = (
        Tensor::zeros(targets.0, targets.1),
        Tensor::zeros(DType::F32, predictions),
    );
    same(loss.call(&t, &p).error().unwrap(), expected);
    let host = Array::zeros(&Type::new(targets.0, targets.1)).unwrap();
    same(
        loss.check_targets(&host, &p.ty().unwrap()).unwrap_err(),
        expected,
    );
}

const F32: DType = DType::F32;
const I32: DType = DType::I32;

#[test]
fn shapes_that_do_not_fit() {
    refused(
        categorical_cross_entropy(),
        (F32, &[8, 2]),
        &[8, 3],
        "categorical_cross_entropy: targets have 2 classes, predictions 3\n  targets: f32[8, 2]\n  predictions: f32[8, 3]\n  help: give the last layer 2 units, or make the targets one-hot with 3 classes",
    );
    refused(
        categorical_cross_entropy(),
        (F32, &[4, 3]),
        &[8, 3],
        "categorical_cross_entropy: targets must be one-hot, of the predictions' shape [8, 3]; they have [4, 3]\n  targets: f32[4, 3]\n  predictions: f32[8, 3]\n  help: there are 4 targets for 8 predictions: take inputs and targets from the same batch",
    );
    for shape in [&[8][..], &[8, 1]] {
        let ty = Type::new(I32, shape);
        refused(
            categorical_cross_entropy(),
            (I32, shape),
            &[8, 3],
            &format!(
                "categorical_cross_entropy: targets must be one-hot, of the predictions' shape [8, 3]; they have {}\n  targets: {ty}\n  predictions: f32[8, 3]\n  help: for class numbers use sparse_categorical_cross_entropy(), or make them one-hot with .one_hot(3)",
                ty.shape
            ),
        );
    }
    refused(
        sparse_categorical_cross_entropy(),
        (I32, &[8, 3]),
        &[8, 3],
        "sparse_categorical_cross_entropy: targets must be class numbers of shape [8]; they look one-hot\n  targets: i32[8, 3]\n  predictions: f32[8, 3]\n  help: for one-hot targets use categorical_cross_entropy()",
    );
    refused(
        sparse_categorical_cross_entropy(),
        (I32, &[4]),
        &[8, 3],
        "sparse_categorical_cross_entropy: targets must be class numbers of shape [8]; they have [4]\n  targets: i32[4]\n  predictions: f32[8, 3]\n  help: there are 4 targets for 8 predictions: take inputs and targets from the same batch",
    );
    refused(
        binary_cross_entropy(),
        (F32, &[8]),
        &[8, 1],
        "binary_cross_entropy: targets must have the predictions' shape [8, 1]; they have [8]\n  targets: f32[8]\n  predictions: f32[8, 1]\n  help: add the missing axis to the targets with .new_axis(-1)",
    );
    refused(
        mean_squared_error(),
        (F32, &[8, 1]),
        &[8],
        "mean_squared_error: targets must have the predictions' shape [8]; they have [8, 1]\n  targets: f32[8, 1]\n  predictions: f32[8]\n  help: take the last axis off the targets with .reshape([8])",
    );
    refused(
        mean_absolute_error(),
        (F32, &[2, 3]),
        &[3, 2],
        "mean_absolute_error: targets must have the predictions' shape [3, 2]; they have [2, 3]\n  targets: f32[2, 3]\n  predictions: f32[3, 2]\n  help: there are 2 targets for 3 predictions: take inputs and targets from the same batch",
    );
    refused(
        categorical_cross_entropy(),
        (F32, &[]),
        &[],
        "categorical_cross_entropy: predictions must have an axis of classes\n  targets: f32\n  predictions: f32\n  help: end the model with one unit for each class",
    );
}

#[test]
fn types_that_make_no_sense() {
    refused(
        sparse_categorical_cross_entropy(),
        (F32, &[8]),
        &[8, 3],
        "sparse_categorical_cross_entropy: class numbers must be integers, not f32\n  targets: f32[8]\n  predictions: f32[8, 3]\n  help: convert the targets with .convert(DType::I32)",
    );
    let classes = Tensor::zeros(I32, [8, 3]);
    same(
        categorical_cross_entropy()
            .call(&classes, &classes)
            .error()
            .unwrap(),
        "categorical_cross_entropy: predictions must be floats, not i32\n  targets: i32[8, 3]\n  predictions: i32[8, 3]\n  help: pass what the model predicts, not the classes taken from it",
    );
}

#[track_caller]
fn bad_value(loss: Loss, targets: Array, predictions: &[usize], expected: &str) {
    same(
        loss.check_targets(&targets, &Type::new(F32, predictions))
            .unwrap_err(),
        expected,
    );
}

#[test]
fn values_that_make_no_sense() {
    let labels = |values: Vec<i32>| Array::from_vec([values.len()], values).unwrap();
    let floats = |values: Vec<f32>| Array::from_vec([values.len() / 2, 2], values).unwrap();
    bad_value(
        sparse_categorical_cross_entropy(),
        labels(vec![0, 2, 3]),
        &[3, 3],
        "sparse_categorical_cross_entropy: the label 3 at [2] is not a class; there are 3, from 0 to 2\n  targets: i32[3]\n  predictions: f32[3, 3]\n  help: labels that begin at 1 need 1 taken off; otherwise give the last layer more units",
    );
    bad_value(
        sparse_categorical_cross_entropy(),
        labels(vec![0, -1]),
        &[2, 3],
        "sparse_categorical_cross_entropy: the label -1 at [1] is not a class; there are 3, from 0 to 2\n  targets: i32[2]\n  predictions: f32[2, 3]\n  help: leave examples without a label out, or give them a class of their own",
    );
    bad_value(
        sparse_categorical_cross_entropy(),
        labels(vec![9]),
        &[1, 3],
        "sparse_categorical_cross_entropy: the label 9 at [0] is not a class; there are 3, from 0 to 2\n  targets: i32[1]\n  predictions: f32[1, 3]\n  help: give the last layer as many units as there are classes",
    );
    let outside = "the target 1.5 at [1, 0] is not a probability from 0 to 1\n  targets: f32[2, 2]\n  predictions: f32[2, 2]\n  help: divide counts by their sum, or use mean_squared_error() for other numbers";
    for loss in [categorical_cross_entropy(), binary_cross_entropy()] {
        let name = loss.name().to_string();
        bad_value(
            loss,
            floats(vec![0.0, 1.0, 1.5, 0.0]),
            &[2, 2],
            &format!("{name}: {outside}"),
        );
    }
    for loss in [
        categorical_cross_entropy(),
        binary_cross_entropy(),
        mean_squared_error(),
        mean_absolute_error(),
    ] {
        let name = loss.name().to_string();
        let expected = format!(
            "{name}: the target at [1, 1] is NaN\n  targets: f32[2, 2]\n  predictions: f32[2, 2]\n  help: leave such examples out, or fill them in before training"
        );
        bad_value(
            loss,
            floats(vec![0.0, 1.0, 1.0, f32::NAN]),
            &[2, 2],
            &expected,
        );
    }
    let negative = Array::from_literal([[0.5f32, -0.5]]).unwrap();
    same(
        binary_cross_entropy()
            .check_predictions(&negative)
            .unwrap_err(),
        "binary_cross_entropy: the prediction -0.5 at [0, 1] is not a probability from 0 to 1\n  predictions: f32[1, 2]\n  help: end the model with .sigmoid(), or add .from_logits() to the loss",
    );
    let large = Array::from_literal([[3f32, 0.5]]).unwrap();
    for loss in [
        categorical_cross_entropy(),
        sparse_categorical_cross_entropy(),
    ] {
        let expected = format!(
            "{loss}: the prediction 3 at [0, 0] is not a probability from 0 to 1\n  predictions: f32[1, 2]\n  help: end the model with .softmax(), or add .from_logits() to the loss"
        );
        same(loss.check_predictions(&large).unwrap_err(), &expected);
        assert!(loss.from_logits().check_predictions(&large).is_ok());
    }
}

#[test]
fn what_makes_sense_is_taken() {
    let labels = |shape: &[usize]| Array::from_vec(shape, vec![0u8, 2]).unwrap();
    for shape in [&[2][..], &[2, 1]] {
        assert!(
            sparse_categorical_cross_entropy()
                .check_targets(&labels(shape), &Type::new(F32, [2, 3]))
                .is_ok()
        );
    }
    let one_hot = Array::from_literal([[true, false], [false, true]]).unwrap();
    assert!(
        categorical_cross_entropy()
            .check_targets(&one_hot, &Type::new(F32, [2, 2]))
            .is_ok()
    );
    let any = Loss::function("any", |_, x| x.sum());
    assert!(any.check_targets(&one_hot, &Type::new(F32, [7])).is_ok());
}

#[test]
fn losses_and_metrics_must_be_scalars() {
    let x = Tensor::ones(F32, [8]);
    let rule = |what| {
        format!(
            "wide: a {what} must return a scalar\n  input 0: f32[8]\n  help: reduce it with .mean()"
        )
    };
    same(
        Loss::function("wide", |y, x| y - x)
            .call(&x, &x)
            .error()
            .unwrap(),
        &rule("loss"),
    );
    same(
        Metric::function("wide", |y, x| y - x)
            .call(&x, &x)
            .sum
            .error()
            .unwrap(),
        &rule("metric"),
    );
}

#[test]
fn metrics_refuse_what_does_not_fit() {
    let zeros = |dtype, shape: &[usize]| Tensor::zeros(dtype, shape);
    same(
        accuracy()
            .call(&zeros(F32, &[8]), &zeros(F32, &[8, 1]))
            .sum
            .error()
            .unwrap(),
        "accuracy: targets must have the predictions' shape [8, 1]; they have [8]\n  targets: f32[8]\n  predictions: f32[8, 1]\n  help: add the missing axis to the targets with .new_axis(-1)",
    );
    same(
        accuracy()
            .call(&zeros(F32, &[8, 2]), &zeros(F32, &[8, 3]))
            .sum
            .error()
            .unwrap(),
        "accuracy: targets have 2 classes, predictions 3\n  targets: f32[8, 2]\n  predictions: f32[8, 3]\n  help: give the last layer 2 units, or make the targets one-hot with 3 classes",
    );
    same(
        accuracy()
            .call(&zeros(F32, &[8]), &zeros(F32, &[8, 3]))
            .weight
            .error()
            .unwrap(),
        "accuracy: class numbers must be integers, not f32\n  targets: f32[8]\n  predictions: f32[8, 3]\n  help: convert the targets with .convert(DType::I32)",
    );
    same(
        accuracy()
            .check_targets(
                &Array::zeros(&Type::new(I32, [4])).unwrap(),
                &Type::new(F32, [8, 3]),
            )
            .unwrap_err(),
        "accuracy: targets must be class numbers of shape [8]; they have [4]\n  targets: i32[4]\n  predictions: f32[8, 3]\n  help: there are 4 targets for 8 predictions: take inputs and targets from the same batch",
    );
}

#[test]
fn only_probabilities_come_from_logits() {
    let x = Tensor::ones(F32, [8]);
    let loss = mean_squared_error().from_logits();
    let text = loss.call(&x, &x).error().unwrap().to_string();
    assert!(text.starts_with("mean_squared_error: it does not take probabilities, so there are no logits to compute it from\n  at "), "{text}");
}
