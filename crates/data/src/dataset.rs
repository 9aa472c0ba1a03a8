//! Examples with their labels, held as bytes: what a published or built-in set is once it is in memory.

use std::fmt;
use std::ops::{Bound, Range, RangeBounds};
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::idx::Idx;

/// The two halves of a dataset: one to train with, one that training never sees.
#[derive(Clone, Debug)]
pub struct Splits {
    /// The examples to train with.
    pub train: Dataset,
    /// The examples to test with.
    pub test: Dataset,
    /// Whether every file is byte for byte the one that the authors published. False for a drop-in replacement in the same
    /// form, and for generated sets.
    pub published: bool,
}

/// Images of unsigned bytes and their labels, in file order.
///
/// A clone and a slice share the data. Images stay bytes until a batch is made of them.
#[derive(Clone)]
pub struct Dataset {
    held: Arc<Held>,
    range: Range<usize>,
    shape: Vec<usize>,
}

struct Held {
    name: String,
    images: Vec<u8>,
    labels: Vec<u8>,
    image_shape: Vec<usize>,
    classes: Vec<String>,
}

/// What a [`Dataset`] is made of.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The name that messages use.
    pub name: String,
    /// All images, one after the other, row-major.
    pub images: Vec<u8>,
    /// The shape of one image.
    pub image_shape: Vec<usize>,
    /// One label per image.
    pub labels: Vec<u8>,
    /// The names of the classes, by label.
    pub classes: Vec<String>,
}

impl Dataset {
    /// Puts a dataset together.
    ///
    /// # Errors
    /// `Argument`: a dataset must hold at least one example; there must be as many bytes as the labels and the shape of an
    /// image say; every label must be below the number of classes.
    #[track_caller]
    pub fn new(parts: Parts) -> Result<Dataset> {
        let place = Location::caller();
        let bad = |rule: String| {
            let error = Error::new(Kind::Argument, format!("dataset {:?}: {rule}", parts.name));
            Err(error.at(place))
        };
        let count = parts.labels.len();
        if count == 0 {
            return bad("must hold at least 1 example; it holds 0".into());
        }
        let volume = volume(&parts.image_shape);
        if volume == Some(0) {
            return bad(format!(
                "an image must hold at least 1 byte; its shape is {:?}",
                parts.image_shape
            ));
        }
        if volume.and_then(|v| v.checked_mul(count)) != Some(parts.images.len()) {
            return bad(format!(
                "{count} images of shape {:?} must fill the images' bytes exactly; there are {}",
                parts.image_shape,
                parts.images.len()
            ));
        }
        if let Some((i, &label)) = beyond(&parts.labels, parts.classes.len()) {
            return bad(format!(
                "a label must be below the number of classes, {}; label {i} is {label}",
                parts.classes.len()
            ));
        }
        Ok(Dataset {
            range: 0..count,
            shape: vec![parts.images.len() / count],
            held: Arc::new(Held {
                name: parts.name,
                images: parts.images,
                labels: parts.labels,
                image_shape: parts.image_shape,
                classes: parts.classes,
            }),
        })
    }

    /// Reads images and labels of any set from two IDX files, raw or gzipped; `classes` names the labels 0, 1, and so on.
    ///
    /// # Errors
    /// As [`Idx::read`] and [`Dataset::new`]; `Format`: images must have 2 axes or more, labels 1.
    #[track_caller]
    pub fn from_idx(
        images: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        classes: &[&str],
    ) -> Result<Dataset> {
        let path = images.as_ref();
        let name = path.file_stem().unwrap_or(path.as_os_str());
        let images = Idx::read(path)?;
        let labels = Idx::read(labels)?;
        if images.dims().len() < 2 || labels.dims().len() != 1 {
            return Err(Error::new(
                Kind::Format,
                "from_idx: images must have 2 axes or more and labels 1",
            )
            .fact("images", format!("{:?}", images.dims()))
            .fact("labels", format!("{:?}", labels.dims()))
            .at(Location::caller()));
        }
        Dataset::new(Parts {
            name: name.to_string_lossy().into_owned(),
            image_shape: images.dims()[1..].to_vec(),
            images: images.into_bytes(),
            labels: labels.into_bytes(),
            classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        })
    }

