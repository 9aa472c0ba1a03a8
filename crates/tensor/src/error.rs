//! The error that a tensor carries: which operation, which rule, which inputs, whose line.
use crate::{Type, environment, place::Place};
use std::{fmt, sync::Arc};

/// A result whose error is Bouton's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes that do not fit an operation or each other.
    Shape,
    /// An element type that an operation makes no sense for.
    Type,
    /// A value outside what is allowed: an axis, a label, a probability, a setting.
    Value,
    /// A value was asked for where there is none: inside `jit`, `vmap` and the like.
    Tracing,
    /// Something that has no derivative was differentiated.
    NotDifferentiable,
    /// A compiler or device could not do it.
    Compiler,
    /// Names or structures that do not match: parameters, layers, trees.
    Structure,
    /// A file that cannot be read or written, or does not hold what its format demands.
    File,
}

/// A broken rule in words, without its place; operations give this and the library adds the rest.
#[derive(Clone, Debug)]
pub struct Fault {
    kind: ErrorKind,
    rule: String,
    given: Vec<String>,
    help: Option<String>,
}

impl Fault {
    fn new(kind: ErrorKind, rule: impl Into<String>) -> Fault {
        Fault {
            kind,
            rule: rule.into(),
            given: vec![],
            help: None,
        }
    }

    /// Shapes that do not fit.
    pub fn shape(rule: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Shape, rule)
    }

    /// An element type that makes no sense.
    pub fn dtype(rule: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Type, rule)
    }

    /// A value outside what is allowed.
    pub fn value(rule: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Value, rule)
    }

    /// Names or structures that do not match.
    pub fn structure(rule: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Structure, rule)
    }

    /// No value, or another one, while a function is traced.
    pub(crate) fn tracing(rule: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::Tracing, rule)
    }

    /// No derivative.
    pub fn not_differentiable(rule: impl Into<String>) -> Fault {
        Fault::new(ErrorKind::NotDifferentiable, rule)
    }

    /// Adds the types of the inputs.
    pub fn inputs<'a>(self, types: impl IntoIterator<Item = &'a Type>) -> Fault {
        let line = |(i, ty)| format!("input {i}: {ty}");
        let lines: Vec<String> = types.into_iter().enumerate().map(line).collect();
        self.given(lines)
    }

    /// Adds lines that describe what was given, in place of "input 0", "input 1".
    pub fn given(self, lines: impl IntoIterator<Item = String>) -> Fault {
        Fault {
            given: lines.into_iter().collect(),
            ..self
        }
    }

    /// Adds the usual way out.
    pub fn help(self, help: impl Into<String>) -> Fault {
        Fault {
            help: Some(help.into()),
            ..self
        }
    }

    /// The rule in words.
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

/// What went wrong, where, and on which inputs. Cheap to clone.
///
/// ```text
/// concatenate { axis: 0 }: inputs must agree on every axis but 0; input 1 differs on axis 1
///   input 0: f32[2, 3]
///   input 1: f32[2, 4]
///   at src/model.rs:78
///   in layer "merge" defined at src/model.rs:41
///   help: ...
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    subject: String,
    rule: String,
    given: Vec<String>,
    at: Option<Place>,
    within: Vec<String>,
    help: Option<String>,
}

impl Error {
    /// `subject` (an operation with its attributes, a function, a layer) broke a rule at `at`.
    ///
    /// With `BOUTON_PANIC=1` the program stops here, so make an error only where somebody made the mistake.
    pub fn new(subject: impl Into<String>, fault: Fault, at: Place) -> Error {
        let Fault {
            kind,
            rule,
            given,
            help,
        } = fault;
        stop(Error(Arc::new(Inner {
            kind,
            subject: subject.into(),
            rule,
            given,
            at: Some(at),
            within: vec![],
            help,
        })))
    }

    /// An error that no line of the user's program caused, such as a file that cannot be read.
    pub fn general(kind: ErrorKind, subject: impl Into<String>, rule: impl Into<String>) -> Error {
        let (subject, rule) = (subject.into(), rule.into());
        Error(Arc::new(Inner {
            kind,
            subject,
            rule,
            given: vec![],
            at: None,
            within: vec![],
            help: None,
        }))
    }

    fn change(mut self, f: impl FnOnce(&mut Inner)) -> Error {
        f(Arc::make_mut(&mut self.0));
        self
    }

    /// Adds a line that says what the operation was part of, such as a layer with its definition.
    pub fn within(self, what: impl Into<String>) -> Error {
        self.change(|e| e.within.push(what.into()))
    }

    /// Adds the usual way out.
    pub fn help(self, help: impl Into<String>) -> Error {
        self.change(|e| e.help = Some(help.into()))
    }

    /// The kind of mistake.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The line of the user's program that is to blame, if one is.
    pub fn place(&self) -> Option<Place> {
        self.0.at
    }

    /// Whether both are the same error, not only alike.
    pub fn is(&self, other: &Error) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Inner {
            subject,
            rule,
            given,
            at,
            within,
            help,
            ..
        } = &*self.0;
        write!(f, "{subject}: {rule}")?;
        for line in given {
            write!(f, "\n  {line}")?;
        }
        if let Some(at) = at {
            write!(f, "\n  at {}:{}", at.file(), at.line())?;
        }
        for line in within {
            write!(f, "\n  {line}")?;
        }
        if let Some(help) = help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// Stops where a mistake of the program is made, if `BOUTON_PANIC=1` asks for it; else gives the error back. Every
/// error that names a line of the program passes here when it is made.
#[allow(clippy::panic)] // what the variable asks for
pub fn stop<E: fmt::Display>(error: E) -> E {
    if environment::stops_at_mistakes() {
        panic!("{error}");
    }
    error
}

impl From<bouton_array::Error> for Fault {
    fn from(e: bouton_array::Error) -> Fault {
        let fault = match e.kind() {
            bouton_array::ErrorKind::Type => Fault::dtype(e.rule()),
            bouton_array::ErrorKind::Shape => Fault::shape(e.rule()),
            _ => Fault::value(e.rule()),
        };
        match e.help() {
            Some(help) => fault.help(help),
            None => fault,
        }
    }
}
