//! Training: a model, a loss and an optimizer reduced over data, as one compiled step.
use crate::{
    Answer, EpochRecord, Error, ErrorKind, Event, Evaluator, Progress, Result, Scores, Signal, Status, Trained,
    batch::{Batch, read},
    evaluator::Evaluation,
    event::Handler,
    measures::Measures,
    progress::Reporter,
    step::{Step, tensors},
    totals::{self, Averaging, Total},
};
use bouton_data::Data;
use bouton_nn::{IntoLoss, IntoMetric, Model, Network, Params};
use bouton_optim::{Optimizer, State};
use bouton_tensor::{Compiler, Place, Tensor, Tree, blame, compiler::default_compiler, here, random, value_and_grad};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
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
#[must_use = "a trainer does nothing until it is run"]
pub struct Trainer<'a> {
    model: Model,
    optimizer: Optimizer,
    measures: Measures,
    epochs: usize,
    seed: u64,
    start: Option<Params>,
    averaging: Averaging,
    validation: Option<Box<dyn Data + 'a>>,
    handlers: Vec<(Event, Handler<'a>)>,
    progress: Progress<'a>,
    stop: Option<Arc<AtomicBool>>,
    compiler: Option<Arc<dyn Compiler>>,
}

impl<'a> Trainer<'a> {
    /// A trainer for `model`: 1 epoch, seed 42, progress to standard error, the default compiler.
    ///
    /// `loss` is one of [`bouton_nn::losses`] or a closure of (targets, predictions) that gives a scalar, the mean over
    /// the batch.
    pub fn new(model: &Model, loss: impl IntoLoss, optimizer: Optimizer) -> Trainer<'a> {
        Trainer {
            model: model.clone(),
            optimizer,
            measures: Measures::default().with_loss(loss.into_loss()),
            epochs: 1,
            seed: 42,
            start: None,
            averaging: Averaging::Epoch,
            validation: None,
            handlers: vec![],
            progress: Progress::default(),
            stop: None,
            compiler: None,
        }
    }

    /// Watches a metric too: one of [`bouton_nn::metrics`].
    pub fn metric(self, metric: impl IntoMetric) -> Trainer<'a> {
        Trainer { measures: self.measures.with_metric(metric.into_metric()), ..self }
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
        Trainer { start: Some(params.clone()), ..self }
    }

    /// Evaluates loss and metrics on this data after every epoch.
    pub fn validate(self, data: impl Data + 'a) -> Trainer<'a> {
        Trainer { validation: Some(Box::new(data)), ..self }
    }

    /// Shows averages as Axon does: over all batches since the start of the run, every batch counting the same. As it
    /// is, they are means over the examples of an epoch. Validation is not concerned.
    pub fn running_since_start(self) -> Trainer<'a> {
        Trainer { averaging: Averaging::SinceStart, ..self }
    }

    /// Calls `handler` at every `event`, after the handlers that were added before. It returns nothing, a [`Signal`],
    /// or a `Result` of either.
    pub fn on<A: Answer>(mut self, event: Event, mut handler: impl FnMut(&Status<'_>) -> A + 'a) -> Trainer<'a> {
        self.handlers.push((event, Box::new(move |status| handler(status).signal())));
        self
    }

    /// Where progress goes.
    pub fn progress(self, progress: Progress<'a>) -> Trainer<'a> {
        Trainer { progress, ..self }
    }

    /// Ends the run after the step in which `stop` becomes true, with what was trained so far: for Ctrl-C.
    pub fn stop_when(self, stop: Arc<AtomicBool>) -> Trainer<'a> {
        Trainer { stop: Some(stop), ..self }
    }

    /// Compiles with this instead of the default compiler.
    pub fn compiler(self, compiler: Arc<dyn Compiler>) -> Trainer<'a> {
        Trainer { compiler: Some(compiler), ..self }
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
            let error = Error::new(ErrorKind::Setting, "epochs(0): at least one epoch must be trained");
            return Err(error.at(place));
        }
        self.measures.check(place)?;
        blame(place, || self.optimizer.check())?;
        Run::new(self, place)?.all(&data)
    }
}

