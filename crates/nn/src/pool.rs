//! The settings of pools.
use crate::window::{PaddingData, Sizes, printed, spatial};
use bouton_tensor::{Error, Fault, Padding, Result, Tensor, here};
use serde::{Deserialize, Serialize};

/// The settings of [`Model::max_pool`](crate::Model::max_pool) and [`Model::avg_pool`](crate::Model::avg_pool): windows side by
/// side and no padding, unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    window: Sizes,
    /// `None`: the window's.
    stride: Option<Sizes>,
    #[serde(with = "PaddingData")]
    padding: Padding,
}

impl Pool {
    /// Windows of this size: `[2, 3]`, or `2` along all spatial axes.
    pub fn new(window: impl Into<Sizes>) -> Pool {
        Pool {
            window: window.into(),
            stride: None,
            padding: Padding::Valid,
        }
    }

    /// The distance from one window to the next, where it is not the window's size.
    pub fn stride(self, stride: impl Into<Sizes>) -> Pool {
        Pool {
            stride: Some(stride.into()),
            ..self
        }
    }

    /// So much around the input that it keeps its size, divided by the stride.
    pub fn same(self) -> Pool {
        self.padding(Padding::Same)
    }

    /// What lies around the input: nothing in a maximum, zeros in a mean.
    pub fn padding(self, padding: Padding) -> Pool {
        Pool { padding, ..self }
    }

    /// The window, and what is unusual.
    pub(crate) fn shown(&self) -> Vec<(&'static str, String)> {
        let mut options = vec![("window", self.window.to_string())];
        if let Some(stride) = &self.stride {
            options.push(("stride", stride.to_string()));
        }
        if self.padding != Padding::Valid {
            options.push(("padding", printed(&self.padding)));
        }
        options
    }
}

impl From<usize> for Pool {
    fn from(window: usize) -> Pool {
        Pool::new(window)
    }
}

impl<const N: usize> From<[usize; N]> for Pool {
    fn from(window: [usize; N]) -> Pool {
        Pool::new(window)
    }
}

impl Pool {
    /// The layer called `layer` with these settings; `fold` moves the window.
    ///
    /// # Errors
    /// An input without spatial axes, sizes for another number of axes, a window that does not fit.
    pub(crate) fn run(
        &self,
        layer: &str,
        x: &Tensor,
        fold: impl Fn(&Tensor, &bouton_tensor::Pool) -> Tensor,
    ) -> Result<Tensor> {
        let axes = spatial(layer, x)?;
        let ty = x.ty()?;
        let fault = |fault: Fault| Error::new(layer, fault.inputs([&ty]), here());
        let window = self.window.each("window", axes).map_err(fault)?;
        let stride = self.stride.as_ref().unwrap_or(&self.window);
        let moves = bouton_tensor::Pool::new(&window[..])
            .stride(stride.each("stride", axes).map_err(fault)?)
            .padding(self.padding.clone());
        Ok(fold(x, &moves))
    }
}
