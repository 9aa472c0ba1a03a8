//! Evaluation: metrics of a model over data, as one compiled step.
use crate::{
    Parameters, Result, Scores,
    batch::{Inspector, batch_axis, examples},
    measures::Measures,
    run::no_batch,
    step::Step,
    totals::{self, LossMean, Total},
};
use bouton_data::Data;
use bouton_nn::{Loss, Metric, Model, Network, Params};
use bouton_tensor::{Compiler, Place, Tensor, blame, compiler::default_compiler, here};
use std::{fmt, sync::Arc};

/// Evaluates a model.
///
/// Prediction and the sums of all metrics are one program. Every example counts the same, whatever the sizes of the
/// batches; counts are exact.
///
/// # Example
/// ```
/// use bouton_nn::{Batch, Dim, Model, metrics};
/// use bouton_tensor::{random, tensor};
/// use bouton_train::Evaluator;
///
/// let model = Model::input("x", [Batch, Dim(2)]).dense(3).softmax();
/// let params = model.build()?.init(&random::key(1));
/// let data = vec![(tensor![[0.5, 1.0], [2.0, 0.25]], tensor![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])];
/// let scores = Evaluator::new(&model).metric(metrics::accuracy()).run(data, &params)?;
/// assert_eq!(scores.examples(), 2);
/// assert!(scores.to_string().starts_with("accuracy "));
/// # Ok::<(), bouton_train::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "an evaluator does nothing until it is run"]
pub struct Evaluator {
    model: Model,
    measures: Measures,
    compiler: Option<Arc<dyn Compiler>>,
}

impl Evaluator {
    /// An evaluator of `model` that looks at nothing yet.
    pub fn new(model: &Model) -> Evaluator {
        Evaluator {
            model: model.clone(),
            measures: Measures::default(),
            compiler: None,
        }
    }

    /// Adds a metric: one of [`bouton_nn::metrics`], or a closure of (targets, predictions) with a name.
    pub fn metric(self, metric: impl Into<Metric>) -> Evaluator {
        Evaluator {
            measures: self.measures.with_metric(metric.into()),
            ..self
        }
    }

    /// Adds the mean loss over the examples, as `loss`.
    pub fn loss(self, loss: impl Into<Loss>) -> Evaluator {
        Evaluator {
            measures: self.measures.with_loss(loss.into()),
            ..self
        }
    }

    /// Compiles with this instead of the default compiler.
    pub fn compiler(self, compiler: Arc<dyn Compiler>) -> Evaluator {
        Evaluator {
            compiler: Some(compiler),
            ..self
        }
    }

    /// The scores of these parameters, those of a [`Trained`](crate::Trained) or others of this model, over the data's
    /// first epoch.
    ///
    /// # Errors
    /// - nothing to look at; two metrics of one name;
    /// - a mistake in the model, the loss or a metric; parameters of another model;
    /// - data without a batch, a batch without an example, a batch that does not fit the model's input;
    /// - targets that the loss or a metric refuses: shape, type, classes, values;
    /// - data that cannot be read.
    #[track_caller]
    pub fn run(&self, data: impl Data, params: &impl Parameters) -> Result<Scores> {
        let place = here();
        self.measures.check(place)?;
        let compiler = match &self.compiler {
            Some(compiler) => compiler.clone(),
            None => default_compiler()?,
        };
        let network = blame(place, || self.model.build())?;
        let mut evaluation = Evaluation::new(compiler, place, network, self.measures.clone());
        evaluation.run(&data, params.parameters().clone())
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluator")
            .field("model", &self.model)
            .field("measures", &self.measures.names())
            .finish_non_exhaustive()
    }
}

/// An evaluation that may be repeated with other parameters.
pub(crate) struct Evaluation<'a> {
    compiler: Arc<dyn Compiler>,
    place: Place,
    network: Network,
    measures: Measures,
    inspector: Inspector,
    step: Option<Step<'a, Vec<Total>, Params>>,
}

impl Evaluation<'_> {
    pub(crate) fn new<'a>(
        compiler: Arc<dyn Compiler>,
        place: Place,
        network: Network,
        measures: Measures,
    ) -> Evaluation<'a> {
        let inspector = Inspector::new(network.clone(), measures.clone(), place);
        Evaluation {
            compiler,
            place,
            network,
            measures,
            inspector,
            step: None,
        }
    }

    pub(crate) fn run(&mut self, data: &dyn Data, params: Params) -> Result<Scores> {
        let names = self.measures.names();
        let step = match &mut self.step {
            Some(step) => {
                step.lend(&params)?;
                totals::clear(step.state_mut());
                step
            }
            None => {
                let (network, measures) = (self.network.clone(), self.measures.clone());
                let axis = batch_axis(&network);
                let function = move |totals: Vec<Total>, params: Params, x: &Tensor, y: &Tensor| {
                    let forward = network.forward(&params, x, None);
                    let (_, sums) = measures.sums(&forward, y, examples(axis, &x.shape()?))?;
                    Ok(LossMean::Epoch.add(&totals, sums))
                };
                let state = (totals::zeros(names.len()), params.clone());
                self.step.insert(Step::new(
                    self.compiler.clone(),
                    self.place,
                    state,
                    function,
                )?)
            }
        };
        let (mut batches, mut seen) = (0, 0);
        for item in data.epoch(0) {
            let one = || -> Result<()> {
                let batch = self.inspector.read(item, batches == 0, || params.clone())?;
                seen += batch.examples as u64;
                Ok(step.run(batch.x, batch.y)?)
            };
            one().map_err(|e| e.within(format!("in batch {}", batches + 1)))?;
            batches += 1;
        }
        let scores = Scores::new(&names, totals::means(step.state()), seen);
        step.release();
        if batches == 0 {
            return Err(no_batch(1, self.place));
        }
        Ok(scores)
    }
}
