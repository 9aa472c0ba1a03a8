//! The error of host data: what was wrong with a size, a type or a list of values.
use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A shape does not fit the data or is too large to address.
    Shape,
    /// A value was asked for in another element type than it has.
    Type,
    /// A number cannot be represented.
    Value,
}

/// Why host data could not be made or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    rule: String,
    help: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, rule: impl Into<String>) -> Error {
        Error {
            kind,
            rule: rule.into(),
            help: None,
        }
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> Error {
        Error {
            help: Some(help.into()),
            ..self
        }
    }

    /// The kind of rule that was broken.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The rule in words.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The usual way out, where there is one.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.rule)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
