//! Each row brought to mean 0 and variance 1, then scaled and shifted.
use super::{Entry, load, sample_input, to_data};
use crate::{Layer, Model, Scope, init};
use bouton_tensor::{Error, Fault, Result, Tensor, here, keep};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with mean and variance over the last axis of each example:
    /// `.layer_norm()`, or `.layer(LayerNorm::new().epsilon(1e-6))`. Ba et al., <https://arxiv.org/abs/1607.06450>.
    ///
    /// The variance is that of a population: the sum of squares is divided by `n`.
    ///
    /// # Shapes
    /// `[.., n] -> [.., n]`; parameters `gamma` `[n]`, ones at first, and `beta` `[n]`, zeros.
    ///
    /// # Types
    /// Under a precision policy it is computed in the output's type.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Dim, Model};
    /// use bouton_tensor::{random, tensor};
    /// let network = Model::input("x", [Batch, Dim(2)]).layer_norm().build()?;
    /// let y = network.predict(&network.init(&random::key(0)), tensor![[3.0, 7.0]]);
    /// assert_eq!(y.to_vec::<f32>()?, [-0.9999988, 0.9999988]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// PyTorch's `LayerNorm`; Axon's, but for its `gamma`, which starts Glorot-uniform there.
    #[track_caller]
    pub fn layer_norm(&self) -> Model {
        self.layer(LayerNorm::new())
    }
}

/// The settings of [`Model::layer_norm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    epsilon: f64,
}

impl LayerNorm {
    /// An epsilon of 1e-5.
    pub fn new() -> LayerNorm {
        LayerNorm { epsilon: 1e-5 }
    }

    /// What is added to the variance, so that a row of equal numbers is not divided by zero.
    pub fn epsilon(self, epsilon: f64) -> LayerNorm {
        LayerNorm { epsilon }
    }
}

impl Default for LayerNorm {
    fn default() -> LayerNorm {
        LayerNorm::new()
    }
}

impl Layer for LayerNorm {
    fn kind(&self) -> &str {
        "layer_norm"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        match *self == LayerNorm::new() {
            true => vec![],
            false => vec![("epsilon", format!("{:?}", self.epsilon))],
        }
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        let width = check(self.kind(), self.epsilon, x)?;
        let (gamma, beta) = scale_and_shift(scope, width);
        let (mean, variance) = (x.mean_axes(keep(-1)), x.variance_axes(keep(-1), 0));
        Ok(normalized(x, mean, variance, self.epsilon) * gamma + beta)
    }

    fn is_delicate(&self) -> bool {
        true
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

/// The size of the last axis of what is to be normalised.
///
/// # Errors
/// An epsilon that is not a number of at least 0; an input without axes, or not of floats.
pub(super) fn check(layer: &str, epsilon: f64, x: &Tensor) -> Result<usize> {
    let ty = x.ty()?;
    let refused = |fault: Fault| Err(Error::new(layer, fault.inputs([&ty]), here()));
    if !epsilon.is_finite() || epsilon < 0.0 {
        let rule = format!("epsilon must be a finite number of at least 0, not {epsilon:?}");
        return refused(Fault::value(rule));
    }
    if !ty.dtype.is_float() {
        let rule = format!("only floats can be normalised, not {}", ty.dtype);
        return refused(Fault::dtype(rule));
    }
    match ty.shape.last() {
        Some(&width) => Ok(width),
        None => refused(Fault::shape("the input must have at least one axis")),
    }
}

/// The parameters `gamma` and `beta`.
#[track_caller]
pub(super) fn scale_and_shift(scope: &mut Scope, width: usize) -> (Tensor, Tensor) {
    (
        scope.parameter("gamma", [width], init::ones()),
        scope.parameter("beta", [width], init::zeros()),
    )
}

/// `(x - mean) / sqrt(variance + epsilon)`.
#[track_caller]
pub(super) fn normalized(x: &Tensor, mean: Tensor, variance: Tensor, epsilon: f64) -> Tensor {
    match variance.dtype() {
        Ok(dtype) => (x - mean) * (variance + Tensor::full(dtype, [], epsilon)).rsqrt(),
        Err(_) => variance,
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "layer_norm",
    load: load::<LayerNorm>,
    sample: || sample_input().layer(LayerNorm::new().epsilon(1e-3)),
};
