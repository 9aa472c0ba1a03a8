//! One error for programs that do everything: whatever a crate below answers becomes it by `?`.

use std::error::Error as StdError;
use std::sync::Arc;
use std::{fmt, io};

/// A result whose error is [`Error`] unless it says otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error of Bouton's. Printed as the part that made it prints it, by `Debug` too, so that a `main` that returns it
/// shows it as it is meant to be read.
#[derive(Clone)]
pub struct Error(Inner);

/// Which part made an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An operation on tensors, a layer, a loss, an optimizer.
    Tensor,
    /// A dataset or its files.
    Data,
    /// A model file.
    ModelFile,
    /// A file of arrays, read or written by [`formats`](crate::formats) itself.
    ArrayFile,
    /// Training or evaluation.
    Training,
    /// The operating system.
    System,
}

#[derive(Clone)]
enum Inner {
    Tensor(bouton_tensor::Error),
    Data(bouton_data::Error),
    ModelFile(Arc<bouton_nn::FileError>),
    ArrayFile(bouton_formats::Error),
    Training(bouton_train::Error),
    System(Arc<io::Error>),
}

impl Error {
    /// Which part made it.
    pub fn kind(&self) -> ErrorKind {
        match self.0 {
            Inner::Tensor(_) => ErrorKind::Tensor,
            Inner::Data(_) => ErrorKind::Data,
            Inner::ModelFile(_) => ErrorKind::ModelFile,
            Inner::ArrayFile(_) => ErrorKind::ArrayFile,
            Inner::Training(_) => ErrorKind::Training,
            Inner::System(_) => ErrorKind::System,
        }
    }

    fn inner(&self) -> &(dyn StdError + 'static) {
        match &self.0 {
            Inner::Tensor(e) => e,
            Inner::Data(e) => e,
            Inner::ModelFile(e) => &**e,
            Inner::ArrayFile(e) => e,
            Inner::Training(e) => e,
            Inner::System(e) => &**e,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.inner(), f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {
    /// The error of the part that made it, so that it can be told by its type.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.inner())
    }
}

impl From<bouton_tensor::Error> for Error {
    fn from(e: bouton_tensor::Error) -> Error {
        Error(Inner::Tensor(e))
    }
}

impl From<bouton_data::Error> for Error {
    fn from(e: bouton_data::Error) -> Error {
        Error(Inner::Data(e))
    }
}

impl From<bouton_nn::FileError> for Error {
    fn from(e: bouton_nn::FileError) -> Error {
        Error(Inner::ModelFile(e.into()))
    }
}

impl From<bouton_formats::Error> for Error {
    fn from(e: bouton_formats::Error) -> Error {
        Error(Inner::ArrayFile(e))
    }
}

impl From<bouton_train::Error> for Error {
    fn from(e: bouton_train::Error) -> Error {
        Error(Inner::Training(e))
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Error {
        Error(Inner::System(e.into()))
    }
}
