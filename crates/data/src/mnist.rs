//! MNIST: 70,000 handwritten digits, 28x28 grey values, ten classes.

use std::path::Path;

use crate::checksum::{Check, Md5};
use crate::dataset::Splits;
use crate::error::Result;
use crate::source::{Published, Source, Split};

/// Everything about MNIST.
pub static MNIST: Source = Source {
    name: "MNIST",
    folder: "mnist",
    about: "70,000 handwritten digits, 28x28 grey values",
    image_shape: [28, 28],
    classes: &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    train: Split {
        examples: 60_000,
        images: unpacked(
            "train-images-idx3-ubyte",
            "6bbc9ace898e44ae57da46a324031adb",
        ),
        labels: unpacked(
            "train-labels-idx1-ubyte",
            "a25bea736e30d166cdddb491f175f624",
        ),
    },
    test: Split {
        examples: 10_000,
        images: unpacked("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
        labels: unpacked("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"),
    },
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ],
    homepage: "http://yann.lecun.com/exdb/mnist/",
    citation: "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner: Gradient-based learning applied to document recognition. \
               Proceedings of the IEEE 86(11), 1998",
    licence: "CC BY-SA 3.0",
};

/// MNIST from the folder that `BOUTON_DATA` names, else from the user's cache folder, downloaded into it the first time.
///
/// # Errors
/// As [`Source::load`].
///
/// # Example
/// ```no_run
/// let mnist = bouton_data::mnist()?;
/// assert_eq!((mnist.train.len(), mnist.test.len()), (60_000, 10_000));
/// # Ok::<(), bouton_data::Error>(())
/// ```
pub fn mnist() -> Result<Splits> {
    MNIST.load()
}

/// MNIST from a folder that holds its four files, raw or gzipped.
///
/// # Errors
/// As [`Source::load_from`].
pub fn mnist_from(folder: impl AsRef<Path>) -> Result<Splits> {
    MNIST.load_from(folder)
}

/// What was published is the sum of the unpacked file.
const fn unpacked(name: &'static str, sum: &str) -> Published {
    let raw = Md5::hex(sum);
    Published {
        name,
        raw,
        check: Check::Unpacked(raw),
    }
}
