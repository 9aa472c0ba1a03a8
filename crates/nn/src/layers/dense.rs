//! Every output a weighted sum of all inputs.
use super::{Entry, load, sample_input, to_data};
use crate::{Initializer, Layer, Model, Scope, init};
use bouton_tensor::{Error, Fault, Result, Tensor, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// `x kernel + bias` along the last axis: `.dense(128)` or `.dense(Dense::new(128).no_bias())`.
    ///
    /// # Shapes
    /// `[.., n] -> [.., units]`; parameters `kernel` `[n, units]` and `bias` `[units]`.
    #[track_caller]
    pub fn dense(&self, settings: impl Into<Dense>) -> Model {
        self.layer(settings.into())
    }
}

/// The settings of [`Model::dense`]: a Glorot-uniform kernel and a bias of zeros unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    units: usize,
    kernel: Initializer,
    /// `None`: no bias.
    bias: Option<Initializer>,
}

impl Dense {
    /// As many outputs as `units`.
    pub fn new(units: usize) -> Dense {
        Dense {
            units,
            kernel: init::glorot_uniform(),
            bias: Some(init::zeros()),
        }
    }

    /// Without a bias.
    pub fn no_bias(self) -> Dense {
        Dense { bias: None, ..self }
    }

    /// How the kernel starts.
    pub fn kernel(self, initializer: Initializer) -> Dense {
        Dense {
            kernel: initializer,
            ..self
        }
    }

    /// How the bias starts.
    pub fn bias(self, initializer: Initializer) -> Dense {
        Dense {
            bias: Some(initializer),
            ..self
        }
    }
}

impl From<usize> for Dense {
    fn from(units: usize) -> Dense {
        Dense::new(units)
    }
}

impl Layer for Dense {
    fn kind(&self) -> &str {
        "dense"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        let usual = Dense::new(self.units);
        let mut options = vec![];
        if self.kernel != usual.kernel {
            options.push(("kernel", self.kernel.to_string()));
        }
        match &self.bias {
            None => options.push(("bias", "none".to_string())),
            Some(bias) if self.bias != usual.bias => options.push(("bias", bias.to_string())),
            Some(_) => {}
        }
        options
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        let ty = x.ty()?;
        let refused = |fault: Fault| Err(Error::new("dense", fault.inputs([&ty]), here()));
        let Some(&width) = ty.shape.last() else {
            return refused(Fault::shape("the input must have at least one axis"));
        };
        if self.units == 0 {
            return refused(Fault::value("there must be at least one unit"));
        }
        let y = x.matmul(scope.parameter("kernel", [width, self.units], self.kernel.clone()));
        Ok(match &self.bias {
            Some(initializer) => y + scope.parameter("bias", [self.units], initializer.clone()),
            None => y,
        })
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "dense",
    load: load::<Dense>,
    sample: || {
        sample_input().dense(
            Dense::new(4)
                .kernel(init::he_normal())
                .bias(init::full(0.5)),
        )
    },
};
