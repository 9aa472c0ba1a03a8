//! The sum of the outputs of two models.
use super::{Entry, load, sample_input, to_data};
use crate::{Layer, Model, Scope};
use bouton_tensor::{Error, Fault, Result, Tensor, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// The sum of this model's output and another's, such as that of an earlier layer: a residual connection.
    ///
    /// # Errors
    /// Both must have the same shape; both models the same precision policy.
    ///
    /// ```
    /// use bouton_nn::{Batch, Dim, Model};
    /// let x = Model::input("x", [Batch, Dim(8)]).dense(4);
    /// let residual = x.relu().dense(4).add(&x);
    /// assert_eq!(residual.build()?.output_type(2).to_string(), "f32[2, 4]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn add(&self, other: &Model) -> Model {
        self.combine(Add {}, &[other])
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {}

impl Layer for Add {
    fn kind(&self) -> &str {
        "add"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn inputs(&self) -> usize {
        2
    }

    fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let (a, b) = (inputs[0].ty()?, inputs[1].ty()?);
        if a.shape != b.shape {
            let fault = Fault::shape("both models must have outputs of the same shape");
            return Err(Error::new("add", fault.inputs([&a, &b]), here()));
        }
        Ok(&inputs[0] + &inputs[1])
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "add",
    load: load::<Add>,
    sample: || {
        sample_input()
            .dense(3)
            .add(&sample_input().named("y").tanh())
    },
};
