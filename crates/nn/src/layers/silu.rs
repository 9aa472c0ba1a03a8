//! A smooth relu: each number times its sigmoid.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `x * sigmoid(x)`; also called swish. Elfwing et al., <https://arxiv.org/abs/1702.03118>.
    #[track_caller]
    pub fn silu(&self) -> Model {
        self.layer(Silu {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Silu {}

impl Activation for Silu {
    const NAME: &'static str = "silu";

    fn apply(&self, x: &Tensor) -> Tensor {
        x.silu()
    }
}

pub(crate) const ENTRY: Entry = activation::<Silu>(|| sample_input().silu());
