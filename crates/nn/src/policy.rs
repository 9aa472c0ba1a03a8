//! Mixed precision: which element types parameters, arithmetic and output have.
use bouton_tensor::{DType, Tensor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// The element types of a model: of its parameters, of its arithmetic and of its output.
///
/// Every layer converts its floating-point inputs and parameters to `compute`; the last one's output becomes
/// `output`. Softmax and log-softmax compute in `output`. Integers are left alone.
///
/// ```
/// use bouton_nn::Policy;
/// assert_eq!(Policy::bf16().to_string(), "params: f32, compute: bf16, output: f32");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The type that parameters are kept and updated in.
    #[serde(with = "name")]
    pub params: DType,
    /// The type that layers compute in.
    #[serde(with = "name")]
    pub compute: DType,
    /// The type of the model's output.
    #[serde(with = "name")]
    pub output: DType,
}

impl Policy {
    /// Everything `f32`.
    pub fn f32() -> Policy {
        Policy::all(DType::F32)
    }

    /// Arithmetic and activations in `bf16`, parameters and output in `f32`.
    pub fn bf16() -> Policy {
        Policy {
            compute: DType::BF16,
            ..Policy::f32()
        }
    }

    /// Everything of one type.
    pub fn all(dtype: DType) -> Policy {
        Policy {
            params: dtype,
            compute: dtype,
            output: dtype,
        }
    }

    /// The first part that is not a float, and its type.
    pub(crate) fn not_float(&self) -> Option<(&'static str, DType)> {
        let parts = [
            ("params", self.params),
            ("compute", self.compute),
            ("output", self.output),
        ];
        parts.into_iter().find(|(_, dtype)| !dtype.is_float())
    }
}

/// `x` in `dtype` if it is a float.
pub(crate) fn cast(x: &Tensor, dtype: DType) -> Tensor {
    match x.dtype() {
        Ok(d) if d.is_float() => x.convert(dtype),
        _ => x.clone(),
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Policy {
            params,
            compute,
            output,
        } = self;
        write!(f, "params: {params}, compute: {compute}, output: {output}")
    }
}

/// An element type as its name.
pub(crate) mod name {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(dtype: &DType, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(dtype.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<DType, D::Error> {
        let name = String::deserialize(d)?;
        DType::parse(&name)
            .ok_or_else(|| D::Error::custom(format!("{name:?} is not an element type")))
    }
}
