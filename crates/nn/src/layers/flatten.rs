//! All axes of an example as one.
use super::{Entry, load, to_data};
use crate::{Batch, Layer, Model, Scope};
use bouton_tensor::{Error, Fault, Result, Shape, Tensor, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// `[batch, h, w, c] -> [batch, h * w * c]`; `[batch] -> [batch, 1]`.
    #[track_caller]
    pub fn flatten(&self) -> Model {
        self.layer(Flatten {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flatten {}

impl Layer for Flatten {
    fn kind(&self) -> &str {
        "flatten"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let ty = inputs[0].ty()?;
        match ty.shape.split_first() {
            Some((&batch, example)) => Ok(inputs[0].reshape([batch, Shape::from(example).size()])),
            None => {
                let fault = Fault::shape("the input must have a batch axis");
                Err(Error::new("flatten", fault.inputs([&ty]), here()))
            }
        }
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "flatten",
    load: load::<Flatten>,
    sample: || Model::input("x", (Batch, 2, 2, 3)).flatten(),
};
