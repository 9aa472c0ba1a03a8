//! What is above zero; zero for the rest.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `max(x, 0)`.
    #[track_caller]
    pub fn relu(&self) -> Model {
        self.layer(Relu {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Relu {}

impl Activation for Relu {
    const NAME: &'static str = "relu";

    fn apply(&self, x: &Tensor) -> Tensor {
        x.relu()
    }
}

pub(crate) const ENTRY: Entry = activation::<Relu>(|| sample_input().relu());
