//! Models as immutable values: layers, initializers, losses, metrics, displays, model files.
//!
//! A [`Model`] is a graph of layers. [`Model::build`] makes it a [`Network`] of plain functions over [`Params`], which
//! may be called inside `jit`, `grad` and the like.
//!
//! ```
//! use bouton_nn::{Batch, Dim, Model};
//! use bouton_tensor::{DType, Tensor, random};
//!
//! let model = Model::input("images", [Batch, Dim(784)]).dense(128).relu().dense(10).softmax();
//! assert_eq!(model.to_string(), "Model { inputs: images [batch, 784], output: softmax_0 [batch, 10], nodes: 5 }");
//!
//! let network = model.build()?;
//! let params = network.init(&random::key(42));
//! let probabilities = network.predict(&params, Tensor::zeros(DType::F32, [3, 784]));
//! assert_eq!(probabilities.dims()?, [3, 10]);
//! # Ok::<(), bouton_tensor::Error>(())
//! ```

mod axis;
mod display;
pub mod file;
pub mod init;
mod inputs;
mod keyed;
mod layer;
pub mod layers;
mod loss;
pub mod losses;
mod metric;
pub mod metrics;
mod model;
mod network;
mod params;
mod plan;
mod policy;
mod pool;
mod run;
mod scope;
mod targets;
mod window;

pub use axis::{
    Axis::{self, Batch, Dim},
    Template,
};
pub use file::{FileError, FileErrorKind, ModelFile};
pub use init::Initializer;
pub use inputs::Inputs;
pub use layer::{Layer, Probabilities};
pub use layers::{
    batch_norm::BatchNorm, conv::Conv, dense::Dense, dropout::Dropout, embedding::Embedding,
    layer_norm::LayerNorm, self_attention::SelfAttention,
};
pub use loss::{Loss, LossRule};
pub use metric::{Metric, MetricRule, Score};
pub use model::Model;
pub use network::{Forward, Network, State};
pub use params::{Name, Params};
pub use policy::Policy;
pub use pool::Pool;
pub use scope::Scope;
pub use window::Sizes;
