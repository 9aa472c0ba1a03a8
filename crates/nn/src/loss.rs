//! Losses: how wrong predictions are, as one number to make small.
use crate::{Forward, Probabilities, targets};
use bouton_tensor::{
    Array, DType, Error, Fault, Output, Place, Result, Tensor, Type, blame, here, label,
};
use std::{fmt, sync::Arc};

/// Names and values of settings, as they are printed.
pub(crate) type Settings = Vec<(&'static str, String)>;

/// A loss: of the table [`losses`](crate::losses), or a closure `|targets: &Tensor, predictions: &Tensor| ..` that
/// returns a scalar. Cheap to clone; printed with its settings.
///
/// Nothing broadcasts silently: targets and predictions are checked for rank, classes and type whenever the loss is
/// stated, and [`Loss::check_targets`] checks values. Losses compute in `f32`, or `f64` for `f64` predictions.
#[derive(Clone)]
pub struct Loss(Kind);

#[derive(Clone)]
enum Kind {
    Rule(Arc<dyn LossRule>),
    Function(
        String,
        Arc<dyn Fn(&Tensor, &Tensor) -> Tensor + Send + Sync>,
    ),
    Refused(Error),
}

/// The rule of a loss.
pub trait LossRule: Send + Sync + 'static {
    /// The name: of the file, the function and the printed form.
    fn name(&self) -> &'static str;

    /// The settings that the printed form shows.
    fn settings(&self) -> Vec<(&'static str, String)>;

    /// Whether the types of targets and predictions fit.
    ///
    /// # Errors
    /// The rule that they break, with the fix.
    fn check(&self, targets: &Type, predictions: &Type) -> Result<(), Fault>;

    /// Whether the values of targets that passed [`LossRule::check`] make sense.
    ///
    /// # Errors
    /// The first value that does not, with its place.
    fn check_values(&self, targets: &Array, predictions: &Type) -> Result<(), Fault>;

    /// Whether the values of predictions make sense.
    ///
    /// # Errors
    /// The first value that does not, with its place.
    fn check_predictions(&self, predictions: &Array) -> Result<(), Fault>;

    /// The losses whose mean is the loss: one for each example. Inputs are `f32` or `f64`, integer labels aside.
    fn each(&self, targets: &Tensor, predictions: &Tensor) -> Tensor;

    /// Which probabilities it takes, and the same loss on what those are made of; `None` if it takes none.
    fn on_logits(&self) -> Option<(Probabilities, Arc<dyn LossRule>)>;
}

impl Loss {
    /// The loss of this rule.
    pub fn new(rule: impl LossRule) -> Loss {
        Loss(Kind::Rule(Arc::new(rule)))
    }

    /// A closure of targets and predictions as a loss; it must return a scalar.
    ///
    /// ```
    /// use bouton_nn::Loss;
    /// use bouton_tensor::tensor;
    /// let loss = Loss::function("median_like", |y, x| (y - x).abs().sqrt().mean());
    /// assert_eq!(loss.call(&tensor![0.0, 0.0], &tensor![4.0, 16.0]).item()?, 3.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    pub fn function<O: Output<Value = Tensor>>(
        name: &str,
        f: impl Fn(&Tensor, &Tensor) -> O + Send + Sync + 'static,
    ) -> Loss {
        let f = move |targets: &Tensor, predictions: &Tensor| {
            Tensor::from(f(targets, predictions).result())
        };
        Loss(Kind::Function(name.to_string(), Arc::new(f)))
    }

    /// The same loss on logits: predictions before their softmax or sigmoid.
    ///
    /// # Errors
    /// A loss that does not take probabilities; comes out when it is used.
    #[track_caller]
    pub fn from_logits(self) -> Loss {
        match &self.0 {
            Kind::Rule(rule) => match rule.on_logits() {
                Some((_, rule)) => Loss(Kind::Rule(rule)),
                None => self.refused(here()),
            },
            Kind::Function(..) => self.refused(here()),
            Kind::Refused(_) => self,
        }
    }

    fn refused(&self, at: Place) -> Loss {
        let fault = Fault::value(
            "it does not take probabilities, so there are no logits to compute it from",
        );
        Loss(Kind::Refused(Error::new(self.to_string(), fault, at)))
    }

    /// The name, such as `mean_squared_error`.
    pub fn name(&self) -> &str {
        match &self.0 {
            Kind::Rule(rule) => rule.name(),
            Kind::Function(name, _) => name,
            Kind::Refused(_) => "loss",
        }
    }

    /// The mean loss: a scalar.
    ///
    /// # Errors
    /// Targets and predictions whose shapes or types do not fit; a closure that does not return a scalar. They ride on
    /// the result.
    #[track_caller]
    pub fn call(&self, targets: &Tensor, predictions: &Tensor) -> Tensor {
        let at = here();
        label("loss", || match &self.0 {
            Kind::Rule(rule) => blame(at, || each(&**rule, targets, predictions).mean()),
            Kind::Function(name, f) => scalar(name, "loss", f(targets, predictions), at),
            Kind::Refused(e) => Tensor::from_error(e.clone()),
        })
    }

    /// The mean loss of what came out of a network; computed from logits where the network has them.
    ///
    /// # Errors
    /// As [`Loss::call`].
    #[track_caller]
    pub fn of(&self, targets: &Tensor, forward: &Forward) -> Tensor {
        let at = here();
        match self.logits(forward) {
            Some((rule, logits)) => label("loss", || {
                blame(at, || each(&*rule, targets, logits).mean())
            }),
            None => self.call(targets, &forward.output),
        }
    }

    /// The losses whose mean is [`Loss::of`], or a closure's one.
    pub(crate) fn each_of(&self, targets: &Tensor, forward: &Forward, at: Place) -> Tensor {
        match (self.logits(forward), &self.0) {
            (Some((rule, logits)), _) => blame(at, || each(&*rule, targets, logits)),
            (None, Kind::Rule(rule)) => blame(at, || each(&**rule, targets, &forward.output)),
            (None, Kind::Function(name, f)) => {
                scalar(name, "loss", f(targets, &forward.output), at)
            }
            (None, Kind::Refused(e)) => Tensor::from_error(e.clone()),
        }
    }

    fn logits<'a>(&self, forward: &'a Forward) -> Option<(Arc<dyn LossRule>, &'a Tensor)> {
        let Kind::Rule(rule) = &self.0 else {
            return None;
        };
        let (wanted, rule) = rule.on_logits()?;
        let (made_by, logits) = forward.logits.as_ref()?;
        (wanted == *made_by).then_some((rule, logits))
    }

    /// Whether targets fit predictions of this type, in shape, type and value: a label among the classes, a
    /// probability from 0 to 1, no NaN. A compiled program cannot stop at a bad value, so this looks at host data.
    ///
    /// # Errors
    /// The rule that they break, with the fix. A closure accepts everything.
    #[track_caller]
    pub fn check_targets(&self, targets: &Array, predictions: &Type) -> Result<()> {
        let rule = match &self.0 {
            Kind::Rule(rule) => rule,
            Kind::Function(..) => return Ok(()),
            Kind::Refused(e) => return Err(e.clone()),
        };
        blame(here(), || {
            let verdict = rule
                .check(targets.ty(), predictions)
                .and_then(|()| rule.check_values(targets, predictions));
            verdict
                .map_err(|fault| targets::error(self.to_string(), fault, targets.ty(), predictions))
        })
    }

    /// Whether predictions must be probabilities, from 0 to 1.
    pub fn takes_probabilities(&self) -> bool {
        match &self.0 {
            Kind::Rule(rule) => rule.check_predictions(&Array::scalar(2f32)).is_err(),
            Kind::Function(..) | Kind::Refused(_) => false,
        }
    }

    /// Whether predictions have values that make sense: a loss on probabilities needs numbers from 0 to 1.
    ///
    /// # Errors
    /// The first value that does not, with the fix. A closure accepts everything.
    #[track_caller]
    pub fn check_predictions(&self, predictions: &Array) -> Result<()> {
        let rule = match &self.0 {
            Kind::Rule(rule) => rule,
            Kind::Function(..) => return Ok(()),
            Kind::Refused(e) => return Err(e.clone()),
        };
        let at = here();
        rule.check_predictions(predictions).map_err(|fault| {
            let given = format!("predictions: {}", predictions.ty());
            Error::new(self.to_string(), fault.given([given]), at)
        })
    }
}

