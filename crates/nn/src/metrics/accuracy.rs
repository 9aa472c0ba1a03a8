//! The share of examples that were predicted right.
use super::Entry;
use crate::{Forward, Metric, MetricRule, Score, targets};
use bouton_tensor::{DType, Fault, Place, Result, Tensor, Type, blame};

/// The share of examples predicted right.
///
/// # Shapes
/// - `[.., classes], [.., classes]`: one-hot targets; right if both are largest at the same class, the first of equals
/// - `[..], [.., classes]` or `[.., 1], [.., classes]`: class numbers, integers
/// - `[.., 1], [.., 1]` or `[batch], [batch]`: yes or no; a prediction above 0.5 counts as yes
///
/// # Errors
/// Targets of another shape, or class numbers that are not integers.
///
/// # Example
/// ```
/// use bouton_tensor::tensor;
/// let score = bouton_nn::metrics::accuracy().call(&tensor![0, 1], &tensor![[0.9, 0.1], [0.8, 0.2]]);
/// assert_eq!(score.mean().item()?, 0.5);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
pub fn accuracy() -> Metric {
    Metric::new(Accuracy)
}

struct Accuracy;

/// How targets and predictions go together.
enum Form {
    OneHot,
    Labels,
    Binary,
}

fn form(t: &Type, p: &Type) -> Form {
    match (t.shape == p.shape, p.rank(), p.shape.last()) {
        (true, 1, _) | (true, _, Some(1)) => Form::Binary,
        (false, 1, _) | (false, _, Some(1)) => Form::Binary,
        (true, ..) => Form::OneHot,
        (false, ..) if t.rank() == p.rank() && t.shape.last() != Some(&1) => Form::OneHot,
        (false, ..) => Form::Labels,
    }
}

impl MetricRule for Accuracy {
    fn name(&self) -> &str {
        "accuracy"
    }

    fn check(&self, t: &Type, p: &Type) -> Result<(), Fault> {
        match form(t, p) {
            Form::OneHot => targets::one_hot(t, p),
            Form::Labels => targets::labels(t, p),
            Form::Binary => targets::same_shape(t, p),
        }
    }

    fn score(&self, targets: &Tensor, forward: &Forward, at: Place) -> Score {
        blame(at, || {
            Score::sum_of(&right(targets, &forward.output).into())
        })
    }
}

/// Whether each example is right.
fn right(targets: &Tensor, p: &Tensor) -> Result<Tensor> {
    let (t_type, p_type) = (targets.ty()?, p.ty()?);
    Ok(match form(&t_type, &p_type) {
        Form::OneHot => p.argmax_axis(-1).eq(targets.argmax_axis(-1)),
        Form::Labels => {
            let labels = targets.reshape(&p_type.shape[..p_type.rank() - 1]);
            p.argmax_axis(-1)
                .convert(DType::I64)
                .eq(labels.convert(DType::I64))
        }
        Form::Binary => p.gt(0.5).eq(targets.convert(DType::F32).gt(0.5)),
    })
}

pub(crate) const ENTRY: Entry = Entry {
    name: "accuracy",
    sample: accuracy,
};
