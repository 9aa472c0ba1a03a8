//! The one error type of this crate: a rule that was broken, the facts that show it, and help.
use std::{fmt, io, path::Path, sync::Arc};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused to read or write.
    File,
    /// The content breaks a rule of its format: wrong magic, sizes that do not fit, torn or trailing bytes.
    Format,
    /// The content is sound and holds what an array cannot be: objects, strings, numbers of 8 bits with a point.
    Unsupported,
    /// The file holds no array of that name.
    Missing,
    /// What is to be written does not fit the format: a name, an element type.
    Argument,
}

/// Why a file could not be read or written. Cheap to clone.
///
/// Printed, it reads: the format and the rule that was broken; then the facts, one a line, the file last; then help where there
/// is a usual way out.
///
/// ```
/// use bouton_formats::{ErrorKind, npy};
/// let error = npy::parse(b"PK\x03\x04").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Format);
/// assert_eq!(
///     error.to_string(),
///     "npy: a file must begin with the magic \\x93NUMPY and a version\n  help: this is a zip file: read it as .npz"
/// );
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    rule: String,
    facts: Vec<(&'static str, String)>,
    help: Option<String>,
    source: Option<Arc<io::Error>>,
}

impl Error {
    /// What kind of rule was broken.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The first line of the message: the format and the rule.
    pub fn rule(&self) -> &str {
        &self.0.rule
    }

    /// What shows where the rule was broken, label and value, such as `file` and its path.
    pub fn facts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .facts
            .iter()
            .map(|(label, value)| (*label, value.as_str()))
    }

    /// The usual way out, where there is one.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    fn new(kind: ErrorKind, rule: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind,
            rule: rule.into(),
            facts: vec![],
            help: None,
            source: None,
        }))
    }

    /// The content breaks a rule of its format.
    pub(crate) fn broken(rule: impl Into<String>) -> Error {
        Error::new(ErrorKind::Format, rule)
    }

    /// Sound content that no array can hold.
    pub(crate) fn unsupported(rule: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported, rule)
    }

    /// No array of that name.
    pub(crate) fn missing(rule: impl Into<String>) -> Error {
        Error::new(ErrorKind::Missing, rule)
    }

    /// What cannot be written.
    pub(crate) fn argument(rule: impl Into<String>) -> Error {
        Error::new(ErrorKind::Argument, rule)
    }

    /// The operating system's refusal to do `action`.
    pub(crate) fn system(action: &str, source: io::Error) -> Error {
        let mut error = Error::new(ErrorKind::File, format!("{action}: {source}"));
        error.change().source = Some(Arc::new(source));
        error
    }

    pub(crate) fn fact(mut self, label: &'static str, value: impl fmt::Display) -> Error {
        self.change().facts.push((label, value.to_string()));
        self
    }

    pub(crate) fn in_file(self, path: &Path) -> Error {
        self.fact("file", path.display())
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.change().help = Some(help.into());
        self
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule())?;
        for (label, value) in self.facts() {
            write!(f, "\n  {label}: {value}")?;
        }
        match self.help() {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
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
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
