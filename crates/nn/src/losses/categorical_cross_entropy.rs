//! How surprising the right class was: one of several classes, targets as probabilities.
use super::Entry;
use crate::{Loss, LossRule, Probabilities, loss::Settings, targets};
use bouton_tensor::{Array, Fault, Result, Tensor, Type};
use std::sync::Arc;

/// `-sum(t log p)` over the classes: one-hot (or softer) targets against probabilities, such as a softmax gives.
///
/// With `.from_logits()` predictions are taken as they were before the softmax. Inside a `Trainer` that happens by
/// itself where the model ends in a softmax.
///
/// # Shapes
/// `[.., classes], [.., classes]`; the mean is over everything but the classes.
///
/// # Errors
/// - targets must be one-hot, of the predictions' shape (class numbers: see
///   [`sparse_categorical_cross_entropy`](crate::losses::sparse_categorical_cross_entropy()))
/// - targets must be probabilities from 0 to 1
///
/// # Example
/// ```
/// use bouton_tensor::tensor;
/// let loss = bouton_nn::losses::categorical_cross_entropy();
/// let value = loss.call(&tensor![[0.0, 1.0, 0.0]], &tensor![[0.25, 0.5, 0.25]]);
/// assert_eq!(format!("{value:?}"), "f32 0.6931472");
/// ```
///
/// Axon's definition: nothing is clipped, a right class of probability 0 costs infinity, and a class that is no target
/// costs nothing whatever its probability.
pub fn categorical_cross_entropy() -> Loss {
    Loss::new(CategoricalCrossEntropy { from_logits: false })
}

struct CategoricalCrossEntropy {
    from_logits: bool,
}

impl LossRule for CategoricalCrossEntropy {
    fn name(&self) -> &'static str {
        "categorical_cross_entropy"
    }
    fn settings(&self) -> Settings {
        logits_setting(self.from_logits)
    }
    fn check(&self, t: &Type, p: &Type) -> Result<(), Fault> {
        targets::one_hot(t, p)
    }
    fn check_values(&self, t: &Array, _: &Type) -> Result<(), Fault> {
        targets::probability_values(t)
    }
    fn check_predictions(&self, p: &Array) -> Result<(), Fault> {
        if self.from_logits {
            Ok(())
        } else {
            targets::probability_predictions(p, "softmax")
        }
    }
    fn each(&self, t: &Tensor, p: &Tensor) -> Tensor {
        let t = targets::like(t, p);
        if self.from_logits {
            return (t * p.log_softmax(-1)).sum_axes(-1).negate();
        }
        // log 0 where the target is 0 would make 0 * inf, and NaN of the gradient.
        let absent = t.eq(0.0);
        let log = absent.select(1.0, p).log();
        absent.select(0.0, t * log).sum_axes(-1).negate()
    }
    fn on_logits(&self) -> Option<(Probabilities, Arc<dyn LossRule>)> {
        Some((
            Probabilities::Softmax,
            Arc::new(CategoricalCrossEntropy { from_logits: true }),
        ))
    }
}

pub(crate) fn logits_setting(from_logits: bool) -> Settings {
    if from_logits {
        vec![("from_logits", "true".to_string())]
    } else {
        vec![]
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "categorical_cross_entropy",
    make: categorical_cross_entropy,
};
