//! The one error type of this crate: a rule that was broken, what shows it, whose line, and help.
use bouton_tensor::{Place, stop};
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
/// what it came up in; help where there is a usual cause. An error of a tensor, a layer or the data is printed as it is.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
enum Inner {
    /// A rule of ours.
    Own {
        kind: ErrorKind,
        rule: String,
        given: Vec<String>,
        at: Option<Place>,
        within: Vec<String>,
        help: Option<String>,
    },
    /// A tensor's, a layer's, a loss's.
    Tensor(bouton_tensor::Error),
    /// Somebody else's, and where it came up.
    Other {
        kind: ErrorKind,
        source: Arc<dyn std::error::Error + Send + Sync>,
        within: Vec<String>,
    },
}

impl Error {
    /// A broken rule; what it is about comes first: `epochs(0): at least one ..`.
    pub(crate) fn new(kind: ErrorKind, rule: impl Into<String>) -> Error {
        Error(Arc::new(Inner::Own {
            kind,
            rule: rule.into(),
            given: vec![],
            at: None,
            within: vec![],
            help: None,
        }))
    }

    /// Another error, printed as it is.
    pub(crate) fn from_source(
        kind: ErrorKind,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        Error(Arc::new(Inner::Other {
            kind,
            source: Arc::new(source),
            within: vec![],
        }))
    }

    /// Adds what was given to a rule of ours.
    pub(crate) fn given(mut self, line: impl Into<String>) -> Error {
        if let Inner::Own { given, .. } = Arc::make_mut(&mut self.0) {
            given.push(line.into());
        }
        self
    }

    /// Adds what the error came up in.
    pub(crate) fn within(mut self, line: impl Into<String>) -> Error {
        match Arc::make_mut(&mut self.0) {
            Inner::Own { within, .. } | Inner::Other { within, .. } => within.push(line.into()),
            Inner::Tensor(e) => *e = e.clone().within(line),
        }
        self
    }

    /// Adds the line of the caller's program to a rule of ours, last of all: with `BOUTON_PANIC=1` the program stops here.
    pub(crate) fn at(mut self, place: Place) -> Error {
        if let Inner::Own { at, .. } = Arc::make_mut(&mut self.0) {
            *at = Some(place);
        }
        stop(self)
    }

    /// Adds the usual way out to a rule of ours.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Error {
        if let Inner::Own { help, .. } = Arc::make_mut(&mut self.0) {
            *help = Some(text.into());
        }
        self
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Inner::Own { kind, .. } | Inner::Other { kind, .. } => *kind,
            Inner::Tensor(_) => ErrorKind::Tensor,
        }
    }

    /// The line of the caller's program, where there is one.
    pub fn place(&self) -> Option<Place> {
        match &*self.0 {
            Inner::Own { at, .. } => *at,
            Inner::Tensor(e) => e.place(),
            Inner::Other { source, .. } => source
                .downcast_ref::<bouton_data::Error>()
                .and_then(bouton_data::Error::place),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Inner::Own {
                rule,
                given,
                at,
                within,
                help,
                ..
            } => {
                f.write_str(rule)?;
                for line in given {
                    write!(f, "\n  {line}")?;
                }
                if let Some(at) = at {
                    write!(f, "\n  at {}:{}", at.file(), at.line())?;
                }
                for line in within {
                    write!(f, "\n  {line}")?;
                }
                match help {
                    Some(help) => write!(f, "\n  help: {help}"),
                    None => Ok(()),
                }
            }
            Inner::Tensor(e) => fmt::Display::fmt(e, f),
            Inner::Other { source, within, .. } => {
                fmt::Display::fmt(source, f)?;
                within.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Inner::Own { .. } => None,
            Inner::Tensor(e) => Some(e),
            Inner::Other { source, .. } => Some(&**source),
        }
    }
}

impl From<bouton_tensor::Error> for Error {
    fn from(e: bouton_tensor::Error) -> Error {
        Error(Arc::new(Inner::Tensor(e)))
    }
}

impl From<bouton_data::Error> for Error {
    fn from(e: bouton_data::Error) -> Error {
        Error::from_source(ErrorKind::Data, e)
    }
}

impl From<bouton_nn::FileError> for Error {
    fn from(e: bouton_nn::FileError) -> Error {
        Error::from_source(ErrorKind::File, e)
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Error {
        Error::from_source(ErrorKind::File, e)
    }
}
