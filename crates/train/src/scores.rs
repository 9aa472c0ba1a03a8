//! Named numbers: what an evaluation gives and what an epoch is recorded by.
use std::fmt;

/// Means over examples by name, in the order in which they were asked for: `loss 0.0743  accuracy 0.9781`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    named: Vec<(String, f64)>,
    examples: u64,
}

impl Scores {
    pub(crate) fn new(names: &[String], means: impl Iterator<Item = f64>, examples: u64) -> Scores {
        Scores {
            named: names.iter().cloned().zip(means).collect(),
            examples,
        }
    }

    /// The score called so: `accuracy`, say.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// Every score with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.named
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
    }

    /// How many examples were looked at.
    pub fn examples(&self) -> u64 {
        self.examples
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            let gap = if i == 0 { "" } else { "  " };
            write!(f, "{gap}{name} {}", Shown(value))?;
        }
        Ok(())
    }
}

/// A number with four digits behind the point, or as many as say something.
pub(crate) struct Shown(pub(crate) f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            x if x != 0.0 && x.abs() < 1e-3 || x.abs() >= 1e7 => write!(f, "{x:.3e}"),
            x => write!(f, "{x:.4}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(value: f64, text: &str) {
        assert_eq!(Shown(value).to_string(), text);
    }

    #[test]
    fn numbers_keep_four_digits() {
        shows(0.97814, "0.9781");
        shows(0.0, "0.0000");
        shows(-2.34567, "-2.3457");
        shows(0.000123456, "1.235e-4");
        shows(123456.0, "123456.0000");
        shows(1.5e9, "1.500e9");
        shows(f64::NAN, "NaN");
        shows(f64::INFINITY, "inf");
    }

    #[test]
    fn scores_are_printed_in_order_and_found_by_name() {
        let names = ["loss", "accuracy"].map(String::from);
        let scores = Scores::new(&names, [0.25, 0.75].into_iter(), 4);
        assert_eq!(scores.to_string(), "loss 0.2500  accuracy 0.7500");
        assert_eq!(
            (
                scores.get("accuracy"),
                scores.get("recall"),
                scores.examples()
            ),
            (Some(0.75), None, 4)
        );
        assert_eq!(Scores::default().to_string(), "");
    }
}
