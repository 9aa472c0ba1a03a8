//! Every filter a weighted sum of what lies under a window, wherever it moves.
use super::{Entry, load, to_data};
use crate::{
    Batch, Initializer, Layer, Model, Scope, init,
    window::{PaddingData, Sizes, printed, spatial},
};
use bouton_tensor::{Error, Fault, Padding, Result, Tensor, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// A convolution over any number of spatial axes, channels last: `.conv(Conv::new(32, [3, 3]).same())`.
    ///
    /// # Shapes
    /// `[batch, spatial.., channels] -> [batch, spatial.., filters]`; parameters `kernel` `[window.., channels / groups,
    /// filters]` and `bias` `[filters]`. A spatial axis of `n` becomes `ceil(n / stride)` with padding same, and
    /// `ceil((n - span + 1) / stride)` without, where the window spans `(window - 1) * dilation + 1`.
    ///
    /// # Errors
    /// The input must have a channel axis and at least one spatial one; groups must divide channels and filters; the window
    /// must fit.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Conv, Model};
    /// let model = Model::input("images", (Batch, 28, 28, 1))
    ///     .conv(Conv::new(32, [3, 3]).same()).relu();
    /// assert_eq!(model.build()?.output_type(5).to_string(), "f32[5, 28, 28, 32]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's `conv` with channels last; the kernel's axes are in JAX's order.
    #[track_caller]
    pub fn conv(&self, settings: Conv) -> Model {
        self.layer(settings)
    }
}

/// The settings of [`Model::conv`]: single steps, no padding, a Glorot-uniform kernel and a bias of zeros unless they say
/// otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    filters: usize,
    window: Sizes,
    stride: Sizes,
    #[serde(with = "PaddingData")]
    padding: Padding,
    dilation: Sizes,
    groups: usize,
    kernel: Initializer,
    /// `None`: no bias.
    bias: Option<Initializer>,
    /// Never by Winograd's algorithm.
    #[serde(default)]
    direct: bool,
}

impl Conv {
    /// So many filters, each as large as `window`: `[3, 3]`, or `3` along all spatial axes.
    pub fn new(filters: usize, window: impl Into<Sizes>) -> Conv {
        Conv {
            filters,
            window: window.into(),
            stride: 1.into(),
            padding: Padding::Valid,
            dilation: 1.into(),
            groups: 1,
            kernel: init::glorot_uniform(),
            bias: Some(init::zeros()),
            direct: false,
        }
    }

    /// The distance from one position of the window to the next.
    pub fn stride(self, stride: impl Into<Sizes>) -> Conv {
        Conv {
            stride: stride.into(),
            ..self
        }
    }

    /// Zeros around the input, so that it keeps its size, divided by the stride: `padding(Padding::Same)`.
    pub fn same(self) -> Conv {
        self.padding(Padding::Same)
    }

    /// Zeros around the input.
    pub fn padding(self, padding: Padding) -> Conv {
        Conv { padding, ..self }
    }

    /// The distance between neighbours in the window.
    pub fn dilation(self, dilation: impl Into<Sizes>) -> Conv {
        Conv {
            dilation: dilation.into(),
            ..self
        }
    }

    /// Into how many groups channels and filters are divided: filters see the channels of their own group.
    pub fn groups(self, groups: usize) -> Conv {
        Conv { groups, ..self }
    }

    /// Whether it may go by Winograd's algorithm: see [`bouton_tensor::Conv::winograd`].
    pub fn winograd(self, winograd: bool) -> Conv {
        let direct = !winograd;
        Conv { direct, ..self }
    }

    /// Without a bias.
    pub fn no_bias(self) -> Conv {
        Conv { bias: None, ..self }
    }

    /// How the kernel starts.
    pub fn kernel(self, initializer: Initializer) -> Conv {
        Conv {
            kernel: initializer,
            ..self
        }
    }

