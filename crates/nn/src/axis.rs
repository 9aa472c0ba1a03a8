//! The axes of a model's input: the batch, or a fixed size.
use std::fmt;

/// One axis of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// The examples; of any size, the same for all inputs.
    Batch,
    /// A fixed size.
    Dim(usize),
}
use Axis::{Batch, Dim};

impl From<usize> for Axis {
    fn from(size: usize) -> Axis {
        Dim(size)
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Batch => f.write_str("batch"),
            Dim(size) => write!(f, "{size}"),
        }
    }
}

/// The axes of an input: `[Batch, Dim(784)]`, `(Batch, 28, 28, 1)` or a vector of axes.
pub trait Template {
    /// The axes.
    fn axes(self) -> Vec<Axis>;
}

impl<A: Into<Axis>, const N: usize> Template for [A; N] {
    fn axes(self) -> Vec<Axis> {
        self.into_iter().map(Into::into).collect()
    }
}

impl Template for Vec<Axis> {
    fn axes(self) -> Vec<Axis> {
        self
    }
}

macro_rules! templates {
    ($(($($A:ident)*))*) => {$(
        impl<$($A: Into<Axis>),*> Template for ($($A,)*) {
            #[allow(non_snake_case)] // type and value share a letter
            fn axes(self) -> Vec<Axis> {
                let ($($A,)*) = self;
                vec![$($A.into()),*]
            }
        }
    )*};
}
templates! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// `[batch, 784]`.
pub(crate) fn printed<A: fmt::Display>(axes: &[A]) -> String {
    let axes: Vec<String> = axes.iter().map(A::to_string).collect();
    format!("[{}]", axes.join(", "))
}