    /// The name that messages use, such as `MNIST train`.
    pub fn name(&self) -> &str {
        &self.held.name
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Always false: an empty dataset cannot be made.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The shape of one image as it was published, such as `[28, 28]`.
    pub fn image_shape(&self) -> &[usize] {
        &self.held.image_shape
    }

    /// The shape that one image has in a batch: flat, such as `[784]`, unless [`Dataset::reshape`] chose another.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The names of the classes, by label.
    pub fn classes(&self) -> &[String] {
        &self.held.classes
    }

    /// The bytes of all images, one after the other, row-major.
    pub fn images(&self) -> &[u8] {
        let size = self.image_size();
        &self.held.images[self.range.start * size..self.range.end * size]
    }

    /// The bytes of one image; `None` beyond the last.
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        self.images().chunks_exact(self.image_size()).nth(index)
    }

    /// The labels, one a byte.
    pub fn labels(&self) -> &[u8] {
        &self.held.labels[self.range.clone()]
    }

    /// Some of the examples, in the same order, sharing the data: `slice(0..50_000)`.
    ///
    /// # Errors
    /// `Argument`: the range must hold at least one example and end within the dataset.
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<Dataset> {
        let range = match within(range, self.len()) {
            Ok(range) => range,
            Err(found) => {
                let rule = "the range must hold at least 1 example and end within the dataset";
                let error = Error::new(Kind::Argument, format!("slice({found}): {rule}"));
                return Err(error
                    .fact("dataset", format!("{self:?}"))
                    .at(Location::caller()));
            }
        };
        let start = self.range.start;
        Ok(Dataset {
            held: Arc::clone(&self.held),
            range: start + range.start..start + range.end,
            shape: self.shape.clone(),
        })
    }

    /// The same examples, each image given the shape `dims` in batches: `reshape([28, 28, 1])` for a convolution.
    ///
    /// # Errors
    /// `Argument`: the shape must hold as many elements as an image has bytes.
    #[track_caller]
    pub fn reshape(&self, dims: impl Into<Vec<usize>>) -> Result<Dataset> {
        let shape = dims.into();
        if volume(&shape) != Some(self.image_size()) {
            return Err(Error::new(
                Kind::Argument,
                format!(
                    "reshape({shape:?}): the shape must hold as many elements as an image has bytes, {}",
                    self.image_size()
                ),
            )
            .fact("image", format!("u8{:?}", self.held.image_shape))
            .at(Location::caller()));
        }
        Ok(Dataset {
            shape,
            ..self.clone()
        })
    }

    /// Bytes in one image.
    pub(crate) fn image_size(&self) -> usize {
        self.held.images.len() / self.held.labels.len()
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} examples, images u8{:?}, {} classes",
            self.name(),
            self.len(),
            self.image_shape(),
            self.classes().len()
        )
    }
}

/// The first label that is not below `classes`, with its position.
pub(crate) fn beyond(labels: &[u8], classes: usize) -> Option<(usize, &u8)> {
    labels
        .iter()
        .enumerate()
        .find(|&(_, &label)| usize::from(label) >= classes)
}

/// `range` with its ends made plain, if it is not empty and ends within `len`; else the range in words.
pub(crate) fn within(
    range: impl RangeBounds<usize>,
    len: usize,
) -> std::result::Result<Range<usize>, String> {
    let start = match range.start_bound() {
        Bound::Included(&n) => Some(n),
        Bound::Excluded(&n) => n.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match range.end_bound() {
        Bound::Included(&n) => n.checked_add(1),
        Bound::Excluded(&n) => Some(n),
        Bound::Unbounded => Some(len),
    };
    match (start, end) {
        (Some(start), Some(end)) if start < end && end <= len => Ok(start..end),
        (start, end) => {
            let word = |n: Option<usize>| n.map_or("beyond".to_owned(), |n| n.to_string());
            Err(format!("{}..{}", word(start), word(end)))
        }
    }
}

fn volume(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
}