    /// How the bias starts.
    pub fn bias(self, initializer: Initializer) -> Conv {
        Conv {
            bias: Some(initializer),
            ..self
        }
    }

    /// The settings, which must not have groups.
    pub(super) fn ungrouped(&self, layer: &str, x: &Tensor) -> Result<&Conv> {
        if self.groups != 1 {
            let fault = Fault::value("the settings must not have groups");
            return Err(Error::new(layer, fault.inputs([&x.ty()?]), here()));
        }
        Ok(self)
    }

    /// As many groups as channels, each with these filters.
    pub(super) fn each_channel(&self, channels: usize) -> Conv {
        let filters = self.filters.saturating_mul(channels);
        let settings = self.clone().groups(channels);
        Conv {
            filters,
            ..settings
        }
    }

    /// What is unusual about them, the window first.
    pub(super) fn shown(&self) -> Vec<(&'static str, String)> {
        let mut options = vec![("window", self.window.to_string())];
        if !self.stride.is_one() {
            options.push(("stride", self.stride.to_string()));
        }
        if self.padding != Padding::Valid {
            options.push(("padding", printed(&self.padding)));
        }
        if !self.dilation.is_one() {
            options.push(("dilation", self.dilation.to_string()));
        }
        if self.groups != 1 {
            options.push(("groups", self.groups.to_string()));
        }
        if self.kernel != init::glorot_uniform() {
            options.push(("kernel", self.kernel.to_string()));
        }
        match &self.bias {
            None => options.push(("bias", "none".to_string())),
            Some(bias) if *bias != init::zeros() => options.push(("bias", bias.to_string())),
            Some(_) => {}
        }
        if self.direct {
            options.push(("winograd", "no".to_string()));
        }
        options
    }

    /// The layer called `layer` with these settings; `turn` puts kernel and input together.
    pub(super) fn run(
        &self,
        layer: &str,
        scope: &mut Scope,
        x: &Tensor,
        turn: impl Fn(&Tensor, &Tensor, &bouton_tensor::Conv) -> Tensor,
    ) -> Result<Tensor> {
        let axes = spatial(layer, x)?;
        let ty = x.ty()?;
        let fault = |fault: Fault| Error::new(layer, fault.inputs([&ty]), here());
        let sizes = |what, sizes: &Sizes| sizes.each(what, axes).map_err(fault);
        let window = sizes("window", &self.window)?;
        let (stride, dilation) = (
            sizes("stride", &self.stride)?,
            sizes("dilation", &self.dilation)?,
        );
        let (channels, filters, groups) = (ty.shape[axes + 1], self.filters, self.groups);
        if filters == 0 {
            return Err(fault(Fault::value("there must be at least one filter")));
        }
        if groups == 0 || channels % groups != 0 || filters % groups != 0 {
            return Err(fault(Fault::value(format!(
                "groups must divide channels and filters; {groups} do not divide {channels} and {filters}"
            ))));
        }
        let shape = [&window[..], &[channels / groups, filters]].concat();
        let kernel = scope.parameter("kernel", shape, self.kernel.clone());
        let moves = bouton_tensor::Conv::new()
            .stride(stride)
            .padding(self.padding.clone())
            .dilation(dilation)
            .groups(groups)
            .winograd(!self.direct);
        let y = turn(x, &kernel, &moves);
        Ok(match &self.bias {
            Some(initializer) => y + scope.parameter("bias", [filters], initializer.clone()),
            None => y,
        })
    }
}

impl Layer for Conv {
    fn kind(&self) -> &str {
        "conv"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        self.shown()
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        self.run("conv", scope, &inputs[0], |x, kernel, moves| {
            x.conv(kernel, moves)
        })
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "conv",
    load: load::<Conv>,
    sample: || {
        let settings = Conv::new(4, [3, 2]).stride(2).same().groups(2);
        Model::input("x", (Batch, 5, 4, 2)).conv(settings.bias(init::full(0.5)))
    },
};
