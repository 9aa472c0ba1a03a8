//! How a command ends, and what it says when it fails.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a command gives back.
pub(crate) type Outcome = Result<Ending, Box<dyn Error>>;

/// An end that is not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is done.
    Done,
    /// Ctrl-C ended it early.
    Interrupted,
}

/// Prints the error and gives the exit code. A reader that went away (`bouton .. | head`) is no error.
pub(crate) fn report(error: &(dyn Error + 'static)) -> ExitCode {
    if reader_left(error) {
        return ExitCode::SUCCESS;
    }
    // Nobody can be told that the error cannot be told.
    let _ = writeln!(io::stderr(), "error: {error}");
    ExitCode::FAILURE
}

fn reader_left(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
        {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(io::Error);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("outer")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_reader_that_left_is_found_below_other_errors() {
        assert!(reader_left(&io::Error::from(io::ErrorKind::BrokenPipe)));
        assert!(reader_left(&Outer(io::ErrorKind::BrokenPipe.into())));
        assert!(!reader_left(&Outer(io::ErrorKind::NotFound.into())));
    }
}
