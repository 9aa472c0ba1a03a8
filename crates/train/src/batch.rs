//! Every batch before the step takes it: read, evaluated, and looked at.
use crate::{Error, ErrorKind, Result, measures::Measures};
use bouton_nn::{Axis, Network, Params};
use bouton_tensor::{Array, Place, Tensor, Type, blame};

/// A batch that the step may take.
pub(crate) struct Batch {
    pub(crate) x: Array,
    pub(crate) y: Array,
    pub(crate) examples: usize,
}

/// Reads batches and refuses those that do not fit: shapes once for each type, values every time.
pub(crate) struct Inspector {
    network: Network,
    measures: Measures,
    place: Place,
    axis: Option<usize>,
    /// The types of inputs seen, and of the predictions that they give.
    known: Vec<(Type, Type)>,
}

impl Inspector {
    pub(crate) fn new(network: Network, measures: Measures, place: Place) -> Inspector {
        let axis = batch_axis(&network);
        Inspector {
            network,
            measures,
            place,
            axis,
            known: vec![],
        }
    }

    /// `first` of an epoch, predictions are looked at too; `params` is asked for what they are made with.
    ///
    /// # Errors
    /// Data that cannot be read, no examples, an input that contradicts the model's shape, targets or predictions that
    /// the loss refuses.
    pub(crate) fn read(
        &mut self,
        item: bouton_data::Result<(Tensor, Tensor)>,
        first: bool,
        params: impl FnOnce() -> Params,
    ) -> Result<Batch> {
        let (x, y) = item?;
        let (x, y) = (x.into_array()?, y.into_array()?);
        let examples = examples(self.axis, x.shape());
        if examples == 0 {
            return Err(
                Error::new(ErrorKind::Batch, "a batch must hold at least one example")
                    .given(format!("input: {}", x.ty()))
                    .given(format!("target: {}", y.ty()))
                    .at(self.place),
            );
        }
        let known = self.known.iter().position(|(input, _)| input == x.ty());
        let (at, forward) = match known {
            Some(at) if !first => (at, None),
            _ => {
                let input = Tensor::from_array(x.clone());
                let forward = blame(self.place, || self.network.forward(&params(), &input, None));
                let predictions = forward.output.ty()?;
                let at = known.unwrap_or_else(|| {
                    self.known.push((x.ty().clone(), predictions));
                    self.known.len() - 1
                });
                (at, Some(forward))
            }
        };
        if let Some(loss) = self.measures.loss() {
            blame(self.place, || loss.check_targets(&y, &self.known[at].1))?;
        }
        if let Some(forward) = forward.filter(|_| first) {
            self.measures.check_predictions(&forward, self.place)?;
        }
        Ok(Batch { x, y, examples })
    }
}

/// The batch axis of the first input, if it has one.
pub(crate) fn batch_axis(network: &Network) -> Option<usize> {
    network
        .inputs()
        .first()
        .and_then(|(_, axes)| axes.iter().position(|axis| *axis == Axis::Batch))
}

/// The size of the batch axis; an input without one is a single example.
pub(crate) fn examples(axis: Option<usize>, shape: &[usize]) -> usize {
    axis.and_then(|axis| shape.get(axis).copied()).unwrap_or(1)
}
