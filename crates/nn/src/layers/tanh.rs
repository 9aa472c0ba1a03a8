//! Numbers squeezed between -1 and 1.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// The hyperbolic tangent.
    #[track_caller]
    pub fn tanh(&self) -> Model {
        self.layer(Tanh {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tanh {}

impl Activation for Tanh {
    const NAME: &'static str = "tanh";

    fn apply(&self, x: &Tensor) -> Tensor {
        x.tanh()
    }
}

pub(crate) const ENTRY: Entry = activation::<Tanh>(|| sample_input().tanh());
