//! Values that parameters start with.
use bouton_tensor::{DType, Shape, Tensor, Type, random};
use serde::{Deserialize, Serialize};
use std::{f64::consts::SQRT_2, fmt};

/// How a parameter starts: data, so that a model with it can be saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Initializer {
    /// All zeros.
    Zeros,
    /// All ones.
    Ones,
    /// All this number.
    Full(f64),
    /// Uniform between minus and plus `scale`.
    Uniform {
        /// The bound.
        scale: f64,
    },
    /// Normal.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
    },
    /// Random with a variance that keeps the scale of what flows through the layer.
    VarianceScaling {
        /// The printed name, such as `glorot_uniform`.
        name: String,
        /// The variance is this over the fan.
        scale: f64,
        /// Which fan.
        mode: Fan,
        /// From which distribution.
        distribution: Distribution,
    },
}

/// The number of connections that a variance is scaled by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fan {
    /// Inputs of a unit.
    In,
    /// Outputs of a unit.
    Out,
    /// The mean of both.
    Average,
}

/// The distribution of random values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Uniform between two bounds.
    Uniform,
    /// Normal, drawn again beyond two standard deviations; widened so that the variance is kept.
    TruncatedNormal,
}

/// All zeros.
pub fn zeros() -> Initializer {
    Initializer::Zeros
}

/// All ones.
pub fn ones() -> Initializer {
    Initializer::Ones
}

/// All `value`.
pub fn full(value: f64) -> Initializer {
    Initializer::Full(value)
}

/// Uniform over `-scale <= x < scale`.
pub fn uniform(scale: f64) -> Initializer {
    Initializer::Uniform { scale }
}

/// Normal with this mean and standard deviation.
pub fn normal(mean: f64, deviation: f64) -> Initializer {
    Initializer::Normal { mean, deviation }
}

/// Uniform with variance `2 / (fan_in + fan_out)`: what [`Dense`](crate::Dense) starts with. Glorot and Bengio,
/// AISTATS 2010.
pub fn glorot_uniform() -> Initializer {
    variance_scaling("glorot_uniform", 1.0, Fan::Average, Distribution::Uniform)
}

/// Truncated normal with variance `2 / (fan_in + fan_out)`.
pub fn glorot_normal() -> Initializer {
    variance_scaling(
        "glorot_normal",
        1.0,
        Fan::Average,
        Distribution::TruncatedNormal,
    )
}

/// Uniform with variance `2 / fan_in`, for layers before a relu. He et al., <https://arxiv.org/abs/1502.01852>.
pub fn he_uniform() -> Initializer {
    variance_scaling("he_uniform", 2.0, Fan::In, Distribution::Uniform)
}

/// Truncated normal with variance `2 / fan_in`.
pub fn he_normal() -> Initializer {
    variance_scaling("he_normal", 2.0, Fan::In, Distribution::TruncatedNormal)
}

/// Uniform with variance `1 / fan_in`. LeCun et al., Efficient BackProp, 1998.
pub fn lecun_uniform() -> Initializer {
    variance_scaling("lecun_uniform", 1.0, Fan::In, Distribution::Uniform)
}

/// Truncated normal with variance `1 / fan_in`.
pub fn lecun_normal() -> Initializer {
    variance_scaling("lecun_normal", 1.0, Fan::In, Distribution::TruncatedNormal)
}

/// Random with variance `scale / fan`. The fans of `[.., in, out]` are `in` and `out`, each times the sizes before
/// them; those of a vector its length; those of a scalar 1. JAX's `variance_scaling`.
pub fn variance_scaling(
    name: &str,
    scale: f64,
    mode: Fan,
    distribution: Distribution,
) -> Initializer {
    Initializer::VarianceScaling {
        name: name.to_string(),
        scale,
        mode,
        distribution,
    }
}

impl Initializer {
    /// A value of this type from this key.
    #[track_caller]
    pub fn draw(&self, key: &Tensor, ty: &Type) -> Tensor {
        let Type { dtype, shape } = ty;
        match self {
            Initializer::Zeros => Tensor::zeros(*dtype, shape),
            Initializer::Ones => Tensor::ones(*dtype, shape),
            Initializer::Full(value) => Tensor::full(*dtype, shape, *value),
            Initializer::Uniform { scale } => {
                random::uniform_in(key, *dtype, shape, -scale..*scale)
            }
            Initializer::Normal { mean, deviation } => {
                let number = |x: f64| Tensor::full(*dtype, [], x);
                number(*mean) + number(*deviation) * random::normal(key, *dtype, shape)
            }
            Initializer::VarianceScaling {
                scale,
                mode,
                distribution,
                ..
            } => {
                let variance = scale / fan(shape, *mode).max(1.0);
                match distribution {
                    Distribution::Uniform => {
                        let bound = (3.0 * variance).sqrt();
                        random::uniform_in(key, *dtype, shape, -bound..bound)
                    }
                    Distribution::TruncatedNormal => truncated_normal(key, *dtype, shape, variance),
                }
            }
        }
    }
}

fn fan(shape: &Shape, mode: Fan) -> f64 {
    let (fan_in, fan_out) = match shape.dims() {
        [] => (1.0, 1.0),
        [n] => (*n as f64, *n as f64),
        [field @ .., n, m] => {
            let field: f64 = field.iter().map(|&d| d as f64).product();
            (field * *n as f64, field * *m as f64)
        }
    };
    match mode {
        Fan::In => fan_in,
        Fan::Out => fan_out,
        Fan::Average => (fan_in + fan_out) / 2.0,
    }
}

/// The standard deviation of a standard normal variable within -2..2.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

/// erf(sqrt 2): the share of a normal variable within two standard deviations.
const WITHIN_TWO: f64 = 0.954_499_736_103_641_6;

/// The inverse of the distribution function at uniform numbers, as JAX draws it.
fn truncated_normal(key: &Tensor, dtype: DType, shape: &Shape, variance: f64) -> Tensor {
    let number = |x: f64| Tensor::full(dtype, [], x);
    let even = random::uniform_in(key, dtype, shape, -WITHIN_TWO..WITHIN_TWO);
    let standard = (number(SQRT_2) * even.erf_inv())
        .maximum(number(-2.0))
        .minimum(number(2.0));
    number(variance.sqrt() / TRUNCATED_DEVIATION) * standard
}

impl fmt::Display for Initializer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Initializer::Zeros => f.write_str("zeros"),
            Initializer::Ones => f.write_str("ones"),
            Initializer::Full(value) => write!(f, "full({value:?})"),
            Initializer::Uniform { scale } => write!(f, "uniform({scale:?})"),
            Initializer::Normal { mean, deviation } => write!(f, "normal({mean:?}, {deviation:?})"),
            Initializer::VarianceScaling { name, .. } => f.write_str(name),
        }
    }
}
