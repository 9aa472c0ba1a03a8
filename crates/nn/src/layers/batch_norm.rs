//! Each channel brought to mean 0 and variance 1 over the batch, then scaled and shifted.
use super::{Entry, layer_norm, load, sample_input, to_data};
use crate::{Layer, Model, Scope, init};
use bouton_tensor::{DType, Error, Fault, Result, Tensor, Type, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// `(x - mean) / sqrt(variance + epsilon) * gamma + beta` for each channel: `.batch_norm()`, or
    /// `.layer(BatchNorm::new().momentum(0.9))`. Ioffe and Szegedy, <https://arxiv.org/abs/1502.03167>.
    ///
    /// In training, mean and variance are the batch's, over every axis but the last; in prediction they are running
    /// ones, the layer's state: after each step `running = momentum * running + (1 - momentum) * batch`, flushed to zero
    /// below 2^-126. Both variances are a population's: the sum of squares is divided by `n`.
    ///
    /// # Shapes
    /// `[batch, .., channels] -> [batch, .., channels]`; parameters `gamma`, ones at first, and `beta`, zeros; state `mean`,
    /// zeros at first, and `variance`, ones; all `[channels]`.
    ///
    /// # Types
    /// Under a precision policy it is computed in the output's type; the state is never narrower than `f32`.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, BatchNorm, Dim, Model};
    /// use bouton_tensor::{random, tensor};
    /// let network = Model::input("x", [Batch, Dim(1)]).layer(BatchNorm::new().momentum(0.5)).build()?;
    /// let params = network.init(&random::key(0));
    /// let (y, state) = network.train(&params, tensor![[3.0], [7.0]], &random::key(1));
    /// assert_eq!(y.to_vec::<f32>()?, [-0.9999988, 0.9999988]);
    /// assert_eq!(format!("{state:?}"), r#"{"batch_norm_0.mean": f32[1] [2.5], "batch_norm_0.variance": f32[1] [2.5]}"#);
    /// let z = network.predict(&params.merge(&state)?, tensor![[2.5]]);
    /// assert_eq!(z.item()?, 0.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Flax's `BatchNorm` with its momentum of 0.99. PyTorch's momentum is one minus ours, and its running variance a
    /// sample's, divided by `n - 1`. Axon's default of 0.1 in the same formula forgets nearly everything with each step.
    #[track_caller]
    pub fn batch_norm(&self) -> Model {
        self.layer(BatchNorm::new())
    }
}

/// The settings of [`Model::batch_norm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    epsilon: f64,
    momentum: f64,
}

impl BatchNorm {
    /// An epsilon of 1e-5 and a momentum of 0.99.
    pub fn new() -> BatchNorm {
        BatchNorm {
            epsilon: 1e-5,
            momentum: 0.99,
        }
    }

    /// What is added to the variance, so that a channel of equal numbers is not divided by zero.
    pub fn epsilon(self, epsilon: f64) -> BatchNorm {
        BatchNorm { epsilon, ..self }
    }

    /// How much of the running mean and variance each step keeps, from 0 to 1.
    pub fn momentum(self, momentum: f64) -> BatchNorm {
        BatchNorm { momentum, ..self }
    }
}

impl Default for BatchNorm {
    fn default() -> BatchNorm {
        BatchNorm::new()
    }
}

impl Layer for BatchNorm {
    fn kind(&self) -> &str {
        "batch_norm"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        let usual = BatchNorm::new();
        let pairs = [
            ("epsilon", self.epsilon, usual.epsilon),
            ("momentum", self.momentum, usual.momentum),
        ];
        let unusual = pairs.into_iter().filter(|(_, value, usual)| value != usual);
        unusual
            .map(|(name, value, _)| (name, format!("{value:?}")))
            .collect()
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        let width = layer_norm::check(self.kind(), self.epsilon, x)?;
        let ty = x.ty()?;
        let refused = |fault: Fault| Err(Error::new("batch_norm", fault.inputs([&ty]), here()));
        if !(0.0..=1.0).contains(&self.momentum) {
            let rule = format!("the momentum must be from 0 to 1, not {:?}", self.momentum);
            return refused(Fault::value(rule));
        }
        if ty.rank() < 2 {
            let rule = "the input must have a batch axis and, last, an axis of channels";
            return refused(Fault::shape(rule));
        }
        let (gamma, beta) = layer_norm::scale_and_shift(scope, width);
        let running = [
            ("mean", scope.state("mean", [width], init::zeros())),
            ("variance", scope.state("variance", [width], init::ones())),
        ];
        let [mean, variance] = if scope.is_training() {
            let batch = moments(x, &ty, width);
            for ((name, old), new) in running.iter().zip(&batch) {
                scope.keep(name, &moved(old, new, self.momentum)?)?;
            }
            batch
        } else {
            running.map(|(_, value)| value)
        };
        Ok(layer_norm::normalized(x, mean, variance, self.epsilon) * gamma + beta)
    }

    fn is_delicate(&self) -> bool {
        true
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

/// Mean and variance of each channel, in one pass over the input.
///
/// Of `d = x - shift` they are `shift + mean(d)` and `mean(d^2) - mean(d)^2`, whatever the shift: with the mean of some
/// rows there is little to cancel, however far from zero the numbers are, unless those rows lie far from all others.
fn moments(x: &Tensor, ty: &Type, width: usize) -> [Tensor; 2] {
    let rows = ty.shape.size() / width.max(1);
    if rows == 0 {
        let others: Vec<usize> = (0..ty.rank() - 1).collect();
        return [x.mean_axes(&others), x.variance_axes(&others, 0)];
    }
    let wide = match ty.dtype {
        DType::F64 => DType::F64,
        _ => DType::F32,
    };
    let number = |n: f64| Tensor::full(wide, [], n);
    let x = x.convert(wide).reshape([rows, width]);
    let some = rows.min(16);
    let shift = x.slice_axis(0, ..some).stop_gradient().mean_axes(0);
    let d = x - &shift;
    let mean = d.sum_axes(0) / number(rows as f64);
    let square = (&d * &d).sum_axes(0) / number(rows as f64);
    let variance = (square - &mean * &mean).maximum(number(0.0));
    [shift + mean, variance].map(|t| t.convert(ty.dtype))
}

/// `momentum * old + (1 - momentum) * new` in the type of `old`, zero where that is denormal.
fn moved(old: &Tensor, new: &Tensor, momentum: f64) -> Result<Tensor> {
    let dtype = old.dtype()?;
    let number = |x: f64| Tensor::full(dtype, [], x);
    let next = number(momentum) * old + number(1.0 - momentum) * new.convert(dtype);
    let smallest = match dtype {
        DType::F64 => f64::MIN_POSITIVE,
        _ => f64::from(f32::MIN_POSITIVE),
    };
    Ok(next.abs().lt(number(smallest)).select(number(0.0), next))
}

pub(crate) const ENTRY: Entry = Entry {
    name: "batch_norm",
    load: load::<BatchNorm>,
    sample: || sample_input().layer(BatchNorm::new().momentum(0.9)),
};
