//! Moments of a run at which the user's own code is called, and what it sees and answers there.
use crate::{EpochRecord, Error, ErrorKind, Result, step::tensors, totals};
use bouton_nn::Params;
use bouton_tensor::{Array, Tree};

/// A moment of a training run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// Before the first batch of an epoch.
    EpochStarted,
    /// After the step on a batch.
    BatchCompleted,
    /// After the last batch of an epoch and its validation.
    EpochCompleted,
}

/// What a handler wants to happen next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// Go on.
    #[default]
    Continue,
    /// Leave out the rest of this epoch.
    EndEpoch,
    /// End the run; what was trained so far is the result.
    Stop,
}

impl Signal {
    /// The stronger of two.
    pub(crate) fn or(self, other: Signal) -> Signal {
        match (self, other) {
            (Signal::Stop, _) | (_, Signal::Stop) => Signal::Stop,
            (Signal::EndEpoch, _) | (_, Signal::EndEpoch) => Signal::EndEpoch,
            _ => Signal::Continue,
        }
    }
}

/// What a handler may return: nothing, a [`Signal`], or a `Result` of either.
#[diagnostic::on_unimplemented(
    message = "a handler must not return `{Self}`",
    note = "return nothing, a `Signal`, or a `Result` of either"
)]
pub trait Answer {
    /// The signal.
    ///
    /// # Errors
    /// The handler's own.
    fn signal(self) -> Result<Signal>;
}

impl Answer for () {
    fn signal(self) -> Result<Signal> {
        Ok(Signal::Continue)
    }
}

impl Answer for Signal {
    fn signal(self) -> Result<Signal> {
        Ok(self)
    }
}

impl<A: Answer, E: std::error::Error + Send + Sync + 'static> Answer for Result<A, E> {
    fn signal(self) -> Result<Signal> {
        self.map_err(|e| Error::from_source(ErrorKind::Handler, e))?
            .signal()
    }
}

/// Where a run stands, as a handler sees it. Looking at numbers or parameters is what costs; nothing is read before.
#[derive(Clone, Copy)]
pub struct Status<'a> {
    pub(crate) event: Event,
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    pub(crate) batches: Option<usize>,
    pub(crate) step: u64,
    pub(crate) names: &'a [String],
    pub(crate) totals: &'a [Array],
    pub(crate) params: &'a Params,
    pub(crate) values: &'a [Array],
    pub(crate) history: &'a [EpochRecord],
}

impl Status<'_> {
    /// The moment.
    pub fn event(&self) -> Event {
        self.event
    }

    /// The epoch, counted from 1.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// How many epochs were asked for.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// Batches completed in this epoch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Batches in an epoch, where the data says so.
    pub fn batches(&self) -> Option<usize> {
        self.batches
    }

    /// Updates made in this run.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The mean loss so far in this epoch; `NaN` before its first batch.
    pub fn loss(&self) -> f64 {
        self.get("loss").unwrap_or(f64::NAN)
    }

    /// The mean so far in this epoch of the loss or of a metric.
    pub fn get(&self, name: &str) -> Option<f64> {
        let at = self.names.iter().position(|n| n == name)?;
        totals::means(self.totals).nth(at)
    }

    /// The parameters as they are now. A copy that is kept beyond the call makes the next step write to new memory.
    pub fn params(&self) -> Params {
        self.params.with_leaves(tensors(self.values))
    }

    /// The epochs completed, at [`Event::EpochCompleted`] with this one.
    pub fn history(&self) -> &[EpochRecord] {
        self.history
    }
}

pub(crate) type Handler<'a> = Box<dyn FnMut(&Status<'_>) -> Result<Signal> + 'a>;
