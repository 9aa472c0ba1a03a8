//! The outputs of two models side by side.
use super::{Entry, load, sample_input, to_data};
use crate::{Layer, Model, Scope};
use bouton_tensor::{Result, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// This model's output and another's side by side along the last axis.
    ///
    /// # Errors
    /// Both must agree on every axis but the last; both models must have the same precision policy.
    #[track_caller]
    pub fn concatenate(&self, other: &Model) -> Model {
        self.combine(Concatenate {}, &[other])
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Concatenate {}

impl Layer for Concatenate {
    fn kind(&self) -> &str {
        "concatenate"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn inputs(&self) -> usize {
        2
    }

    fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        Ok(inputs[0].concatenate(&inputs[1], -1))
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "concatenate",
    load: load::<Concatenate>,
    sample: || {
        let x = sample_input();
        x.dense(2).concatenate(&x)
    },
};
