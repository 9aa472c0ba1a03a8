//! How surprising the right answers were: yes or no, each on its own.
use super::{Entry, categorical_cross_entropy::logits_setting};
use crate::{Loss, LossRule, Probabilities, loss::Settings, targets};
use bouton_tensor::{Array, Fault, Result, Tensor, Type};
use std::sync::Arc;

/// `-(t log p + (1 - t) log(1 - p))`, the mean over the last axis and all examples: targets from 0 to 1 against
/// probabilities, such as a sigmoid gives.
///
/// With `.from_logits()` predictions `z` are taken as they were before the sigmoid: `softplus(z) - t z`. Inside a
/// `Trainer` that happens by itself where the model ends in a sigmoid.
///
/// # Shapes
/// `[..], [..]`, equal: `[batch]` against `[batch, 1]` is refused.
///
/// # Errors
/// - targets must have the predictions' shape
/// - targets must be probabilities from 0 to 1
///
/// # Example
/// ```
/// use bouton_tensor::tensor;
/// let loss = bouton_nn::losses::binary_cross_entropy();
/// let value = loss.call(&tensor![[1.0], [0.0]], &tensor![[0.5], [0.5]]);
/// assert_eq!(format!("{:.4}", value.item()?), "0.6931");
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// Axon's definition: probabilities are clipped to 1e-7 from 0 and 1, and 1e-7 is added inside the logarithms.
pub fn binary_cross_entropy() -> Loss {
    Loss::new(BinaryCrossEntropy { from_logits: false })
}

const EPS: f64 = 1e-7;

struct BinaryCrossEntropy {
    from_logits: bool,
}

impl LossRule for BinaryCrossEntropy {
    fn name(&self) -> &'static str {
        "binary_cross_entropy"
    }
    fn settings(&self) -> Settings {
        logits_setting(self.from_logits)
    }
    fn check(&self, t: &Type, p: &Type) -> Result<(), Fault> {
        targets::same_shape(t, p)
    }
    fn check_values(&self, t: &Array, _: &Type) -> Result<(), Fault> {
        targets::probability_values(t)
    }
    fn check_predictions(&self, p: &Array) -> Result<(), Fault> {
        if self.from_logits {
            Ok(())
        } else {
            targets::probability_predictions(p, "sigmoid")
        }
    }
    fn each(&self, t: &Tensor, p: &Tensor) -> Tensor {
        let t = targets::like(t, p);
        let loss = if self.from_logits {
            p.softplus() - t * p
        } else {
            let (eps, one) = (p.full_like(EPS), p.full_like(1));
            let p = p.maximum(&eps).minimum(&one - &eps);
            let (yes, no) = ((&p + &eps).log(), (&one - p + eps).log());
            (&t * yes + (one - &t) * no).negate()
        };
        row_means(loss)
    }
    fn on_logits(&self) -> Option<(Probabilities, Arc<dyn LossRule>)> {
        Some((
            Probabilities::Sigmoid,
            Arc::new(BinaryCrossEntropy { from_logits: true }),
        ))
    }
}

/// The mean over the last axis, if there are examples besides it.
pub(crate) fn row_means(x: Tensor) -> Tensor {
    match x.rank() {
        Ok(rank) if rank > 1 => x.mean_axes(-1),
        _ => x,
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "binary_cross_entropy",
    make: binary_cross_entropy,
};
