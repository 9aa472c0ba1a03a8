//! A smooth relu: each number times its share of the normal distribution.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `x * P(X <= x)` for a standard normal `X`: the exact form, with `erf`. Hendrycks and Gimpel,
    /// <https://arxiv.org/abs/1606.08415>.
    #[track_caller]
    pub fn gelu(&self) -> Model {
        self.layer(Gelu {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gelu {}

impl Activation for Gelu {
    const NAME: &'static str = "gelu";

    fn apply(&self, x: &Tensor) -> Tensor {
        x.gelu()
    }
}

pub(crate) const ENTRY: Entry = activation::<Gelu>(|| sample_input().gelu());
