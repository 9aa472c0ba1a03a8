//! Logarithms of probabilities of classes along the last axis.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `x - log(sum(exp(x)))` along the last axis: logarithms of the probabilities of classes.
    #[track_caller]
    pub fn log_softmax(&self) -> Model {
        self.layer(LogSoftmax {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogSoftmax {}

impl Activation for LogSoftmax {
    const NAME: &'static str = "log_softmax";
    const DELICATE: bool = true;

    fn apply(&self, x: &Tensor) -> Tensor {
        x.log_softmax(-1)
    }
}

pub(crate) const ENTRY: Entry = activation::<LogSoftmax>(|| sample_input().log_softmax());
