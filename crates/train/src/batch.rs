//! One batch as the step takes it: evaluated, with its number of examples.
use crate::{Error, ErrorKind, Result};
use bouton_nn::{Axis, Network};
use bouton_tensor::{Array, Place, Tensor};

/// A batch, read.
pub(crate) struct Batch {
    pub(crate) x: Array,
    pub(crate) y: Array,
    pub(crate) examples: usize,
}

impl Batch {
    /// # Errors
    /// Data that cannot be read, a tensor that carries an error, no examples.
    pub(crate) fn read(item: bouton_data::Result<(Tensor, Tensor)>, network: &Network, place: Place) -> Result<Batch> {
        let (x, y) = item?;
        let (x, y) = (x.into_array()?, y.into_array()?);
        let examples = examples(network, x.shape());
        if examples == 0 {
            return Err(Error::new(ErrorKind::Batch, "a batch must hold at least one example")
                .given(format!("input: {}", x.ty()))
                .given(format!("target: {}", y.ty()))
                .at(place));
        }
        Ok(Batch { x, y, examples })
    }
}

/// The size of the input's batch axis; an input without one is a single example.
pub(crate) fn examples(network: &Network, shape: &[usize]) -> usize {
    network.batch_axis().and_then(|axis| shape.get(axis).copied()).unwrap_or(1)
}
