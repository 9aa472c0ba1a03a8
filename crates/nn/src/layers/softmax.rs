//! Probabilities of classes along the last axis.
use super::{Activation, Entry, activation, sample_input};
use crate::{Model, Probabilities};
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `exp(x) / sum(exp(x))` along the last axis: the probabilities of classes, for a categorical cross-entropy.
    #[track_caller]
    pub fn softmax(&self) -> Model {
        self.layer(Softmax {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Softmax {}

impl Activation for Softmax {
    const NAME: &'static str = "softmax";
    const DELICATE: bool = true;
    const PROBABILITIES: Option<Probabilities> = Some(Probabilities::Softmax);

    fn apply(&self, x: &Tensor) -> Tensor {
        x.softmax(-1)
    }
}

pub(crate) const ENTRY: Entry = activation::<Softmax>(|| sample_input().softmax());
