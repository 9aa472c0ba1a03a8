//! Adam with decoupled weight decay.
use super::Entry;
use crate::{
    Chain, Leaf, Now, Optimizer, Schedule, Settings, Slots, Transformation,
    transformations::{
        add_decayed_weights::add_decayed_weights, scale_by_adam::ScaleByAdam,
        scale_by_learning_rate::scale_by_learning_rate,
    },
};
use bouton_tensor::{Fault, Tensor};

/// Adam whose steps also shrink every parameter by `learning_rate * weight_decay`; the decay is 1e-4 unless set:
/// `AdamW::new(1e-3).weight_decay(0.1)`.
///
/// Loshchilov and Hutter, <https://arxiv.org/abs/1711.05101>. Optax's `adamw` (Polaris's default decay is 0).
///
/// ```
/// let optimizer = bouton_optim::adamw(1e-3);
/// let settings = "learning_rate: 0.001, b1: 0.9, b2: 0.999, eps: 1e-8, eps_root: 0.0, weight_decay: 0.0001";
/// assert_eq!(optimizer.to_string(), format!("adamw {{ {settings} }}"));
/// ```
pub fn adamw(learning_rate: impl Into<Schedule>) -> Optimizer {
    AdamW::new(learning_rate).into()
}

/// The settings of [`adamw`].
#[derive(Clone, Debug)]
pub struct AdamW {
    learning_rate: Schedule,
    scale: ScaleByAdam,
    weight_decay: f64,
}

impl AdamW {
    /// The usual settings.
    pub fn new(learning_rate: impl Into<Schedule>) -> AdamW {
        AdamW {
            learning_rate: learning_rate.into(),
            scale: ScaleByAdam::default(),
            weight_decay: 1e-4,
        }
    }

    /// The share of every parameter that a step of rate 1 takes away.
    pub fn weight_decay(self, weight_decay: f64) -> AdamW {
        AdamW {
            weight_decay,
            ..self
        }
    }

    /// Decay of the mean of the gradients.
    pub fn b1(mut self, b1: f64) -> AdamW {
        self.scale.b1 = b1;
        self
    }

    /// Decay of the mean of their squares.
    pub fn b2(mut self, b2: f64) -> AdamW {
        self.scale.b2 = b2;
        self
    }

    /// Added to the root of the mean square.
    pub fn eps(mut self, eps: f64) -> AdamW {
        self.scale.eps = eps;
        self
    }

    /// Added under the root.
    pub fn eps_root(mut self, eps_root: f64) -> AdamW {
        self.scale.eps_root = eps_root;
        self
    }

    fn chain(&self) -> Chain {
        let decay = add_decayed_weights(self.weight_decay);
        Chain::of(self.scale.clone())
            .then(decay)
            .then(scale_by_learning_rate(self.learning_rate.clone()))
    }
}

impl From<AdamW> for Optimizer {
    fn from(settings: AdamW) -> Optimizer {
        Optimizer::new(settings)
    }
}

impl Transformation for AdamW {
    fn name(&self) -> &'static str {
        "adamw"
    }
    fn settings(&self) -> Settings {
        let rate = ("learning_rate", self.learning_rate.to_string());
        let decay = ("weight_decay", format!("{:?}", self.weight_decay));
        [rate]
            .into_iter()
            .chain(self.scale.settings())
            .chain([decay])
            .collect()
    }
    fn check(&self) -> Result<(), Fault> {
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
    name: "adamw",
    make: |rate| adamw(rate),
    learning_rate: 1e-3,
};
