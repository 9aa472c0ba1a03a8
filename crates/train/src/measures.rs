//! The loss and the metrics of a run under their names, and what they are summed up from.
use crate::{Error, ErrorKind, Result, totals::Total};
use bouton_nn::{Forward, Loss, Metric};
use bouton_tensor::{DType, Place, Tensor, blame};

/// What a trainer or an evaluator looks at. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Measures {
    loss: Option<Loss>,
    metrics: Vec<Metric>,
}

impl Measures {
    pub(crate) fn with_loss(self, loss: Loss) -> Measures {
        Measures {
            loss: Some(loss),
            ..self
        }
    }

    pub(crate) fn with_metric(mut self, metric: Metric) -> Measures {
        self.metrics.push(metric);
        self
    }

    /// `loss`, if there is one, then the metrics.
    pub(crate) fn names(&self) -> Vec<String> {
        let loss = self.loss.iter().map(|_| "loss".to_string());
        loss.chain(self.metrics.iter().map(|m| m.name().to_string()))
            .collect()
    }

    pub(crate) fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    /// # Errors
    /// Nothing to look at; a name that comes twice.
    pub(crate) fn check(&self, place: Place) -> Result<()> {
        let names = self.names();
        if names.is_empty() {
            let error = Error::new(
                ErrorKind::Setting,
                "evaluator: at least one metric or a loss must be asked for",
            );
            return Err(error
                .help("add .metric(metrics::accuracy()), say")
                .at(place));
        }
        let twice = names
            .iter()
            .enumerate()
            .find(|(i, name)| names[..*i].contains(name));
        let Some((_, name)) = twice else {
            return Ok(());
        };
        let error = Error::new(
            ErrorKind::Setting,
            format!("metric: every metric must have a name of its own; {name:?} comes twice"),
        );
        let help =
            "rename one with .named(\"..\"), or give a closure a name: Metric::function(\"..\", f)";
        Err(error.help(help).at(place))
    }

    /// The mean loss of a batch (zero without one), and the sum and weight of every quantity.
    ///
    /// # Errors
    /// What the loss or a metric finds wrong, and a loss or metric that is not a scalar.
    pub(crate) fn sums(
        &self,
        forward: &Forward,
        y: &Tensor,
        examples: usize,
    ) -> bouton_tensor::Result<(Tensor, Vec<Total>)> {
        let mut sums = vec![];
        let mut mean = Tensor::scalar(0f32);
        if let Some(loss) = &self.loss {
            mean = loss.of(y, forward);
            mean.ty()?;
            let weight = Tensor::full(DType::F64, [], examples as f64);
            sums.push((mean.convert(DType::F64) * &weight, weight));
        }
        for metric in &self.metrics {
            let score = metric.of(y, forward);
            score.sum.ty()?;
            sums.push((score.sum, score.weight));
        }
        Ok((mean, sums))
    }

    /// # Errors
    /// Predictions that the loss makes no sense of. Only what a layer did not make probabilities of is looked at.
    pub(crate) fn check_predictions(
        &self,
        forward: &Forward,
        place: Place,
    ) -> bouton_tensor::Result<()> {
        let Some(loss) = self
            .loss
            .as_ref()
            .filter(|loss| forward.logits.is_none() && loss.takes_probabilities())
        else {
            return Ok(());
        };
        let predictions = forward.output.to_array()?;
        blame(place, || loss.check_predictions(&predictions))
    }
}
