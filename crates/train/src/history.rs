//! What is remembered of every epoch.
use crate::Scores;
use std::fmt;

/// One epoch of training. Prints as one line:
/// `loss 0.3123  accuracy 0.9123  validation loss 0.1604  validation accuracy 0.9531  469 steps  0.19 s`.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// The mean loss over the epoch's examples, each batch's taken before its update, and the metrics. With
    /// [`Trainer::loss_since_start`](crate::Trainer::loss_since_start) the loss is what that says.
    pub training: Scores,
    /// The same on the validation data after the epoch, if there is any.
    pub validation: Option<Scores>,
    /// Updates made in this epoch.
    pub steps: u64,
    /// Seconds of training; validation is not counted.
    pub seconds: f64,
}

impl EpochRecord {
    /// The mean loss, as in [`EpochRecord::training`].
    pub fn loss(&self) -> f64 {
        self.training.get("loss").unwrap_or(f64::NAN)
    }

    /// A metric by its name: over the training data, or with `validation` in front over the validation data.
    pub fn get(&self, name: &str) -> Option<f64> {
        match name.strip_prefix("validation ") {
            Some(name) => self.validation.as_ref()?.get(name),
            None => self.training.get(name),
        }
    }
}

impl fmt::Display for EpochRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.training)?;
        for (name, value) in self.validation.iter().flat_map(Scores::iter) {
            write!(f, "  validation {name} {}", crate::scores::Shown(value))?;
        }
        let plural = if self.steps == 1 { "" } else { "s" };
        write!(f, "  {} step{plural}  {:.2} s", self.steps, self.seconds)
    }
}
