//! Datasets, downloads and batches.
//!
//! A dataset is loaded by its name ([`mnist`], [`fashion_mnist`]) or made ([`digits`]); it gives a [`Dataset`] of bytes for
//! training and one for testing. Published files are looked for where `BOUTON_DATA` points, else in the user's cache folder, into which
//! they are downloaded once.

mod augment;
mod batches;
mod cache;
mod checksum;
mod data;
mod dataset;
mod digits;
#[cfg(feature = "download")]
mod download;
mod draws;
mod error;
mod fashion_mnist;
mod idx;
mod load;
mod mnist;
mod source;
#[cfg(feature = "download")]
mod transfer;

pub use augment::{Augmentation, Image};
pub use batches::{Batches, Iter};
pub use cache::{folder as cache_folder, provided as provided_folder};
pub use checksum::{Check, Md5};
pub use data::{Data, Epoch};
pub use dataset::{Dataset, Parts, Splits};
pub use digits::{DIGITS, digits};
#[cfg(feature = "download")]
pub use download::{Downloader, Wanted};
pub use draws::Draws;
pub use error::{Error, Kind, Result};
pub use fashion_mnist::{FASHION_MNIST, fashion_mnist, fashion_mnist_from};
pub use idx::Idx;
pub use mnist::{MNIST, mnist, mnist_from};
pub use source::{DATASETS, Published, Source, Split};
