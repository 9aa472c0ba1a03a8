//! A training run: epochs over data, each a row of steps on batches.
use crate::{
    EpochRecord, Error, ErrorKind, Event, Result, Scores, Signal, Status, Trained, Trainer,
    batch::{Inspector, batch_axis, examples},
    evaluator::Evaluation,
    event::Handler,
    progress::Reporter,
    step::{Step, hollow, tensors},
    totals::{self, Total},
};
use bouton_data::Data;
use bouton_nn::{Network, Params};
use bouton_optim::State;
use bouton_tensor::{
    Array, Place, Tensor, Tree, blame, compiler::default_compiler, random, value_and_grad,
};
use std::{sync::atomic::Ordering::Relaxed, time::Instant};

/// What the step carries along: parameters, optimizer state, sums.
type Carried = (Params, State, Vec<Total>);

/// A run on its way.
pub(crate) struct Run<'a> {
    trainer: Trainer<'a>,
    place: Place,
    network: Network,
    step: Step<'a, Carried, ()>,
    validation: Option<(Box<dyn Data + 'a>, Evaluation<'a>)>,
    handlers: Vec<(Event, Handler<'a>)>,
    reporter: Reporter<'a>,
    inspector: Inspector,
    /// The names of the parameters; their values are in the step's state.
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
    pub(crate) fn new(mut trainer: Trainer<'a>, place: Place) -> Result<Run<'a>> {
        let compiler = match trainer.compiler.take() {
            Some(compiler) => compiler,
            None => default_compiler()?,
        };
        let network = blame(place, || trainer.model.build())?;
        let key = random::key(trainer.seed);
        let params = trainer.start.take().unwrap_or_else(|| network.init(&key));
        let names = trainer.measures.names();
        let state = blame(place, || {
            trainer.optimizer.init(&network.trainable(&params))
        });
        let carried = (params.clone(), state, totals::zeros(names.len()));
        let function = step(&trainer, network.clone(), key);
        let step = Step::new(compiler.clone(), place, (carried, ()), function)?;
        let inspector = Inspector::new(network.clone(), trainer.measures.clone(), place);
        let validation = trainer.validation.take().map(|data| {
            let evaluation =
                Evaluation::new(compiler, place, network.clone(), trainer.measures.clone());
            (data, evaluation)
        });
        let handlers = std::mem::take(&mut trainer.handlers);
        let reporter = Reporter::new(std::mem::take(&mut trainer.progress), trainer.epochs);
        Ok(Run {
            trainer,
            place,
            network,
            step,
            validation,
            handlers,
            reporter,
            inspector,
            params: hollow(&params),
            names,
            history: vec![],
            steps: 0,
        })
    }

    /// All epochs.
    pub(crate) fn all(mut self, data: &dyn Data) -> Result<Trained> {
        let mut end = End::Completed;
        for epoch in 1..=self.trainer.epochs {
            end = self.epoch(epoch, data)?;
            if end != End::Completed {
                break;
            }
        }
        Ok(Trained {
            params: self.params(),
            trained_on: data.name(),
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
        let totals = self.step.state().len() - 2 * self.names.len();
        let loss_mean = self.trainer.loss_mean;
        loss_mean.start_epoch(&mut self.step.state_mut()[totals..]);
        let batches = data.batches_per_epoch();
        self.reporter.epoch_started(epoch, batches);
        let mut now = Now {
            epoch,
            batch: 0,
            batches,
            examples: 0,
        };
        let (started, before) = (Instant::now(), self.steps);
        let mut signal = self.handle(Event::EpochStarted, now)?;
        let mut interrupted = self.is_interrupted();
        if signal == Signal::Continue && !interrupted {
            for item in data.epoch(epoch as u64 - 1) {
                self.batch(item, &mut now).map_err(|e| {
                    e.within(format!("in batch {} of epoch {epoch}", now.batch + 1))
                })?;
                now.batch += 1;
                signal = self.handle(Event::BatchCompleted, now)?;
                interrupted = self.is_interrupted();
                if signal != Signal::Continue || interrupted {
                    break;
                }
                let state = self.step.state();
                let totals = &state[state.len() - 2 * self.names.len()..];
                let scores = || Scores::new(&self.names, totals::means(totals), now.examples);
                self.reporter.batch_completed(now.batch, scores);
            }
            if now.batch == 0 {
                return Err(no_batch(epoch, self.place));
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let training = Scores::new(&self.names, totals::means(self.totals()), now.examples);
        let steps = self.steps - before;
        let mut record = EpochRecord {
            epoch,
            training,
            validation: None,
            steps,
            seconds,
        };
        if interrupted && steps == 0 {
            return Ok(End::Interrupted);
        }
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
        let (step, names) = (&self.step, &self.params);
        let params = || names.with_leaves(tensors(&step.state()[..names.len()]));
        let batch = self.inspector.read(item, now.batch == 0, params)?;
        now.examples += batch.examples as u64;
        self.step.run(batch.x, batch.y)?;
        self.steps += 1;
        Ok(())
    }

    fn validate(&mut self) -> Result<Option<Scores>> {
        if self.validation.is_none() {
            return Ok(None);
        }
        let params = self.params();
        let Some((data, evaluation)) = &mut self.validation else {
            return Ok(None);
        };
        let scores = evaluation.run(&**data, params);
        scores
            .map(Some)
            .map_err(|e| e.within("in the validation data"))
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
        self.trainer
            .stop
            .as_ref()
            .is_some_and(|stop| stop.load(Relaxed))
    }

    /// The parameters as they are now.
    fn params(&self) -> Params {
        self.params
            .with_leaves(tensors(&self.step.state()[..self.params.len()]))
    }

    fn totals(&self) -> &[Array] {
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
fn step(
    trainer: &Trainer<'_>,
    network: Network,
    key: Tensor,
) -> impl Fn(Carried, (), &Tensor, &Tensor) -> bouton_tensor::Result<Carried> + use<> {
    let (optimizer, measures, loss_mean) = (
        trainer.optimizer.clone(),
        trainer.measures.clone(),
        trainer.loss_mean,
    );
    let axis = batch_axis(&network);
    move |(params, state, totals), (), x, y| {
        let key = random::fold_in(&key, state.step());
        let trained = network.trainable(&params);
        let ((_, (sums, kept)), grads) = value_and_grad(&trained, |trained| {
            let forward = network.forward(&params.merge(&trained)?, x, Some(&key));
            let (loss, sums) = measures.sums(&forward, y, examples(axis, &x.shape()?))?;
            Ok((loss, (sums, forward.state)))
        })?;
        let (trained, state) = optimizer.update(grads, state, trained);
        let params = params.merge(&trained)?.merge(&kept)?;
        Ok((params, state, loss_mean.add(&totals, sums)))
    }
}

pub(crate) fn no_batch(epoch: usize, place: Place) -> Error {
    Error::new(ErrorKind::Batch, format!("epoch {epoch}: the data must give at least one batch; it gave none"))
        .help("an epoch reads the data from its start: pass a vector, an iterator that can be cloned, or batches of a dataset")
        .at(place)
}
