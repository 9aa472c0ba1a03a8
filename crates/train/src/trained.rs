//! What training leaves behind: parameters, and how it went.
use crate::{EpochRecord, Result};
use bouton_nn::{Inputs, Model, Network, Params, file::ModelFile};
use bouton_tensor::{MemoryReport, Tensor};
use std::{fmt, path::Path};

/// A trained model.
#[derive(Clone)]
pub struct Trained {
    pub(crate) model: Model,
    pub(crate) network: Network,
    pub(crate) params: Params,
    pub(crate) trained_on: Option<String>,
    pub(crate) history: Vec<EpochRecord>,
    pub(crate) steps: u64,
    pub(crate) interrupted: bool,
    pub(crate) memory: MemoryReport,
}

impl Trained {
    /// The parameters by name.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The name of the data it was trained on, where that has one: [`Data::name`](bouton_data::Data::name).
    pub fn trained_on(&self) -> Option<&str> {
        self.trained_on.as_deref()
    }

    /// The output for these inputs, as [`Network::predict`].
    ///
    /// # Errors
    /// An input that contradicts the model's. It rides on the result.
    #[track_caller]
    pub fn predict(&self, inputs: impl Into<Inputs>) -> Tensor {
        self.network.predict(&self.params, inputs)
    }

    /// Every epoch: loss, metrics, validation, seconds. The last one is incomplete where the run was interrupted in it.
    pub fn history(&self) -> &[EpochRecord] {
        &self.history
    }

    /// Updates made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether [`Trainer::stop_when`](crate::Trainer::stop_when) ended the run before its last epoch was complete.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// What the compiled step needs of memory, for the largest batch.
    pub fn memory_report(&self) -> &MemoryReport {
        &self.memory
    }

    /// Writes architecture, weights and the name of the data to one file; the same run writes the same bytes.
    ///
    /// # Errors
    /// A layer that cannot be saved, such as a closure; a path that cannot be written to. What was there stays as it
    /// was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let file = ModelFile {
            model: self.model.clone(),
            params: self.params.clone(),
            trained_on: self.trained_on.clone(),
        };
        Ok(file.write(path)?)
    }
}

/// What has parameters: [`Params`] itself, and what was trained.
pub trait Parameters {
    /// The parameters.
    fn parameters(&self) -> &Params;
}

impl Parameters for Params {
    fn parameters(&self) -> &Params {
        self
    }
}

impl Parameters for Trained {
    fn parameters(&self) -> &Params {
        &self.params
    }
}

impl fmt::Display for Trained {
    /// The last epoch and the sums: `5 epochs, 2345 steps, 0.95 s: loss 0.0412  accuracy 0.9876`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (epochs, steps) = (self.history.len(), self.steps);
        let seconds: f64 = self.history.iter().map(|e| e.seconds).sum();
        let plural = |n: u64| if n == 1 { "" } else { "s" };
        let (e, s) = (plural(epochs as u64), plural(steps));
        write!(f, "{epochs} epoch{e}, {steps} step{s}, {seconds:.2} s")?;
        if let Some(last) = self.history.last() {
            write!(f, ": {}", last.training)?;
            for (name, value) in last.validation.iter().flat_map(|v| v.iter()) {
                write!(f, "  validation {name} {}", crate::scores::Shown(value))?;
            }
        }
        if self.interrupted {
            f.write_str(" (interrupted)")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trained")
            .field("model", &self.model)
            .field("params", &self.params)
            .field("history", &self.history)
            .finish_non_exhaustive()
    }
}
