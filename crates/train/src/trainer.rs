//! Training: a model, a loss and an optimizer reduced over data, as one compiled step.
use crate::{
    Answer, Error, ErrorKind, Event, Progress, Result, Status, Trained, event::Handler,
    measures::Measures, run::Run, totals::LossMean,
};
use bouton_data::Data;
use bouton_nn::{Loss, Metric, Model, Params};
use bouton_optim::Optimizer;
use bouton_tensor::{Compiler, blame, here};
use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

/// Trains a model.
///
/// Forward pass, loss, gradients, optimizer and the sums of all metrics are one program, compiled when the first batch
/// comes by, and once more for a last batch that is smaller. Parameters and optimizer state are updated in place.
///
/// The same seed and data give the same parameters, to the bit, for any number of threads.
///
/// # Example
/// ```
/// use bouton_nn::{Batch, Dim, Model, losses};
/// use bouton_tensor::tensor;
/// use bouton_train::{Progress, Trainer};
///
/// let model = Model::input("x", [Batch, Dim(1)]).dense(1);
/// let data = vec![(tensor![[0.0], [1.0], [2.0]], tensor![[1.0], [3.0], [5.0]])];
/// let trained = Trainer::new(&model, losses::mean_squared_error(), bouton_optim::sgd(0.2))
///     .epochs(100)
///     .progress(Progress::Silent)
///     .run(data)?;
/// let y = trained.predict(&tensor![[10.0]]).item()?;
/// assert!((y - 21.0).abs() < 0.01, "{y}");
/// # Ok::<(), bouton_train::Error>(())
/// ```
///
/// Data that is not made of pairs does not compile:
/// ```compile_fail
/// # use bouton_nn::{Batch, Dim, Model, losses};
/// # use bouton_tensor::tensor;
/// # let model = Model::input("x", [Batch, Dim(1)]).dense(1);
/// let trainer = bouton_train::Trainer::new(&model, losses::mean_squared_error(), bouton_optim::sgd(0.2));
/// trainer.run(vec![(tensor![[0.0]], tensor![[1.0]], tensor![[0.5]])]);
/// ```
#[must_use = "a trainer does nothing until it is run"]
pub struct Trainer<'a> {
    pub(crate) model: Model,
    pub(crate) optimizer: Optimizer,
    pub(crate) measures: Measures,
    pub(crate) epochs: usize,
    pub(crate) seed: u64,
    pub(crate) start: Option<Params>,
    pub(crate) loss_mean: LossMean,
    pub(crate) validation: Option<Box<dyn Data + 'a>>,
    pub(crate) handlers: Vec<(Event, Handler<'a>)>,
    pub(crate) progress: Progress<'a>,
    pub(crate) stop: Option<Arc<AtomicBool>>,
    pub(crate) compiler: Option<Arc<dyn Compiler>>,
}

impl<'a> Trainer<'a> {
    /// A trainer for `model`: 1 epoch, seed 42, progress to standard error, the default compiler.
    ///
    /// `loss` is one of [`bouton_nn::losses`] or a closure of (targets, predictions) that gives a scalar, the mean over
    /// the batch.
    pub fn new(model: &Model, loss: impl Into<Loss>, optimizer: Optimizer) -> Trainer<'a> {
        Trainer {
            model: model.clone(),
            optimizer,
            measures: Measures::default().with_loss(loss.into()),
            epochs: 1,
            seed: 42,
            start: None,
            loss_mean: LossMean::Epoch,
            validation: None,
            handlers: vec![],
            progress: Progress::default(),
            stop: None,
            compiler: None,
        }
    }

    /// Watches a metric too: one of [`bouton_nn::metrics`].
    pub fn metric(self, metric: impl Into<Metric>) -> Trainer<'a> {
        Trainer {
            measures: self.measures.with_metric(metric.into()),
            ..self
        }
    }

    /// How often the data is gone through.
    pub fn epochs(self, epochs: usize) -> Trainer<'a> {
        Trainer { epochs, ..self }
    }

    /// What initial parameters and dropout are drawn from. Shuffling has its seed in the data.
    pub fn seed(self, seed: u64) -> Trainer<'a> {
        Trainer { seed, ..self }
    }

    /// Starts from these parameters instead of initial ones.
    pub fn start(self, params: &Params) -> Trainer<'a> {
        Trainer {
            start: Some(params.clone()),
            ..self
        }
    }

    /// Evaluates loss and metrics on this data after every epoch.
    pub fn validate(self, data: impl Data + 'a) -> Trainer<'a> {
        Trainer {
            validation: Some(Box::new(data)),
            ..self
        }
    }

    /// Shows the loss as Axon does: the mean over all batches since the start of the run, every batch counting the same.
    /// Without this it is the mean over the examples of an epoch, as it is for metrics and validation in any case.
    pub fn loss_since_start(self) -> Trainer<'a> {
        Trainer {
            loss_mean: LossMean::SinceStart,
            ..self
        }
    }

    /// Calls `handler` at every `event`, after the handlers that were added before. It returns nothing, a [`Signal`](crate::Signal),
    /// or a `Result` of either.
    pub fn on<A: Answer>(
        mut self,
        event: Event,
        mut handler: impl FnMut(&Status<'_>) -> A + 'a,
    ) -> Trainer<'a> {
        self.handlers
            .push((event, Box::new(move |status| handler(status).signal())));
        self
    }

    /// Where progress goes.
    pub fn progress(self, progress: Progress<'a>) -> Trainer<'a> {
        Trainer { progress, ..self }
    }

    /// Ends the run after the step in which `stop` becomes true, with what was trained so far: for Ctrl-C.
    pub fn stop_when(self, stop: Arc<AtomicBool>) -> Trainer<'a> {
        Trainer {
            stop: Some(stop),
            ..self
        }
    }

    /// Compiles with this instead of the default compiler.
    pub fn compiler(self, compiler: Arc<dyn Compiler>) -> Trainer<'a> {
        Trainer {
            compiler: Some(compiler),
            ..self
        }
    }

    /// Trains on `data`: [`bouton_data::Batches`], or anything that can be cloned and gives pairs of (input, target).
    ///
    /// # Errors
    /// - at least one epoch; every metric under a name of its own;
    /// - a mistake in the model, the loss, a metric or the optimizer's settings;
    /// - data without a batch, a batch without an example, a batch that does not fit the model's input;
    /// - targets that the loss or a metric refuses: shape, type, classes, values;
    /// - data that cannot be read, progress that cannot be written, a handler that fails.
    #[track_caller]
    pub fn run(self, data: impl Data) -> Result<Trained> {
        let place = here();
        if self.epochs == 0 {
            let error = Error::new(
                ErrorKind::Setting,
                "epochs(0): at least one epoch must be trained",
            );
            return Err(error.at(place));
        }
        self.measures.check(place)?;
        blame(place, || self.optimizer.check())?;
        Run::new(self, place)?.all(&data)
    }
}

impl fmt::Debug for Trainer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("model", &self.model)
            .field("optimizer", &self.optimizer)
            .field("measures", &self.measures.names())
            .field("epochs", &self.epochs)
            .field("seed", &self.seed)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}
