//! Values of options, refused in words where they make no sense.

use bouton::{MOST_THREADS, optim::optimizers};
use clap::builder::PossibleValuesParser;
use std::num::{IntErrorKind, NonZeroUsize};

/// A whole number of at least 1.
pub(crate) fn positive(text: &str) -> Result<usize, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(n) => Ok(n.get()),
        Err(e) if *e.kind() == IntErrorKind::PosOverflow => {
            Err(format!("must be at most {}", usize::MAX))
        }
        Err(_) => Err("must be a whole number of at least 1".to_owned()),
    }
}

/// A seed.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("must be a whole number from 0 to {}", u64::MAX))
}

/// A number of threads.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    match positive(text)? {
        n if n > MOST_THREADS => Err(format!("must be at most {MOST_THREADS}")),
        n => Ok(n),
    }
}

/// A learning rate.
pub(crate) fn learning_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("must be a number above 0, such as 1e-3".to_owned()),
    }
}

/// The names of the optimizers that there are.
pub(crate) fn optimizer() -> PossibleValuesParser {
    PossibleValuesParser::new(optimizers::TABLE.iter().map(|entry| entry.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for text in ["0", "-1", "1.5", "", "x", "99999999999999999999999"] {
            assert!(positive(text).is_err(), "{text}");
        }
        assert_eq!(positive("7"), Ok(7));
        for text in ["-1", "1.5", "", "18446744073709551616"] {
            assert!(seed(text).is_err(), "{text}");
        }
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert_eq!((threads("256"), threads("257").is_err()), (Ok(256), true));
        for text in ["0", "-1e-3", "NaN", "inf", "1e999", "", "fast"] {
            assert!(learning_rate(text).is_err(), "{text}");
        }
        assert_eq!(learning_rate("1e-3"), Ok(0.001));
    }
}
