//! Metrics: what people look at, weighed by examples.
use crate::{Forward, loss::scalar, targets};
use bouton_tensor::{
    Array, DType, Fault, Output, Place, Result, Tensor, Type, blame, here, label, tree,
};
use std::{fmt, sync::Arc};

/// A metric: of the table [`metrics`](crate::metrics), or a closure `|targets: &Tensor, predictions: &Tensor| ..` that
/// returns a scalar. Cheap to clone.
#[derive(Clone)]
pub struct Metric(Arc<dyn MetricRule>);

/// A metric of some examples: a sum and how many examples it is over. Scores of batches add up; the metric of all of
/// them is the quotient.
#[derive(Clone, Debug)]
pub struct Score {
    /// The sum: one `f32`.
    pub sum: Tensor,
    /// What to divide it by: one `f32`.
    pub weight: Tensor,
}
tree!(Score { sum, weight });

impl Score {
    /// The score of no examples.
    pub fn zero() -> Score {
        Score {
            sum: Tensor::scalar(0f32),
            weight: Tensor::scalar(0f32),
        }
    }

    /// The sum of the elements of `x`, each of them an example.
    pub(crate) fn sum_of(x: &Tensor) -> Score {
        let size = x.shape().map(|s| s.size()).unwrap_or(0);
        Score {
            sum: x.convert(DType::F32).sum(),
            weight: Tensor::full(DType::F32, [], size as f64),
        }
    }

    /// The mean over a batch, which weighs as much as the targets have examples.
    pub(crate) fn mean_of(mean: &Tensor, targets: &Tensor) -> Score {
        let examples = targets
            .shape()
            .ok()
            .and_then(|s| s.first().copied())
            .unwrap_or(1);
        let weight = Tensor::full(DType::F32, [], examples as f64);
        Score {
            sum: mean.convert(DType::F32) * &weight,
            weight,
        }
    }

    /// Both together.
    #[track_caller]
    pub fn plus(&self, other: &Score) -> Score {
        Score {
            sum: &self.sum + &other.sum,
            weight: &self.weight + &other.weight,
        }
    }

    /// The metric.
    #[track_caller]
    pub fn mean(&self) -> Tensor {
        &self.sum / &self.weight
    }
}

/// The rule of a metric.
pub trait MetricRule: Send + Sync + 'static {
    /// The name under which it is shown.
    fn name(&self) -> &str;

    /// Whether the types of targets and predictions fit.
    ///
    /// # Errors
    /// The rule that they break, with the fix.
    fn check(&self, targets: &Type, predictions: &Type) -> Result<(), Fault>;

    /// The score of a batch whose types fit. What goes wrong in it is the user's line's, `at`.
    fn score(&self, targets: &Tensor, forward: &Forward, at: Place) -> Score;
}

impl Metric {
    /// The metric of this rule.
    pub fn new(rule: impl MetricRule) -> Metric {
        Metric(Arc::new(rule))
    }

    /// A closure of targets and predictions as a metric; it must return a scalar, the mean over the batch. Batches are
    /// weighed by the size of the targets' leading axis.
    ///
    /// ```
    /// use bouton_nn::Metric;
    /// use bouton_tensor::tensor;
    /// let worst = Metric::function("worst", |y, x| (y - x).abs().max());
    /// assert_eq!(worst.call(&tensor![0.0, 0.0], &tensor![4.0, -16.0]).mean().item()?, 16.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    pub fn function<O: Output<Value = Tensor>>(
        name: &str,
        f: impl Fn(&Tensor, &Tensor) -> O + Send + Sync + 'static,
    ) -> Metric {
        let f = move |targets: &Tensor, predictions: &Tensor| {
            Tensor::from(f(targets, predictions).result())
        };
        Metric::new(Function {
            name: name.to_string(),
            f,
        })
    }

    /// The name under which it is shown.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The same metric under another name.
    pub fn named(&self, name: &str) -> Metric {
        Metric::new(Renamed {
            name: name.to_string(),
            metric: self.clone(),
        })
    }

    /// The score of a batch.
    ///
    /// # Errors
    /// Targets and predictions whose shapes or types do not fit; a closure that does not return a scalar. They ride on
    /// the result.
    #[track_caller]
    pub fn call(&self, targets: &Tensor, predictions: &Tensor) -> Score {
        let state = crate::Params::of([].into(), vec![]);
        let forward = Forward {
            output: predictions.clone(),
            logits: None,
            state,
        };
        self.of(targets, &forward)
    }

    /// The score of what came out of a network.
    ///
    /// # Errors
    /// As [`Metric::call`].
    #[track_caller]
    pub fn of(&self, targets: &Tensor, forward: &Forward) -> Score {
        let at = here();
        let error = match (targets.ty(), forward.output.ty()) {
            (Ok(t), Ok(p)) => self.check(&t, &p).err(),
            (Err(e), _) | (_, Err(e)) => Some(e),
        };
        match error {
            None => label(self.name(), || self.0.score(targets, forward, at)),
            Some(e) => Score {
                sum: Tensor::from_error(e.clone()),
                weight: Tensor::from_error(e),
            },
        }
    }

    /// Whether targets and predictions of these types fit.
    ///
    /// # Errors
    /// The rule that they break, with the fix.
    #[track_caller]
    pub fn check(&self, targets: &Type, predictions: &Type) -> Result<()> {
        blame(here(), || {
            let verdict = self.0.check(targets, predictions);
            verdict.map_err(|fault| {
                targets::error(self.name().to_string(), fault, targets, predictions)
            })
        })
    }

    /// As [`Metric::check`], for host data.
    ///
    /// # Errors
    /// The rule that they break, with the fix.
    #[track_caller]
    pub fn check_targets(&self, targets: &Array, predictions: &Type) -> Result<()> {
        self.check(targets.ty(), predictions)
    }
}

struct Function<F> {
    name: String,
    f: F,
}

impl<F: Fn(&Tensor, &Tensor) -> Tensor + Send + Sync + 'static> MetricRule for Function<F> {
    fn name(&self) -> &str {
        &self.name
    }
    fn check(&self, _: &Type, _: &Type) -> Result<(), Fault> {
        Ok(())
    }
    fn score(&self, targets: &Tensor, forward: &Forward, at: Place) -> Score {
        let value = (self.f)(targets, &forward.output);
        blame(at, || {
            Score::mean_of(&scalar(&self.name, "metric", value, at), targets)
        })
    }
}

struct Renamed {
    name: String,
    metric: Metric,
}

impl MetricRule for Renamed {
    fn name(&self) -> &str {
        &self.name
    }
    fn check(&self, targets: &Type, predictions: &Type) -> Result<(), Fault> {
        self.metric.0.check(targets, predictions)
    }
    fn score(&self, targets: &Tensor, forward: &Forward, at: Place) -> Score {
        self.metric.0.score(targets, forward, at)
    }
}

impl<O, F> From<F> for Metric
where
    F: Fn(&Tensor, &Tensor) -> O + Send + Sync + 'static,
    O: Output<Value = Tensor>,
{
    fn from(f: F) -> Metric {
        Metric::function("metric", f)
    }
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
