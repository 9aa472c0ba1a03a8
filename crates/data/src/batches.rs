//! Batches of a dataset as tensors: images in 0..1 and targets, in file order or shuffled anew each epoch.

use std::fmt;
use std::panic::Location;

use bouton_tensor::{Array, DType, Shape, Tensor, Type};

use crate::augment::{self, Augmentation};
use crate::data::{Data, Epoch};
use crate::dataset::Dataset;
use crate::draws::shuffled;
use crate::error::{Error, Kind, Result};

/// A dataset cut into batches.
///
/// Reading an epoch gives pairs of tensors:
/// - images `f32[batch, 784]`, each byte divided by 255; other shapes by [`Dataset::reshape`];
/// - targets `f32[batch, classes]`, one-hot; after [`Batches::sparse`] the labels themselves, `i32[batch]`.
///
/// The last batch of an epoch is smaller where the batch size does not divide the number of examples. A mistake in the settings is kept
/// and comes out as the first item of an epoch.
///
/// # Example
/// ```
/// let digits = bouton_data::digits(100, 10, 42)?;
/// let batches = digits.train.batches(64).shuffle(42);
/// let shapes: Result<Vec<_>, _> = batches.iter().map(|b| Ok(b?.0.dims::<2>()?)).collect();
/// assert_eq!(shapes.map_err(|e: Box<dyn std::error::Error>| e)?, [[64, 784], [36, 784]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Batches {
    data: Dataset,
    size: usize,
    seed: Option<u64>,
    whole: bool,
    sparse: bool,
    augmentations: Vec<Augmentation>,
    fault: Option<Error>,
}

impl Dataset {
    /// The dataset in batches of `size` examples.
    ///
    /// # Errors
    /// `Argument`, when an epoch is read: a batch must hold at least one example.
    #[track_caller]
    pub fn batches(&self, size: usize) -> Batches {
        let place = Location::caller();
        let fault = (size == 0).then(|| {
            let rule = "batches(0): a batch must hold at least 1 example";
            Error::new(Kind::Argument, rule)
                .fact("dataset", format!("{self:?}"))
                .at(place)
        });
        Batches {
            data: self.clone(),
            size,
            seed: None,
            whole: false,
            sparse: false,
            augmentations: vec![],
            fault,
        }
    }
}

impl Batches {
    /// Reads the examples in another order each epoch. The order is a pure function of the seed, the epoch and the position: the same on
    /// every machine, for any batch size.
    pub fn shuffle(self, seed: u64) -> Batches {
        Batches {
            seed: Some(seed),
            ..self
        }
    }

    /// Leaves out the last batch of an epoch where it is smaller than the others.
    ///
    /// # Errors
    /// `Argument`, when an epoch is read: at least one batch must be left.
    #[track_caller]
    pub fn drop_last(mut self) -> Batches {
        self.whole = true;
        if self.fault.is_none() && self.data.len() < self.size {
            let rule = format!(
                "drop_last: at least one batch of {} examples must be left",
                self.size
            );
            let error =
                Error::new(Kind::Argument, rule).fact("dataset", format!("{:?}", self.data));
            self.fault = Some(error.at(Location::caller()));
        }
        self
    }

    /// Gives the labels themselves as targets, `i32[batch]`, for losses that take them so.
    pub fn sparse(self) -> Batches {
        Batches {
            sparse: true,
            ..self
        }
    }

    /// Changes images at random as they are read; several changes are made in the order in which they are given. What is drawn is a
    /// pure function of the change's seed, the epoch and the position.
    ///
    /// # Errors
    /// `Argument`, when an epoch is read: a flip needs the axis that it reverses.
    #[track_caller]
    pub fn augment(mut self, augmentation: Augmentation) -> Batches {
        if let Err(e) = augmentation.check(self.data.image_shape())
            && self.fault.is_none()
        {
            let e = e.fact("dataset", format!("{:?}", self.data));
            self.fault = Some(e.at(Location::caller()));
        }
        self.augmentations.push(augmentation);
        self
    }

    /// The number of batches in an epoch.
    pub fn len(&self) -> usize {
        match (self.size, self.whole) {
            (0, _) => 0,
            (size, true) => self.data.len() / size,
            (size, false) => self.data.len().div_ceil(size),
        }
    }

    /// Whether an epoch has no batches, which only a mistake in the settings brings about.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The dataset that is read.
    pub fn dataset(&self) -> &Dataset {
        &self.data
    }

