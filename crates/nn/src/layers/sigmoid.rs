//! Numbers squeezed between 0 and 1.
use super::{Activation, Entry, activation, sample_input};
use crate::{Model, Probabilities};
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `1 / (1 + exp(-x))`: the probability of yes, for a binary cross-entropy.
    #[track_caller]
    pub fn sigmoid(&self) -> Model {
        self.layer(Sigmoid {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sigmoid {}

impl Activation for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const DELICATE: bool = true;
    const PROBABILITIES: Option<Probabilities> = Some(Probabilities::Sigmoid);

    fn apply(&self, x: &Tensor) -> Tensor {
        x.sigmoid()
    }
}

pub(crate) const ENTRY: Entry = activation::<Sigmoid>(|| sample_input().sigmoid());