/// The losses of a rule, if targets and predictions fit.
fn each(rule: &dyn LossRule, targets: &Tensor, predictions: &Tensor) -> Tensor {
    let (t, p) = match (targets.ty(), predictions.ty()) {
        (Ok(t), Ok(p)) => (t, p),
        (Err(e), _) | (_, Err(e)) => return Tensor::from_error(e),
    };
    if let Err(fault) = rule.check(&t, &p) {
        return Tensor::from_error(targets::error(printed(rule), fault, &t, &p));
    }
    let wide = if p.dtype == DType::F64 {
        DType::F64
    } else {
        DType::F32
    };
    rule.each(targets, &predictions.convert(wide))
}

/// The result of a user's closure, which must be one number.
pub(crate) fn scalar(name: &str, what: &str, result: Tensor, at: Place) -> Tensor {
    match result.rank() {
        Ok(0) | Err(_) => result,
        Ok(_) => {
            let fault = Fault::shape(format!("a {what} must return a scalar"));
            blame(at, || {
                Tensor::fault(name, fault.help("reduce it with .mean()"), &[&result])
            })
        }
    }
}

fn printed(rule: &dyn LossRule) -> String {
    let settings: Vec<String> = rule
        .settings()
        .into_iter()
        .map(|(k, v)| format!("{k}: {v}"))
        .collect();
    if settings.is_empty() {
        rule.name().to_string()
    } else {
        format!("{} {{ {} }}", rule.name(), settings.join(", "))
    }
}

impl<O, F> From<F> for Loss
where
    F: Fn(&Tensor, &Tensor) -> O + Send + Sync + 'static,
    O: Output<Value = Tensor>,
{
    fn from(f: F) -> Loss {
        Loss::function("loss", f)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.0 {
            Kind::Rule(rule) => f.write_str(&printed(&**rule)),
            Kind::Function(name, _) => write!(f, "{name} {{ .. }}"),
            Kind::Refused(e) => fmt::Display::fmt(e, f),
        }
    }
}

impl fmt::Debug for Loss {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
