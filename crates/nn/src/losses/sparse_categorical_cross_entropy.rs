//! How surprising the right class was: one of several classes, targets as class numbers.
use super::{Entry, categorical_cross_entropy::logits_setting};
use crate::{Loss, LossRule, Probabilities, loss::Settings, targets};
use bouton_tensor::{Array, Fault, Result, Tensor, Type};
use std::sync::Arc;

/// `-log p[label]`: class numbers against probabilities, such as a softmax gives.
///
/// With `.from_logits()` predictions are taken as they were before the softmax. Inside a `Trainer` that happens by
/// itself where the model ends in a softmax.
///
/// # Shapes
/// `[..], [.., classes]` or `[.., 1], [.., classes]`.
///
/// # Errors
/// - targets must be class numbers, not one-hot
/// - class numbers must be integers
/// - a label must be one of the classes; where nobody checked, the loss of another one is NaN
///
/// # Example
/// ```
/// use bouton_tensor::tensor;
/// let loss = bouton_nn::losses::sparse_categorical_cross_entropy();
/// let value = loss.call(&tensor![1, 1], &tensor![[0.25, 0.5, 0.25], [0.0, 0.5, 0.5]]);
/// assert_eq!(format!("{value:?}"), "f32 0.6931472");
/// ```
///
/// Axon's `categorical_cross_entropy` with `sparse: true`.
pub fn sparse_categorical_cross_entropy() -> Loss {
    Loss::new(SparseCategoricalCrossEntropy { from_logits: false })
}

struct SparseCategoricalCrossEntropy {
    from_logits: bool,
}

impl LossRule for SparseCategoricalCrossEntropy {
    fn name(&self) -> &'static str {
        "sparse_categorical_cross_entropy"
    }
    fn settings(&self) -> Settings {
        logits_setting(self.from_logits)
    }
    fn check(&self, t: &Type, p: &Type) -> Result<(), Fault> {
        targets::labels(t, p)
    }
    fn check_values(&self, t: &Array, p: &Type) -> Result<(), Fault> {
        targets::label_values(t, p.shape.last().copied().unwrap_or(0))
    }
    fn check_predictions(&self, p: &Array) -> Result<(), Fault> {
        if self.from_logits {
            Ok(())
        } else {
            targets::probability_predictions(p, "softmax")
        }
    }
    fn each(&self, t: &Tensor, p: &Tensor) -> Tensor {
        picked(t, p, self.from_logits).into()
    }
    fn on_logits(&self) -> Option<(Probabilities, Arc<dyn LossRule>)> {
        Some((
            Probabilities::Softmax,
            Arc::new(SparseCategoricalCrossEntropy { from_logits: true }),
        ))
    }
}

/// Minus the logarithm at each label. Labels are compared with the number of every class, which fuses with the
/// arithmetic around it; a label that is no class finds nothing and gives NaN.
fn picked(t: &Tensor, p: &Tensor, from_logits: bool) -> Result<Tensor> {
    let shape = p.shape()?;
    let (classes, batch) = shape.split_last().unwrap_or((&1, &[]));
    let labels = t.reshape([batch, &[1]].concat());
    let dtype = labels.dtype()?;
    let right = labels.eq(Tensor::arange(0, *classes as i64, 1).convert(dtype));
    let log = if from_logits {
        p.log_softmax(-1)
    } else {
        right.select(p, 1.0).log()
    };
    let picked = right.select(log, 0.0).sum_axes(-1);
    let is_class = t
        .ge(0)
        .reshape(batch)
        .and(t.lt(*classes as i64).reshape(batch));
    Ok(is_class.select(picked.negate(), f64::NAN))
}

pub(crate) const ENTRY: Entry = Entry {
    name: "sparse_categorical_cross_entropy",
    make: sparse_categorical_cross_entropy,
};
