//! The mean of a loss over examples.
use super::Entry;
use crate::{Forward, Loss, Metric, MetricRule, Score, losses};
use bouton_tensor::{Fault, Place, Result, Tensor, Type, blame};

/// The mean of a loss over all examples, shown as `loss`.
///
/// # Errors
/// As [`Loss::call`].
///
/// # Example
/// ```
/// use bouton_nn::{losses, metrics};
/// use bouton_tensor::tensor;
/// let metric = metrics::loss(losses::mean_absolute_error()).named("mae");
/// let (a, b) = (metric.call(&tensor![1.0, 1.0, 1.0], &tensor![1.0, 1.0, 4.0]), metric.call(&tensor![1.0], &tensor![6.0]));
/// assert_eq!(a.plus(&b).mean().item()?, 2.0);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
pub fn loss(loss: impl Into<Loss>) -> Metric {
    Metric::new(MeanLoss(loss.into()))
}

struct MeanLoss(Loss);

impl MetricRule for MeanLoss {
    fn name(&self) -> &str {
        "loss"
    }
    fn check(&self, _: &Type, _: &Type) -> Result<(), Fault> {
        Ok(()) // the loss checks, in its own name
    }
    fn score(&self, targets: &Tensor, forward: &Forward, at: Place) -> Score {
        let each = self.0.each_of(targets, forward, at);
        match each.rank() {
            // A closure gives the mean of its batch.
            Ok(0) => blame(at, || Score::mean_of(&each, targets)),
            _ => blame(at, || Score::sum_of(&each)),
        }
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "loss",
    sample: || loss(losses::mean_squared_error()),
};
