//! Adam: steps of about the learning rate in every direction.
use super::Entry;
use crate::{
    Chain, Leaf, Now, Optimizer, Schedule, Settings, Slots, Transformation,
    transformations::{scale_by_adam::ScaleByAdam, scale_by_learning_rate::scale_by_learning_rate},
};
use bouton_tensor::{Fault, Tensor};

/// Adam with the usual settings: `b1` 0.9, `b2` 0.999, `eps` 1e-8. Other ones: `Adam::new(1e-3).b1(0.8)`.
///
/// Kingma and Ba, <https://arxiv.org/abs/1412.6980>. Optax's `adam`; see [`ScaleByAdam`] for the formula.
///
/// ```
/// let optimizer = bouton_optim::adam(1e-3);
/// assert_eq!(optimizer.to_string(), "adam { learning_rate: 0.001, b1: 0.9, b2: 0.999, eps: 1e-8, eps_root: 0.0 }");
/// ```
pub fn adam(learning_rate: impl Into<Schedule>) -> Optimizer {
    Adam::new(learning_rate).into()
}

/// The settings of [`adam`].
#[derive(Clone, Debug)]
pub struct Adam {
    learning_rate: Schedule,
    scale: ScaleByAdam,
}

impl Adam {
    /// The usual settings.
    pub fn new(learning_rate: impl Into<Schedule>) -> Adam {
        Adam {
            learning_rate: learning_rate.into(),
            scale: ScaleByAdam::default(),
        }
    }

    /// Decay of the mean of the gradients.
    pub fn b1(mut self, b1: f64) -> Adam {
        self.scale.b1 = b1;
        self
    }

    /// Decay of the mean of their squares.
    pub fn b2(mut self, b2: f64) -> Adam {
        self.scale.b2 = b2;
        self
    }

    /// Added to the root of the mean square.
    pub fn eps(mut self, eps: f64) -> Adam {
        self.scale.eps = eps;
        self
    }

    /// Added under the root.
    pub fn eps_root(mut self, eps_root: f64) -> Adam {
        self.scale.eps_root = eps_root;
        self
    }

    fn chain(&self) -> Chain {
        Chain::of(self.scale.clone()).then(scale_by_learning_rate(self.learning_rate.clone()))
    }
}

impl From<Adam> for Optimizer {
    fn from(settings: Adam) -> Optimizer {
        Optimizer::new(settings)
    }
}

impl Transformation for Adam {
    fn name(&self) -> &'static str {
        "adam"
    }
    fn settings(&self) -> Settings {
        let rate = ("learning_rate", self.learning_rate.to_string());
        [rate].into_iter().chain(self.scale.settings()).collect()
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
    name: "adam",
    make: |rate| adam(rate),
    learning_rate: 1e-3,
};
