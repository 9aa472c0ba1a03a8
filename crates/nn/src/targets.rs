//! Whether targets fit predictions: shapes and types while a loss is stated, values on the host.
use bouton_array::with_dtype;
use bouton_tensor::{Array, DType, Element, Error, Fault, Shape, Type, here};

/// The error of a loss or metric, with what it was given.
#[track_caller]
pub(crate) fn error(subject: String, fault: Fault, targets: &Type, predictions: &Type) -> Error {
    let fault = fault.given([
        format!("targets: {targets}"),
        format!("predictions: {predictions}"),
    ]);
    Error::new(subject, fault, here())
}

/// Predictions are floats.
pub(crate) fn float_predictions(predictions: &Type) -> Result<(), Fault> {
    if predictions.dtype.is_float() {
        return Ok(());
    }
    let rule = format!("predictions must be floats, not {}", predictions.dtype);
    Err(Fault::dtype(rule).help("pass what the model predicts, not the classes taken from it"))
}

/// Targets that hold one number for each prediction.
pub(crate) fn same_shape(targets: &Type, predictions: &Type) -> Result<(), Fault> {
    float_predictions(predictions)?;
    let (t, p) = (&targets.shape, &predictions.shape);
    if t == p {
        return Ok(());
    }
    let fault = Fault::shape(format!(
        "targets must have the predictions' shape {p}; they have {t}"
    ));
    Err(if p.split_last() == Some((&1, t)) {
        fault.help("add the missing axis to the targets with .new_axis(-1)")
    } else if t.split_last() == Some((&1, p)) {
        fault.help(format!(
            "take the last axis off the targets with .reshape({p})"
        ))
    } else {
        other_size(fault, t, p)
    })
}

/// Targets with a probability for each class.
pub(crate) fn one_hot(targets: &Type, predictions: &Type) -> Result<(), Fault> {
    float_predictions(predictions)?;
    let (t, p) = (&targets.shape, &predictions.shape);
    let Some((&classes, batch)) = p.split_last() else {
        return Err(Fault::shape("predictions must have an axis of classes")
            .help("end the model with one unit for each class"));
    };
    if t == p {
        return Ok(());
    }
    let rule = format!("targets must be one-hot, of the predictions' shape {p}; they have {t}");
    let labels = t.dims() == batch || (t.rank() == p.rank() && t.split_last() == Some((&1, batch)));
    if labels {
        let help = format!(
            "for class numbers use sparse_categorical_cross_entropy(), or make them one-hot with .one_hot({classes})"
        );
        return Err(Fault::shape(rule).help(help));
    }
    match t.split_last() {
        Some((&n, rest)) if rest == batch => {
            let rule = format!("targets have {n} classes, predictions {classes}");
            let help = format!(
                "give the last layer {n} units, or make the targets one-hot with {classes} classes"
            );
            Err(Fault::shape(rule).help(help))
        }
        _ => Err(other_size(Fault::shape(rule), t, p)),
    }
}

/// Targets with the number of a class for each example.
pub(crate) fn labels(targets: &Type, predictions: &Type) -> Result<(), Fault> {
    float_predictions(predictions)?;
    let (t, p) = (&targets.shape, &predictions.shape);
    let Some((_, batch)) = p.split_last() else {
        return Err(Fault::shape("predictions must have an axis of classes")
            .help("end the model with one unit for each class"));
    };
    if t == p && p.last() != Some(&1) {
        let rule = format!(
            "targets must be class numbers of shape {}; they look one-hot",
            Shape::from(batch)
        );
        return Err(Fault::shape(rule).help("for one-hot targets use categorical_cross_entropy()"));
    }
    if !targets.dtype.is_integer() {
        let rule = format!("class numbers must be integers, not {}", targets.dtype);
        return Err(Fault::dtype(rule).help("convert the targets with .convert(DType::I32)"));
    }
    if t.dims() == batch || (t.rank() == p.rank() && t.split_last() == Some((&1, batch))) {
        return Ok(());
    }
    let rule = format!(
        "targets must be class numbers of shape {}; they have {t}",
        Shape::from(batch)
    );
    Err(other_size(Fault::shape(rule), t, p))
}