/// What the step carries along: parameters, optimizer state, sums.
type Carried = (Params, State, Vec<Total>);

/// A run on its way.
struct Run<'a> {
    trainer: Trainer<'a>,
    place: Place,
    network: Network,
    step: Step<'a, Carried, ()>,
    validation: Option<(Box<dyn Data + 'a>, Evaluation<'a>)>,
    handlers: Vec<(Event, Handler<'a>)>,
    reporter: Reporter<'a>,
    /// Names of parameters.
    params: Params,
    names: Vec<String>,
    history: Vec<EpochRecord>,
    steps: u64,
}

/// How an epoch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Completed,
    /// A handler wants no more.
    Stopped,
    /// [`Trainer::stop_when`].
    Interrupted,
}

impl<'a> Run<'a> {
    fn new(mut trainer: Trainer<'a>, place: Place) -> Result<Run<'a>> {
        let compiler = match trainer.compiler.take() {
            Some(compiler) => compiler,
            None => default_compiler()?,
        };
        let network = blame(place, || trainer.model.build())?;
        let key = random::key(trainer.seed);
        let params = trainer.start.take().unwrap_or_else(|| network.init(&key));
        let names = trainer.measures.names();
        let state = blame(place, || trainer.optimizer.init(&params));
        let carried = (params.clone(), state, totals::zeros(names.len()));
        let function = step(&trainer, network.clone(), key);
        let step = Step::new(compiler.clone(), place, (carried, ()), function)?;
        let validation = trainer.validation.take().map(|data| {
            let evaluation = Evaluation::new(compiler, place, network.clone(), trainer.measures.clone());
            (data, evaluation)
        });
        let handlers = std::mem::take(&mut trainer.handlers);
        let reporter = Reporter::new(std::mem::take(&mut trainer.progress), trainer.epochs);
        Ok(Run { trainer, place, network, step, validation, handlers, reporter, params, names, history: vec![], steps: 0 })
    }

    fn all(mut self, data: &dyn Data) -> Result<Trained> {
        let mut end = End::Completed;
        for epoch in 1..=self.trainer.epochs {
            end = self.epoch(epoch, data)?;
            if end != End::Completed {
                break;
            }
        }
        Ok(Trained {
            params: self.params.with_leaves(tensors(self.values())),
            model: self.trainer.model,
            network: self.network,
            history: self.history,
            steps: self.steps,
            interrupted: end == End::Interrupted,
            memory: self.step.memory_report().unwrap_or_default(),
        })
    }

    /// `epoch` is counted from 1.
    fn epoch(&mut self, epoch: usize, data: &dyn Data) -> Result<End> {
        if self.trainer.averaging == Averaging::Epoch {
            let totals = self.step.state().len() - 2 * self.names.len();
            totals::clear(&mut self.step.state_mut()[totals..]);
        }
        let batches = data.batches_per_epoch();
        self.reporter.epoch_started(epoch, batches);
        let mut now = Now { epoch, batch: 0, batches, examples: 0 };
        let (started, before) = (Instant::now(), self.steps);
        let mut signal = self.handle(Event::EpochStarted, now)?;
        let mut interrupted = self.is_interrupted();
        if signal == Signal::Continue && !interrupted {
            for item in data.epoch(epoch as u64 - 1) {
                self.batch(item, &mut now).map_err(|e| e.given(format!("in batch {} of epoch {epoch}", now.batch + 1)))?;
                now.batch += 1;
                signal = self.handle(Event::BatchCompleted, now)?;
                interrupted = self.is_interrupted();
                if signal != Signal::Continue || interrupted {
                    break;
                }
                let (names, totals) = (&self.names, self.totals());
                self.reporter.batch_completed(now.batch, || Scores::new(names, totals::means(totals), now.examples));
            }
            if now.batch == 0 {
                return Err(no_batch(epoch, self.place));
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let training = Scores::new(&self.names, totals::means(self.totals()), now.examples);
        let steps = self.steps - before;
        let mut record = EpochRecord { epoch, training, validation: None, steps, seconds };
        if interrupted {
            self.reporter.interrupted(&record)?;
            self.history.push(record);
            return Ok(End::Interrupted);
        }
        record.validation = self.validate()?;
        self.reporter.epoch_completed(&record)?;
        self.history.push(record);
        Ok(match signal.or(self.handle(Event::EpochCompleted, now)?) {
            Signal::Stop => End::Stopped,
            _ if self.is_interrupted() && epoch < self.trainer.epochs => End::Interrupted,
            _ => End::Completed,
        })
    }

    fn batch(&mut self, item: bouton_data::Result<(Tensor, Tensor)>, now: &mut Now) -> Result<()> {
        let batch = Batch::read(item, &self.network, self.place)?;
        self.trainer.measures.check_batch(&batch, self.place)?;
        now.examples += batch.examples as u64;
        self.step.run(batch.x, batch.y)?;
        self.steps += 1;
        Ok(())
    }

    fn validate(&mut self) -> Result<Option<Scores>> {
        let params = self.params.with_leaves(tensors(self.values()));
        let Some((data, evaluation)) = &mut self.validation else { return Ok(None) };
        let scores = evaluation.run(&**data, params);
        scores.map(Some).map_err(|e| e.given("in the validation data"))
    }

    fn handle(&mut self, event: Event, now: Now) -> Result<Signal> {
        let mut signal = Signal::Continue;
        let state = self.step.state();
        let totals = state.len() - 2 * self.names.len();
        let status = Status {
            event,
            epoch: now.epoch,
            epochs: self.trainer.epochs,
            batch: now.batch,
            batches: now.batches,
            step: self.steps,
            names: &self.names,
            totals: &state[totals..],
            params: &self.params,
            values: &state[..self.params.len()],
            history: &self.history,
        };
        for (_, handler) in self.handlers.iter_mut().filter(|(on, _)| *on == event) {
            signal = signal.or(handler(&status)?);
        }
        Ok(signal)
    }

    fn is_interrupted(&self) -> bool {
        self.trainer.stop.as_ref().is_some_and(|stop| stop.load(Relaxed))
    }

    /// The parameters as they are now.
    fn values(&self) -> &[bouton_tensor::Array] {
        &self.step.state()[..self.params.len()]
    }

    fn totals(&self) -> &[bouton_tensor::Array] {
        let state = self.step.state();
        &state[state.len() - 2 * self.names.len()..]
    }
}

/// Where an epoch stands.
#[derive(Clone, Copy)]
struct Now {
    epoch: usize,
    batch: usize,
    batches: Option<usize>,
    examples: u64,
}

/// Forward pass, loss, gradients, optimizer and sums.
fn step(trainer: &Trainer<'_>, network: Network, key: Tensor) -> impl Fn(Carried, (), &Tensor, &Tensor) -> bouton_tensor::Result<Carried> + use<> {
    let (optimizer, measures, averaging) = (trainer.optimizer.clone(), trainer.measures.clone(), trainer.averaging);
    move |(params, state, totals), (), x, y| {
        let key = random::fold_in(&key, state.step());
        let ((_, (sums, kept)), grads) = value_and_grad(&params, |params| {
            let forward = network.forward(&params, x, Some(&key));
            let (loss, sums) = measures.measure(&network, &forward, x, y)?;
            Ok((loss, (sums, forward.state)))
        })?;
        let (mut params, state) = optimizer.update(grads, state, params);
        // What layers carry from step to step are parameters that no gradient moves.
        for (name, value) in kept.iter() {
            params = params.with(&name.to_string(), value.clone())?;
        }
        Ok((params, state, averaging.add(&totals, &sums)))
    }
}

pub(crate) fn no_batch(epoch: usize, place: Place) -> Error {
    Error::new(ErrorKind::Batch, format!("epoch {epoch}: the data must give at least one batch; it gave none"))
        .at(place)
        .help("an epoch reads the data from its start: pass a vector, an iterator that can be cloned, or batches of a dataset")
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
