//! An array of two axes as a picture in the terminal.
use crate::Array;
use std::{fmt, io::IsTerminal};

/// The last two axes drawn in grey, smallest value darkest; made by `Tensor::heatmap`.
///
/// With colour, every element is two columns of background colour; without (`NO_COLOR`, or standard
/// output is not a terminal), two characters of ` .:-=+*#%@`.
pub struct Heatmap {
    array: Array,
    colour: Option<bool>,
}

const RAMP: &[u8; 10] = b" .:-=+*#%@";

impl Heatmap {
    /// Draws `array`, whose values are scaled from their smallest to their largest; `NaN` is blank.
    pub fn new(array: Array) -> Heatmap {
        Heatmap {
            array,
            colour: None,
        }
    }

    /// Chooses colour or characters, whatever the terminal says.
    pub fn colour(self, colour: bool) -> Heatmap {
        Heatmap {
            colour: Some(colour),
            ..self
        }
    }
}

impl fmt::Display for Heatmap {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let colour = self.colour.unwrap_or_else(|| {
            std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                && std::io::stdout().is_terminal()
        });
        let values = self.array.to_f64_vec();
        let dims = self.array.shape().dims();
        let width = dims.last().copied().unwrap_or(1).max(1);
        let height = if dims.len() >= 2 {
            dims[dims.len() - 2].max(1)
        } else {
            1
        };
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = (
            finite().fold(f64::INFINITY, f64::min),
            finite().fold(f64::NEG_INFINITY, f64::max),
        );
        let level = |v: f64| match v {
            v if v.is_nan() || high <= low => 0.0,
            v => ((v - low) / (high - low)).clamp(0.0, 1.0),
        };
        writeln!(f, "{}", self.array.ty())?;
        for (i, row) in values.chunks(width).enumerate() {
            if i > 0 && i.is_multiple_of(height) {
                writeln!(f)?;
            }
            for &v in row {
                if colour {
                    // The 24 greys of the 256-colour palette.
                    write!(f, "\x1b[48;5;{}m  ", 232 + (level(v) * 23.0) as usize)?;
                } else {
                    let c = RAMP[(level(v) * 9.0 + 0.5) as usize] as char;
                    write!(f, "{c}{c}")?;
                }
            }
            writeln!(f, "{}", if colour { "\x1b[0m" } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Literal;

    #[test]
    fn characters_from_dark_to_bright() {
        let a = [[0.0f32, 0.5], [1.0, f32::NAN]].into_array().unwrap();
        assert_eq!(
            Heatmap::new(a.clone()).colour(false).to_string(),
            "f32[2, 2]\n  ++\n@@  \n"
        );
        assert!(
            Heatmap::new(a)
                .colour(true)
                .to_string()
                .contains("\x1b[48;5;255m  ")
        );
    }
}
