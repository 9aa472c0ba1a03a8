//! The one error type of this crate: a rule that was broken, what shows it, whose line, and help.
use bouton_tensor::Place;
use std::{fmt, sync::Arc};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of thing went wrong, for programs that react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the trainer or evaluator that makes no sense: zero epochs, two metrics of one name.
    Setting,
    /// A batch that does not fit the model, the loss or a metric, or data without a batch.
    Batch,
    /// The data could not be read; the source says why.
    Data,
    /// A mistake in the model, the loss, a metric or the optimizer; the source says which.
    Tensor,
    /// Progress could not be written or a file could not be saved.
    File,
    /// A handler of the user's failed; the source is its error.
    Handler,
}

/// Why training or evaluation stopped, and where.
///
/// Printed, it reads: what was done and the rule that was broken; what was given; the line of the caller's program;
/// help where there is a usual cause. An error of a tensor, a layer or the data is printed as it is.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    rule: String,
    given: Vec<String>,
    at: Option<Place>,
    help: Option<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A broken rule; what it is about comes first: `epochs(0): at least one ..`.
    pub(crate) fn new(kind: ErrorKind, rule: impl Into<String>) -> Error {
        Error(Arc::new(Inner { kind, rule: rule.into(), given: vec![], at: None, help: None, source: None }))
    }

    /// Another error, printed as it is.
    pub(crate) fn from_source(kind: ErrorKind, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        let rule = source.to_string();
        Error::new(kind, rule).change(|e| e.source = Some(Arc::new(source)))
    }

    fn change(mut self, f: impl FnOnce(&mut Inner)) -> Error {
        f(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn given(self, line: impl Into<String>) -> Error {
        self.change(|e| e.given.push(line.into()))
    }

    pub(crate) fn at(self, place: Place) -> Error {
        self.change(|e| e.at = Some(place))
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Error {
        self.change(|e| e.help = Some(help.into()))
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The line of the caller's program, where there is one.
    pub fn place(&self) -> Option<Place> {
        self.0.at
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { rule, given, at, help, .. } = &*self.0;
        f.write_str(rule)?;
        for line in given {
            write!(f, "\n  {line}")?;
        }
        if let Some(at) = at {
            write!(f, "\n  at {}:{}", at.file(), at.line())?;
        }
        if let Some(help) = help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

impl From<bouton_tensor::Error> for Error {
    fn from(e: bouton_tensor::Error) -> Error {
        Error::from_source(ErrorKind::Tensor, e)
    }
}

impl From<bouton_data::Error> for Error {
    fn from(e: bouton_data::Error) -> Error {
        Error::from_source(ErrorKind::Data, e)
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Error {
        Error::from_source(ErrorKind::File, e)
    }
}
