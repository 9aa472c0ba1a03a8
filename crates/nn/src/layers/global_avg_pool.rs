//! The mean of each channel.
use super::{Entry, load, to_data};
use crate::{Batch, Layer, Model, Scope, window::spatial};
use bouton_tensor::{Result, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// The mean of each channel over all positions.
    ///
    /// # Shapes
    /// `[batch, spatial.., channels] -> [batch, channels]`.
    ///
    /// # Errors
    /// There must be at least one spatial axis.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Model};
    /// use bouton_tensor::{random, tensor};
    /// let network = Model::input("x", (Batch, 3, 1)).global_avg_pool().build()?;
    /// let y = network.predict(&network.init(&random::key(0)), tensor![[[1.0], [2.0], [6.0]]]);
    /// assert_eq!(y.item()?, 3.0);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn global_avg_pool(&self) -> Model {
        self.layer(GlobalAvgPool {})
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GlobalAvgPool {}

impl Layer for GlobalAvgPool {
    fn kind(&self) -> &str {
        "global_avg_pool"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let spatial = spatial(self.kind(), &inputs[0])?;
        let axes: Vec<usize> = (1..=spatial).collect();
        Ok(inputs[0].mean_axes(axes))
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "global_avg_pool",
    load: load::<GlobalAvgPool>,
    sample: || Model::input("x", (Batch, 3, 2, 4)).global_avg_pool(),
};
