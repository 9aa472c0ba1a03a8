//! The largest value under a window, wherever it moves.
use super::{Entry, load, to_data};
use crate::{Batch, Layer, Model, Pool, Scope};
use bouton_tensor::{Result, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// The largest value of each channel under each window: `.max_pool(2)`, or `.max_pool(Pool::new([3, 3]).stride(2).same())`.
    /// Windows lie side by side unless the settings say otherwise; what is left at the end of an axis is left out.
    ///
    /// # Shapes
    /// `[batch, spatial.., channels] -> [batch, spatial.., channels]`. A spatial axis of `n` becomes `ceil(n / stride)` with
    /// padding same, and `ceil((n - window + 1) / stride)` without.
    ///
    /// # Errors
    /// The input must have a channel axis and at least one spatial one; the window must fit.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Model};
    /// use bouton_tensor::{random, tensor};
    /// let network = Model::input("x", (Batch, 5, 1)).max_pool(2).build()?;
    /// let x = tensor![[[1.0], [3.0], [5.0], [4.0], [9.0]]];
    /// let y = network.predict(&network.init(&random::key(0)), x);
    /// assert_eq!(y.to_vec::<f32>()?, [3.0, 5.0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's.
    #[track_caller]
    pub fn max_pool(&self, settings: impl Into<Pool>) -> Model {
        self.layer(MaxPool(settings.into()))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct MaxPool(Pool);

impl Layer for MaxPool {
    fn kind(&self) -> &str {
        "max_pool"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        self.0.shown()
    }

    fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        self.0
            .run(self.kind(), &inputs[0], |x, moves| x.max_pool(moves))
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "max_pool",
    load: load::<MaxPool>,
    sample: || Model::input("x", (Batch, 5, 4, 2)).max_pool(Pool::new([3, 2]).stride(2).same()),
};
