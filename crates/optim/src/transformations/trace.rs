//! Updates with momentum: a decaying sum of those before.
use super::Entry;
use crate::{
    Leaf, Now, Optimizer, Settings, Slots, Transformation,
    precision::{constant, flush},
    schedule::require,
};
use bouton_tensor::{Fault, Tensor};

/// `t = u + decay * t`; the update is `t`, or with [`Trace::nesterov`] `u + decay * t`. Optax's `trace`.
pub fn trace(decay: f64) -> Trace {
    Trace {
        decay,
        nesterov: false,
    }
}

/// See [`trace`].
#[derive(Clone, Debug)]
pub struct Trace {
    decay: f64,
    nesterov: bool,
}

impl Trace {
    /// Looks one step ahead: Nesterov's momentum in the form of Sutskever et al., ICML 2013.
    pub fn nesterov(self) -> Trace {
        Trace {
            nesterov: true,
            ..self
        }
    }
}

impl Transformation for Trace {
    fn name(&self) -> &'static str {
        "trace"
    }
    fn settings(&self) -> Settings {
        vec![
            ("decay", format!("{:?}", self.decay)),
            ("nesterov", self.nesterov.to_string()),
        ]
    }
    fn check(&self) -> Result<(), Fault> {
        require(
            "momentum",
            self.decay,
            "at least 0 and below 1",
            (0.0..1.0).contains(&self.decay),
        )
    }
    fn init(&self, params: &[Leaf]) -> Vec<(String, Tensor)> {
        params.iter().map(|p| p.zeros("trace")).collect()
    }
    fn update(&self, updates: Vec<Tensor>, slots: &mut Slots, _: &Now) -> Vec<Tensor> {
        let mut traced = |u: &Tensor| {
            let decay = constant(self.decay, u);
            let trace = slots.replace(|t| flush(&(u + &decay * t)));
            if self.nesterov {
                u + decay * trace
            } else {
                trace
            }
        };
        updates.iter().map(&mut traced).collect()
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "trace",
    sample: || Optimizer::new(trace(0.9).nesterov()),
};