/// The usual way out where the batches differ.
fn other_size(fault: Fault, t: &Shape, p: &Shape) -> Fault {
    match (t.first(), p.first()) {
        (Some(a), Some(b)) if a != b => fault.help(format!(
            "there are {a} targets for {b} predictions: take inputs and targets from the same batch"
        )),
        _ => fault,
    }
}

/// Every label from 0 to below `classes`.
pub(crate) fn label_values(targets: &Array, classes: usize) -> Result<(), Fault> {
    let found = with_dtype!(targets.dtype(), T => first(targets, |x: T| {
        x.to_i128().is_some_and(|label| 0 <= label && label < classes as i128)
    }));
    let Some(at) = found else { return Ok(()) };
    let label = targets.get_f64(at);
    let rule = format!(
        "the label {label} at {} is not a class; there are {classes}, from 0 to {}",
        position(targets, at),
        classes.saturating_sub(1)
    );
    let help = if label == classes as f64 {
        "labels that begin at 1 need 1 taken off; otherwise give the last layer more units"
    } else if label < 0.0 {
        "leave examples without a label out, or give them a class of their own"
    } else {
        "give the last layer as many units as there are classes"
    };
    Err(Fault::value(rule).help(help))
}

/// Every target from 0 to 1.
pub(crate) fn probability_values(targets: &Array) -> Result<(), Fault> {
    finite_values(targets)?;
    match first_outside(targets) {
        None => Ok(()),
        Some(at) => {
            let rule = format!(
                "the target {} at {} is not a probability from 0 to 1",
                targets.get_f64(at),
                position(targets, at)
            );
            Err(Fault::value(rule)
                .help("divide counts by their sum, or use mean_squared_error() for other numbers"))
        }
    }
}

/// Every target a number.
pub(crate) fn finite_values(targets: &Array) -> Result<(), Fault> {
    match with_dtype!(targets.dtype(), T => first(targets, |x: T| x.to_f64().is_finite())) {
        None => Ok(()),
        Some(at) => {
            let rule = format!(
                "the target at {} is {}",
                position(targets, at),
                targets.get_f64(at)
            );
            Err(Fault::value(rule).help("leave such examples out, or fill them in before training"))
        }
    }
}

/// Every prediction from 0 to 1; NaN is left for the loss to show. `layer` would make it so.
pub(crate) fn probability_predictions(predictions: &Array, layer: &str) -> Result<(), Fault> {
    match first_outside(predictions) {
        None => Ok(()),
        Some(at) => {
            let (value, at) = (predictions.get_f64(at), position(predictions, at));
            let rule = format!("the prediction {value} at {at} is not a probability from 0 to 1");
            Err(Fault::value(rule).help(format!(
                "end the model with .{layer}(), or add .from_logits() to the loss"
            )))
        }
    }
}

fn first_outside(values: &Array) -> Option<usize> {
    with_dtype!(values.dtype(), T => first(values, |x: T| !(x.to_f64() < 0.0 || x.to_f64() > 1.0)))
}

/// The first element that is not as it should be.
fn first<T: Element>(values: &Array, fits: impl Fn(T) -> bool) -> Option<usize> {
    values.slice::<T>().iter().position(|&x| !fits(x))
}

/// Where an element is, such as `[3, 1]`.
fn position(values: &Array, mut i: usize) -> Shape {
    let strides = values.shape().strides();
    strides
        .into_iter()
        .map(|s| {
            let at = i / s;
            i %= s;
            at
        })
        .collect()
}

/// Targets in the type of predictions.
pub(crate) fn like(
    targets: &bouton_tensor::Tensor,
    predictions: &bouton_tensor::Tensor,
) -> bouton_tensor::Tensor {
    targets.convert(predictions.dtype().unwrap_or(DType::F32))
}