    /// The batches of epoch 0.
    pub fn iter(&self) -> Iter<'_> {
        self.iter_epoch(0)
    }

    /// The batches of an epoch, counted from 0. Skipping batches costs nothing: a run that is resumed begins in the middle.
    pub fn iter_epoch(&self, epoch: u64) -> Iter<'_> {
        Iter {
            batches: self,
            epoch,
            order: self.seed.map(|seed| shuffled(seed, epoch, self.data.len())),
            next: 0,
            gathered: Vec::new(),
        }
    }

    fn batch(
        &self,
        (epoch, number): (u64, usize),
        order: Option<&[usize]>,
        gathered: &mut Vec<u8>,
    ) -> Result<(Tensor, Tensor)> {
        let start = number * self.size;
        let end = self.data.len().min(start + self.size);
        let images = self.data.images();
        let size = self.data.image_size();
        let labels = self.data.labels();
        let in_file_order = &images[start * size..end * size];
        if order.is_none() && self.augmentations.is_empty() {
            let images = self.images(end - start, in_file_order)?;
            return Ok((images, self.targets(&labels[start..end])?));
        }
        // Copied together first: rows from everywhere in memory arrive twice as fast as when they are converted one by one.
        gathered.clear();
        match order {
            Some(order) => order[start..end]
                .iter()
                .for_each(|&place| gathered.extend_from_slice(&images[place * size..][..size])),
            None => gathered.extend_from_slice(in_file_order),
        }
        for (index, augmentation) in self.augmentations.iter().enumerate() {
            let (bytes, shape) = (&mut gathered[..], self.data.image_shape());
            let mut batch = augment::Batch {
                bytes,
                shape,
                epoch,
                number,
                start,
            };
            augmentation.apply(index, &mut batch)?;
        }
        let images = self.images(end - start, gathered)?;
        gathered.clear();
        match order {
            Some(order) => gathered.extend(order[start..end].iter().map(|&place| labels[place])),
            None => gathered.extend_from_slice(&labels[start..end]),
        }
        Ok((images, self.targets(gathered)?))
    }

    fn images(&self, count: usize, bytes: &[u8]) -> Result<Tensor> {
        let mut array = space(DType::F32, [&[count], self.data.shape()].concat())?;
        for (x, &byte) in array.slice_mut::<f32>().iter_mut().zip(bytes) {
            *x = unit(byte);
        }
        Ok(Tensor::from_array(array))
    }

    fn targets(&self, labels: &[u8]) -> Result<Tensor> {
        if self.sparse {
            let mut array = space(DType::I32, vec![labels.len()])?;
            for (target, &label) in array.slice_mut::<i32>().iter_mut().zip(labels) {
                *target = i32::from(label);
            }
            return Ok(Tensor::from_array(array));
        }
        let classes = self.data.classes().len();
        let mut array = space(DType::F32, vec![labels.len(), classes])?;
        let rows = array.slice_mut::<f32>().chunks_exact_mut(classes);
        for (row, &label) in rows.zip(labels) {
            row.fill(0.0);
            row[usize::from(label)] = 1.0;
        }
        Ok(Tensor::from_array(array))
    }
}

impl Data for Batches {
    fn epoch(&self, epoch: u64) -> Epoch<'_> {
        Box::new(self.iter_epoch(epoch))
    }

    fn name(&self) -> Option<String> {
        Some(self.data.name().to_owned())
    }

    fn batches_per_epoch(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl Data for &Batches {
    fn epoch(&self, epoch: u64) -> Epoch<'_> {
        Box::new(self.iter_epoch(epoch))
    }

    fn name(&self) -> Option<String> {
        Some(self.data.name().to_owned())
    }

    fn batches_per_epoch(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl<'a> IntoIterator for &'a Batches {
    type Item = Result<(Tensor, Tensor)>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            return fmt::Debug::fmt(fault, f);
        }
        write!(
            f,
            "{} batches of {} from {:?}",
            self.len(),
            self.size,
            self.data
        )
    }
}

/// The batches of one epoch.
#[derive(Debug)]
pub struct Iter<'a> {
    batches: &'a Batches,
    epoch: u64,
    order: Option<Vec<usize>>,
    next: usize,
    gathered: Vec<u8>,
}

impl Iterator for Iter<'_> {
    type Item = Result<(Tensor, Tensor)>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next;
        self.next = number.saturating_add(1);
        if let Some(fault) = &self.batches.fault {
            return (number == 0).then(|| Err(fault.clone()));
        }
        if number >= self.batches.len() {
            return None;
        }
        let batch = self.batches.batch(
            (self.epoch, number),
            self.order.as_deref(),
            &mut self.gathered,
        );
        if batch.is_err() {
            self.next = usize::MAX;
        }
        Some(batch)
    }

    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        if self.batches.fault.is_none() {
            self.next = self.next.saturating_add(n);
        }
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = match &self.batches.fault {
            Some(_) => 1,
            None => self.batches.len(),
        };
        let left = len.saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// Memory of the right size and any content, every element of which the caller writes.
fn space(dtype: DType, shape: Vec<usize>) -> Result<Array> {
    let ty = Type::new(dtype, Shape::from(shape));
    match ty.shape.checked_size(dtype) {
        Ok(_) => Ok(Array::scratch(&ty)),
        Err(e) => Err(Error::new(Kind::Tensor, format!("batches: {e}")).caused_by(e)),
    }
}

/// `byte / 255`, correctly rounded for every byte (a test says so), without a division.
fn unit(byte: u8) -> f32 {
    // 1/255 in two parts: a byte times the first, of 16 bits, is exact.
    const HIGH: f32 = f32::from_bits((1.0f32 / 255.0).to_bits() & 0xffff_0000);
    const LOW: f32 = (1.0 / 255.0 - HIGH as f64) as f32;
    let byte = f32::from(byte);
    byte * HIGH + byte * LOW
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_byte_is_divided_by_255() {
        for byte in 0..=255 {
            assert_eq!(super::unit(byte), f32::from(byte) / 255.0);
        }
    }
}
