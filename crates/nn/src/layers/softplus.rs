//! A smooth relu: the logarithm of one more than the exponential.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `log(1 + exp(x))`, without overflow.
    #[track_caller]
    pub fn softplus(&self) -> Model {
        self.layer(Softplus {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Softplus {}

impl Activation for Softplus {
    const NAME: &'static str = "softplus";

    fn apply(&self, x: &Tensor) -> Tensor {
        x.softplus()
    }
}

pub(crate) const ENTRY: Entry = activation::<Softplus>(|| sample_input().softplus());
