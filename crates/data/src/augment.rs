//! Changes made to images as they are read: flips, and what the user thinks of.

use std::fmt;
use std::sync::Arc;

use crate::draws::Draws;
use crate::error::{Error, Kind, Result};

/// A random change of images, for [`Batches::augment`](crate::Batches::augment).
///
/// What is drawn is a pure function of the seed, the epoch and the position of the image in the epoch: a run that is resumed, or
/// read by any number of threads, sees the same images.
///
/// # Example
/// ```
/// use bouton_data::{Augmentation, digits};
/// let digits = digits(100, 10, 42)?;
/// let flipped = digits.train.batches(32).shuffle(42).augment(Augmentation::left_right(7));
/// // One's own: some noise in every pixel.
/// let noisy = flipped.augment(Augmentation::new(8, |image, draws| {
///     image.bytes_mut().iter_mut().for_each(|byte| *byte = byte.saturating_add(draws.below(10) as u8));
///     Ok(())
/// }));
/// assert_eq!(noisy.len(), 4);
/// # Ok::<(), bouton_data::Error>(())
/// ```
#[derive(Clone)]
pub struct Augmentation {
    seed: u64,
    each: Each,
    once: bool,
    change: Arc<Change>,
    /// How many axes an image must have.
    axes: usize,
}

type Change = dyn Fn(&mut Image<'_>, &mut Draws) -> Result<()> + Send + Sync;

/// What is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Each {
    Image,
    Batch,
}

/// An image that is being changed.
#[derive(Debug)]
pub struct Image<'a> {
    bytes: &'a mut [u8],
    shape: &'a [usize],
}

impl Augmentation {
    /// Any change: `change` is called for every image with random numbers of its own.
    pub fn new(
        seed: u64,
        change: impl Fn(&mut Image<'_>, &mut Draws) -> Result<()> + Send + Sync + 'static,
    ) -> Augmentation {
        Augmentation {
            seed,
            each: Each::Image,
            once: false,
            change: Arc::new(change),
            axes: 0,
        }
    }

    /// Swaps left and right with probability 1/2: columns are reversed.
    pub fn left_right(seed: u64) -> Augmentation {
        Augmentation::flip(seed, 1)
    }

    /// Swaps up and down with probability 1/2: rows are reversed.
    pub fn upside_down(seed: u64) -> Augmentation {
        Augmentation::flip(seed, 0)
    }

    fn flip(seed: u64, axis: usize) -> Augmentation {
        let change = move |image: &mut Image<'_>, draws: &mut Draws| match draws.chance(0.5) {
            true => image.reverse(axis),
            false => Ok(()),
        };
        Augmentation {
            axes: axis + 1,
            ..Augmentation::new(seed, change)
        }
    }

    /// Draws the same for all images of a batch: its number takes the place of the position.
    pub fn whole_batches(self) -> Augmentation {
        Augmentation {
            each: Each::Batch,
            ..self
        }
    }

    /// Draws the same in every epoch.
    pub fn once(self) -> Augmentation {
        Augmentation { once: true, ..self }
    }

    /// Changes the images of a batch, which lie one after the other; `index` tells apart the augmentations of one pass.
    pub(crate) fn apply(&self, index: usize, batch: &mut Batch<'_>) -> Result<()> {
        let epoch = if self.once { 0 } else { batch.epoch };
        let size = batch.shape.iter().product::<usize>().max(1);
        for (i, bytes) in batch.bytes.chunks_exact_mut(size).enumerate() {
            let place = match self.each {
                Each::Image => batch.start + i,
                Each::Batch => batch.number,
            };
            let words = [self.seed, index as u64, epoch, place as u64];
            let shape = batch.shape;
            (self.change)(&mut Image { bytes, shape }, &mut Draws::keyed(&words))?;
        }
        Ok(())
    }

    /// # Errors
    /// Images without the axis that is reversed.
    pub(crate) fn check(&self, shape: &[usize]) -> Result<()> {
        if shape.len() < self.axes {
            let rule = format!("augment: images must have {} axes to be flipped", self.axes);
            return Err(Error::new(Kind::Argument, rule).fact("image", format!("u8{shape:?}")));
        }
        Ok(())
    }
}

/// The images of a batch before they become numbers.
pub(crate) struct Batch<'a> {
    pub(crate) bytes: &'a mut [u8],
    /// Of one image, as it was published.
    pub(crate) shape: &'a [usize],
    pub(crate) epoch: u64,
    pub(crate) number: usize,
    /// The position of its first image in the epoch.
    pub(crate) start: usize,
}

impl Image<'_> {
    /// Rows, columns, and channels where there are any.
    pub fn shape(&self) -> &[usize] {
        self.shape
    }

    /// The pixels, row-major.
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// The pixels, to be written to.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// Reverses the order along an axis: 0 for rows, 1 for columns.
    ///
    /// # Errors
    /// `Argument`: the axis must exist.
    pub fn reverse(&mut self, axis: usize) -> Result<()> {
        let Some(&count) = self.shape.get(axis) else {
            let rule = format!("reverse({axis}): the image must have that axis");
            let shape = format!("u8{:?}", self.shape);
            return Err(Error::new(Kind::Argument, rule).fact("image", shape));
        };
        let inner: usize = self.shape[axis + 1..].iter().product();
        for block in self.bytes.chunks_exact_mut((count * inner).max(1)) {
            for i in 0..count / 2 {
                let (low, high) = block.split_at_mut((count - 1 - i) * inner);
                low[i * inner..][..inner].swap_with_slice(&mut high[..inner]);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Augmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Augmentation")
            .field("seed", &self.seed)
            .field("each", &self.each)
            .field("once", &self.once)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: &[usize], axis: usize, expected: &[u8]) {
        let mut bytes: Vec<u8> = (0..expected.len() as u8).collect();
        let mut image = Image {
            bytes: &mut bytes,
            shape,
        };
        image.reverse(axis).unwrap();
        assert_eq!(image.bytes(), expected);
    }

    #[test]
    fn axes_are_reversed() {
        check(&[2, 3], 0, &[3, 4, 5, 0, 1, 2]);
        check(&[2, 3], 1, &[2, 1, 0, 5, 4, 3]);
        check(&[3, 1, 2], 0, &[4, 5, 2, 3, 0, 1]);
        check(&[1, 3, 2], 1, &[4, 5, 2, 3, 0, 1]);
        check(&[0, 3], 0, &[]);
        check(&[2, 2, 2], 2, &[1, 0, 3, 2, 5, 4, 7, 6]);
    }

    #[test]
    fn an_axis_that_is_not_there() {
        let mut bytes = [1, 2];
        let (bytes, shape) = (&mut bytes[..], &[2][..]);
        let e = Image { bytes, shape }.reverse(1).unwrap_err();
        assert_eq!(
            e.to_string(),
            "reverse(1): the image must have that axis\n  image: u8[2]"
        );
    }
}
