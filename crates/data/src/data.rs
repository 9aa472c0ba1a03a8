//! What training reads: anything that gives batches of (input, target), epoch after epoch.

use bouton_tensor::Tensor;

use crate::error::Result;

/// The batches of one epoch, in order.
pub type Epoch<'a> = Box<dyn Iterator<Item = Result<(Tensor, Tensor)>> + 'a>;

/// A source of batches that can be read once per epoch.
///
/// Every `Clone + IntoIterator` of `(Tensor, Tensor)` is one and gives the same batches each epoch: a `Vec`, an array, or an iterator
/// that can be cloned. [`Batches`](crate::Batches) gives another order each epoch if it shuffles.
///
/// # Example
/// ```
/// use bouton_data::Data;
/// use bouton_tensor::Tensor;
///
/// let batch = (Tensor::new([[1.0f32, 2.0]]), Tensor::new([[3.0f32]]));
/// let data = vec![batch.clone(), batch];
/// assert_eq!(Data::batches_per_epoch(&data), Some(2));
/// assert_eq!(data.epoch(7).count(), 2);
/// ```
pub trait Data {
    /// The batches of an epoch, counted from 0. The same epoch always gives the same batches in the same order.
    ///
    /// The iterator ends after its first error.
    fn epoch(&self, epoch: u64) -> Epoch<'_>;

    /// What the data is called, to be written down with what was trained on it.
    fn name(&self) -> Option<String> {
        None
    }

    /// How many batches an epoch has, where that is known before it is read.
    fn batches_per_epoch(&self) -> Option<usize> {
        None
    }
}

impl<T> Data for T
where
    T: Clone + IntoIterator<Item = (Tensor, Tensor)>,
{
    fn epoch(&self, _: u64) -> Epoch<'_> {
        Box::new(self.clone().into_iter().map(Ok))
    }

    fn batches_per_epoch(&self) -> Option<usize> {
        let (least, most) = self.clone().into_iter().size_hint();
        most.filter(|&most| most == least)
    }
}
