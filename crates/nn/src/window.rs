//! Windows that move over spatial axes: sizes as users give them and files hold them, and how they are shown.
use bouton_tensor::{Error, Fault, Padding, Result, Tensor, here};
use serde::{Deserialize, Serialize};

/// What those need to know who come from pictures of one colour.
const CHANNELS: &str =
    "images need an axis of channels: declare the input as (Batch, 28, 28, 1), say";

/// One number for all spatial axes, `3`, or one for each, `[3, 5]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sizes(Vec<usize>);

impl From<usize> for Sizes {
    fn from(all: usize) -> Sizes {
        Sizes(vec![all])
    }
}

impl<const N: usize> From<[usize; N]> for Sizes {
    fn from(each: [usize; N]) -> Sizes {
        Sizes(each.to_vec())
    }
}

impl From<&[usize]> for Sizes {
    fn from(each: &[usize]) -> Sizes {
        Sizes(each.to_vec())
    }
}

impl Sizes {
    /// The numbers of each of `axes` axes.
    ///
    /// # Errors
    /// One number stands for all axes; several must be as many as the axes, and all at least 1.
    pub(crate) fn each(&self, what: &str, axes: usize) -> std::result::Result<Vec<usize>, Fault> {
        if self.0.contains(&0) {
            return Err(Fault::value(format!("the {what} must be at least 1")));
        }
        match self.0[..] {
            [all] => Ok(vec![all; axes]),
            _ if self.0.len() == axes => Ok(self.0.clone()),
            _ => {
                let fault = Fault::value(format!(
                    "the {what} must be one number, or one for each of the {axes} spatial axes; it is {self}"
                ));
                // Mostly the axis of channels was forgotten.
                Err(match (self.0.len(), axes) == (2, 1) {
                    true => fault.help(CHANNELS),
                    false => fault,
                })
            }
        }
    }

    /// Whether it is 1 everywhere.
    pub(crate) fn is_one(&self) -> bool {
        self.0.iter().all(|&n| n == 1)
    }
}

impl std::fmt::Display for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.0[..] {
            [all] => write!(f, "{all}"),
            _ => write!(f, "{:?}", self.0),
        }
    }
}

/// `same`, `valid`, or what lies before and behind each axis.
pub(crate) fn printed(padding: &Padding) -> String {
    match padding {
        Padding::Valid => "valid".to_string(),
        Padding::Same => "same".to_string(),
        Padding::Explicit(each) => format!("{each:?}"),
    }
}

/// How many of the axes of `[batch, spatial.., channels]` are spatial.
///
/// # Errors
/// None of them; elements that are not floats.
pub(crate) fn spatial(layer: &str, x: &Tensor) -> Result<usize> {
    let ty = x.ty()?;
    let refused = |fault: Fault| Err(Error::new(layer, fault.inputs([&ty]), here()));
    if !ty.dtype.is_float() {
        return refused(Fault::dtype(format!(
            "the input must be floats, not {}",
            ty.dtype
        )));
    }
    let rule = "the input must be [batch, spatial.., channels], with one spatial axis at least";
    match ty.rank() {
        0 | 1 => refused(Fault::shape(rule)),
        2 => refused(Fault::shape(rule).help(CHANNELS)),
        rank => Ok(rank - 2),
    }
}

/// How padding lies in a model file.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Padding", rename_all = "snake_case")]
pub(crate) enum PaddingData {
    Valid,
    Same,
    Explicit(Vec<(i64, i64)>),
}
