//! A relu whose negative side bends towards a bound.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `x` above zero, `alpha * (exp(x) - 1)` below; `alpha` is usually 1. Clevert et al.,
    /// <https://arxiv.org/abs/1511.07289>.
    #[track_caller]
    pub fn elu(&self, alpha: f64) -> Model {
        self.layer(Elu { alpha })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elu {
    alpha: f64,
}

impl Activation for Elu {
    const NAME: &'static str = "elu";

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![("alpha", format!("{:?}", self.alpha))]
    }

    fn apply(&self, x: &Tensor) -> Tensor {
        x.elu(self.alpha)
    }
}

pub(crate) const ENTRY: Entry = activation::<Elu>(|| sample_input().elu(1.0));
