//! The transpose of a convolution: every element puts a weighted window into the output.
use super::{Entry, conv::Conv, load, to_data};
use crate::{Batch, Layer, Model, Scope};
use bouton_tensor::{Result, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// A convolution of the input spread out by the stride, channels last: `.conv_transpose(Conv::new(32, [3, 3]).stride(2).same())`.
    /// The settings are those of [`Model::conv`]; the kernel is not turned.
    ///
    /// # Shapes
    /// `[batch, spatial.., channels] -> [batch, spatial.., filters]`; parameters `kernel` `[window.., channels, filters]` and
    /// `bias` `[filters]`. A spatial axis of `n` becomes `n * stride` with padding same, and everything that is touched
    /// without.
    ///
    /// # Errors
    /// As [`Model::conv`]; there are no groups.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Conv, Model};
    /// let model = Model::input("x", (Batch, 7, 7, 16)).conv_transpose(Conv::new(8, [3, 3]).stride(2).same());
    /// assert_eq!(model.build()?.output_type(1).to_string(), "f32[1, 14, 14, 8]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// JAX's `conv_transpose`, Axon's layer of that name.
    #[track_caller]
    pub fn conv_transpose(&self, settings: Conv) -> Model {
        self.layer(ConvTranspose { settings })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConvTranspose {
    settings: Conv,
}

impl Layer for ConvTranspose {
    fn kind(&self) -> &str {
        "conv_transpose"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        self.settings.shown()
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let settings = self.settings.ungrouped(self.kind(), &inputs[0])?;
        settings.run(self.kind(), scope, &inputs[0], |x, kernel, moves| {
            x.conv_transpose(kernel, moves)
        })
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "conv_transpose",
    load: load::<ConvTranspose>,
    sample: || Model::input("x", (Batch, 3, 2, 2)).conv_transpose(Conv::new(3, 3).stride(2).same()),
};
