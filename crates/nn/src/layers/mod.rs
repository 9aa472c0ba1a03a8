//! The layers, one file each, and their table.
use crate::{Batch, Dim, Layer, Model, Probabilities, Scope};
use bouton_tensor::{Result, Tensor};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt::Debug, sync::Arc};

pub mod add;
pub mod avg_pool;
pub mod batch_norm;
pub mod concatenate;
pub mod conv;
pub mod conv_transpose;
pub mod custom;
pub mod dense;
pub mod depthwise_conv;
pub mod dropout;
pub mod elu;
pub mod embedding;
pub mod flatten;
pub mod gelu;
pub mod global_avg_pool;
pub mod global_max_pool;
pub mod layer_norm;
pub mod leaky_relu;
pub mod log_softmax;
pub mod max_pool;
pub mod relu;
pub mod self_attention;
pub mod sigmoid;
pub mod silu;
pub mod softmax;
pub mod softplus;
pub mod tanh;

/// A layer in the table.
pub struct Entry {
    /// Its kind, and its file's name.
    pub name: &'static str,
    /// The layer of these settings, as [`Layer::to_data`] gives them.
    pub load: fn(Value) -> serde_json::Result<Arc<dyn Layer>>,
    /// A model with the layer at its end.
    pub sample: fn() -> Model,
}

/// Every layer, in the order of the files.
pub const TABLE: &[Entry] = &[
    add::ENTRY,
    avg_pool::ENTRY,
    batch_norm::ENTRY,
    concatenate::ENTRY,
    conv::ENTRY,
    conv_transpose::ENTRY,
    custom::ENTRY,
    dense::ENTRY,
    depthwise_conv::ENTRY,
    dropout::ENTRY,
    elu::ENTRY,
    embedding::ENTRY,
    flatten::ENTRY,
    gelu::ENTRY,
    global_avg_pool::ENTRY,
    global_max_pool::ENTRY,
    layer_norm::ENTRY,
    leaky_relu::ENTRY,
    log_softmax::ENTRY,
    max_pool::ENTRY,
    relu::ENTRY,
    self_attention::ENTRY,
    sigmoid::ENTRY,
    silu::ENTRY,
    softmax::ENTRY,
    softplus::ENTRY,
    tanh::ENTRY,
];

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

/// The layer of type `L` with these settings.
pub(crate) fn load<L: Layer + DeserializeOwned>(
    settings: Value,
) -> serde_json::Result<Arc<dyn Layer>> {
    Ok(Arc::new(serde_json::from_value::<L>(settings)?))
}

/// The settings of a layer as data.
pub(crate) fn to_data(layer: &impl Serialize) -> Option<Value> {
    serde_json::to_value(layer).ok()
}

/// What samples begin with.
pub(crate) fn sample_input() -> Model {
    Model::input("x", [Batch, Dim(3)])
}

/// A layer that computes each element, or each row, without parameters.
pub(crate) trait Activation:
    Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    const NAME: &'static str;
    const DELICATE: bool = false;
    const PROBABILITIES: Option<Probabilities> = None;
    fn options(&self) -> Vec<(&'static str, String)> {
        vec![]
    }
    fn apply(&self, x: &Tensor) -> Tensor;
}

impl<A: Activation> Layer for A {
    fn kind(&self) -> &str {
        A::NAME
    }
    fn options(&self) -> Vec<(&'static str, String)> {
        Activation::options(self)
    }
    fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        Ok(Activation::apply(self, &inputs[0]))
    }
    fn is_delicate(&self) -> bool {
        A::DELICATE
    }
    fn probabilities(&self) -> Option<Probabilities> {
        A::PROBABILITIES
    }
    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

/// The entry of an activation; `method` puts it on a model.
pub(crate) const fn activation<A: Activation>(sample: fn() -> Model) -> Entry {
    Entry {
        name: A::NAME,
        load: load::<A>,
        sample,
    }
}
