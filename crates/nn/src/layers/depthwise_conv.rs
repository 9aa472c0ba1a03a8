//! A convolution of each channel on its own.
use super::{Entry, conv::Conv, load, to_data};
use crate::{Batch, Layer, Model, Scope};
use bouton_tensor::{Result, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// A convolution with as many groups as there are channels: `.depthwise_conv(Conv::new(1, [3, 3]).same())`. The settings
    /// are those of [`Model::conv`]; their number of filters is for each channel.
    ///
    /// # Shapes
    /// `[batch, spatial.., channels] -> [batch, spatial.., channels * filters]`; parameters `kernel` `[window.., 1,
    /// channels * filters]` and `bias` `[channels * filters]`.
    ///
    /// # Errors
    /// As [`Model::conv`]; groups follow from the channels.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Conv, Model};
    /// let model = Model::input("x", (Batch, 7, 7, 16)).depthwise_conv(Conv::new(2, [3, 3]));
    /// assert_eq!(model.build()?.output_type(1).to_string(), "f32[1, 5, 5, 32]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's.
    #[track_caller]
    pub fn depthwise_conv(&self, settings: Conv) -> Model {
        self.layer(DepthwiseConv { settings })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DepthwiseConv {
    settings: Conv,
}

impl Layer for DepthwiseConv {
    fn kind(&self) -> &str {
        "depthwise_conv"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        self.settings.shown()
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        let settings = self.settings.ungrouped(self.kind(), x)?;
        let channels = x.shape()?.last().copied().unwrap_or(0);
        settings
            .each_channel(channels)
            .run(self.kind(), scope, x, |x, kernel, moves| {
                x.conv(kernel, moves)
            })
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "depthwise_conv",
    load: load::<DepthwiseConv>,
    sample: || Model::input("x", (Batch, 3, 4, 2)).depthwise_conv(Conv::new(2, [2, 3])),
};
