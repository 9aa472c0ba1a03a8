//! A relu with a slope on its negative side.
use super::{Activation, Entry, activation, sample_input};
use crate::Model;
use bouton_tensor::Tensor;
use serde::{Deserialize, Serialize};

impl Model {
    /// `x` above zero, `slope * x` below; `slope` is usually 0.01.
    #[track_caller]
    pub fn leaky_relu(&self, slope: f64) -> Model {
        self.layer(LeakyRelu { slope })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeakyRelu {
    slope: f64,
}

impl Activation for LeakyRelu {
    const NAME: &'static str = "leaky_relu";

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![("slope", format!("{:?}", self.slope))]
    }

    fn apply(&self, x: &Tensor) -> Tensor {
        x.leaky_relu(self.slope)
    }
}

pub(crate) const ENTRY: Entry = activation::<LeakyRelu>(|| sample_input().leaky_relu(0.01));
