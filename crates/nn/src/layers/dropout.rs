//! Elements dropped at random in training.
use super::{Entry, load, sample_input, to_data};
use crate::{Layer, Model, Scope};
use bouton_tensor::{Error, Fault, Result, Tensor, here, random};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// In training, each element is zero with probability `rate` and otherwise divided by `1 - rate`; in prediction,
    /// the input. Srivastava et al., JMLR 15, 2014.
    ///
    /// Which elements are dropped follows from the key of the step and the layer's name alone.
    #[track_caller]
    pub fn dropout(&self, rate: f64) -> Model {
        self.layer(Dropout { rate })
    }
}

/// The settings of [`Model::dropout`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    rate: f64,
}

impl Layer for Dropout {
    fn kind(&self) -> &str {
        "dropout"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![("rate", format!("{:?}", self.rate))]
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        if !(0.0..1.0).contains(&self.rate) {
            let fault = Fault::value(format!(
                "the rate must be at least 0 and below 1, not {:?}",
                self.rate
            ));
            return Err(Error::new("dropout", fault, here()));
        }
        if !scope.is_training() || self.rate == 0.0 {
            return Ok(x.clone());
        }
        let (ty, kept) = (x.ty()?, 1.0 - self.rate);
        if !ty.dtype.is_float() {
            let fault = Fault::dtype(format!("only floats can be dropped out, not {}", ty.dtype));
            return Err(Error::new("dropout", fault.inputs([&ty]), here()));
        }
        let number = |value: f64| Tensor::full(ty.dtype, [], value);
        let mask = random::bernoulli(&scope.key()?, kept, &ty.shape);
        Ok(mask.select(x * number(1.0 / kept), number(0.0)))
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "dropout",
    load: load::<Dropout>,
    sample: || sample_input().dropout(0.5),
};
