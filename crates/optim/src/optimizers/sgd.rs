//! Gradient descent, plain or with momentum.
use super::Entry;
use crate::{
    Chain, Leaf, Now, Optimizer, Schedule, Settings, Slots, Transformation,
    transformations::{scale_by_learning_rate::scale_by_learning_rate, trace::trace},
};
use bouton_tensor::{Fault, Tensor};

/// Gradient descent: `p = p - learning_rate * g`. With momentum: `Sgd::new(0.1).momentum(0.9)`. Optax's `sgd`.
///
/// ```
/// assert_eq!(bouton_optim::sgd(0.01).to_string(), "sgd { learning_rate: 0.01 }");
/// ```
pub fn sgd(learning_rate: impl Into<Schedule>) -> Optimizer {
    Sgd::new(learning_rate).into()
}

/// The settings of [`sgd`].
///
/// ```
/// use bouton_optim::{Optimizer, Sgd};
/// let optimizer = Optimizer::from(Sgd::new(0.1).momentum(0.9).nesterov());
/// assert_eq!(optimizer.to_string(), "sgd { learning_rate: 0.1, momentum: 0.9, nesterov: true }");
/// ```
#[derive(Clone, Debug)]
pub struct Sgd {
    learning_rate: Schedule,
    momentum: f64,
    nesterov: bool,
}

impl Sgd {
    /// Without momentum.
    pub fn new(learning_rate: impl Into<Schedule>) -> Sgd {
        Sgd {
            learning_rate: learning_rate.into(),
            momentum: 0.0,
            nesterov: false,
        }
    }

    /// The share of the last update that goes into this one.
    pub fn momentum(self, momentum: f64) -> Sgd {
        Sgd { momentum, ..self }
    }

    /// Nesterov's momentum, which looks one step ahead.
    pub fn nesterov(self) -> Sgd {
        Sgd {
            nesterov: true,
            ..self
        }
    }

    fn chain(&self) -> Chain {
        let rate = scale_by_learning_rate(self.learning_rate.clone());
        let momentum = trace(self.momentum);
        match (self.momentum == 0.0, self.nesterov) {
            (true, _) => Chain::of(rate),
            (false, false) => Chain::of(momentum).then(rate),
            (false, true) => Chain::of(momentum.nesterov()).then(rate),
        }
    }
}

impl From<Sgd> for Optimizer {
    fn from(settings: Sgd) -> Optimizer {
        Optimizer::new(settings)
    }
}

impl Transformation for Sgd {
    fn name(&self) -> &'static str {
        "sgd"
    }
    fn settings(&self) -> Settings {
        let mut settings = vec![("learning_rate", self.learning_rate.to_string())];
        if self.momentum != 0.0 || self.nesterov {
            settings.extend([
                ("momentum", format!("{:?}", self.momentum)),
                ("nesterov", self.nesterov.to_string()),
            ]);
        }
        settings
    }
    fn check(&self) -> Result<(), Fault> {
        if self.nesterov && self.momentum == 0.0 {
            return Err(Fault::value("nesterov needs a momentum").help("add .momentum(0.9)"));
        }
        self.chain().check()
    }
    fn init(&self, params: &[Leaf]) -> Vec<(String, Tensor)> {
        self.chain().init(params)
    }
    fn update(&self, updates: Vec<Tensor>, slots: &mut Slots, now: &Now) -> Vec<Tensor> {
        self.chain().update(updates, slots, now)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "sgd",
    make: |rate| sgd(rate),
    learning_rate: 0.01,
};
