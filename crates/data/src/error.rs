//! The one error type of this crate: a rule that was broken, the facts that show it, and help.

use std::fmt;
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why data could not be had, and where.
///
/// Printed, it reads: what was done and the rule that was broken; then the facts, one a line; then the place in the
/// caller's code where there is one; then help where there is a usual cause.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

/// What sort of thing went wrong, for programs that react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Files that should be there are not, and nothing may fetch them.
    Missing,
    /// A file does not have the form it must have: wrong magic, sizes that do not fit, torn or trailing bytes.
    Format,
    /// A file has the right form and the wrong bytes: its checksum is not the published one.
    Checksum,
    /// The files are sound and belong to another dataset.
    WrongSet,
    /// No mirror could be reached or none delivered the file.
    Download,
    /// The operating system refused to read or write.
    File,
    /// An argument is outside what the function takes.
    Argument,
    /// A tensor could not be made or carried an error.
    Tensor,
}

#[derive(Clone)]
struct Inner {
    kind: Kind,
    rule: String,
    facts: Vec<(&'static str, String)>,
    place: Option<&'static Location<'static>>,
    help: Option<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What sort of thing went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The first line of the message: what was done and the rule that was broken.
    pub fn rule(&self) -> &str {
        &self.0.rule
    }

    /// The file and line of the call that gave the bad argument, where there is one.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.0.place
    }

    pub(crate) fn new(kind: Kind, rule: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind,
            rule: rule.into(),
            facts: Vec::new(),
            place: None,
            help: None,
            source: None,
        }))
    }

    /// An operating system's refusal to do `action` with `path`.
    pub(crate) fn file(action: &str, path: &Path, source: std::io::Error) -> Error {
        Error::new(Kind::File, format!("{action}: {source}"))
            .fact("file", path.display())
            .caused_by(source)
    }

    pub(crate) fn fact(mut self, label: &'static str, value: impl fmt::Display) -> Error {
        Arc::make_mut(&mut self.0)
            .facts
            .push((label, value.to_string()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Error {
        Arc::make_mut(&mut self.0).help = Some(help.into());
        self
    }

    /// Adds the line of the caller's program, last of all: with `BOUTON_PANIC=1` the program stops here.
    pub(crate) fn at(mut self, place: &'static Location<'static>) -> Error {
        Arc::make_mut(&mut self.0).place = Some(place);
        bouton_tensor::stop(self)
    }

    pub(crate) fn caused_by(
        mut self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        Arc::make_mut(&mut self.0).source = Some(Arc::new(source));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.rule)?;
        for (label, value) in &self.0.facts {
            write!(f, "\n  {label}: {value}")?;
        }
        if let Some(place) = self.0.place {
            write!(f, "\n  at {}:{}", place.file(), place.line())?;
        }
        if let Some(help) = &self.0.help {
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
        match &self.0.source {
            Some(source) => Some(source),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_rule_facts_place_and_help_in_this_order() {
        let place = Location::caller();
        let error = Error::new(
            Kind::Argument,
            "batches(0): a batch must hold at least 1 example",
        )
        .fact("examples", 60000)
        .help("use 1 or more")
        .at(place);
        let expected = format!(
            "batches(0): a batch must hold at least 1 example\n  examples: 60000\n  at {}:{}\n  help: use 1 or more",
            place.file(),
            place.line()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(format!("{error:?}"), expected);
        assert_eq!(error.kind(), Kind::Argument);
    }

    #[test]
    fn a_file_error_keeps_its_cause() {
        let error = Error::file(
            "open",
            Path::new("x/y"),
            std::io::Error::from(std::io::ErrorKind::PermissionDenied),
        );
        assert_eq!(error.kind(), Kind::File);
        assert_eq!(error.to_string(), "open: permission denied\n  file: x/y");
        assert!(std::error::Error::source(&error).is_some());
    }
}
