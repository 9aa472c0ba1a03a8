//! How far numbers are off: the mean of the squares of the differences.
use super::{Entry, binary_cross_entropy::row_means};
use crate::{Loss, LossRule, Probabilities, loss::Settings, targets};
use bouton_tensor::{Array, Fault, Result, Tensor, Type};
use std::sync::Arc;

/// `(t - p)^2`, the mean over the last axis and all examples.
///
/// # Shapes
/// `[..], [..]`, equal: `[batch]` against `[batch, 1]` is refused.
///
/// # Errors
/// - targets must have the predictions' shape
/// - targets must be finite
///
/// # Example
/// ```
/// use bouton_tensor::tensor;
/// let loss = bouton_nn::losses::mean_squared_error();
/// assert_eq!(format!("{:?}", loss.call(&tensor![1.0, 2.0], &tensor![2.0, 5.0])), "f32 5.0");
/// ```
pub fn mean_squared_error() -> Loss {
    Loss::new(MeanSquaredError)
}

struct MeanSquaredError;

impl LossRule for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mean_squared_error"
    }
    fn settings(&self) -> Settings {
        vec![]
    }
    fn check(&self, t: &Type, p: &Type) -> Result<(), Fault> {
        targets::same_shape(t, p)
    }
    fn check_values(&self, t: &Array, _: &Type) -> Result<(), Fault> {
        targets::finite_values(t)
    }
    fn check_predictions(&self, _: &Array) -> Result<(), Fault> {
        Ok(())
    }
    fn each(&self, t: &Tensor, p: &Tensor) -> Tensor {
        row_means((targets::like(t, p) - p).square())
    }
    fn on_logits(&self) -> Option<(Probabilities, Arc<dyn LossRule>)> {
        None
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "mean_squared_error",
    make: mean_squared_error,
};
