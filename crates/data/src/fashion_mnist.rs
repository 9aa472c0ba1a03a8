//! Fashion-MNIST: 70,000 pictures of clothes, 28x28 grey values, ten classes, in the form of MNIST.

use std::path::Path;

use crate::checksum::{Check, Md5};
use crate::dataset::Splits;
use crate::error::Result;
use crate::source::{Published, Source, Split};

/// Everything about Fashion-MNIST.
pub static FASHION_MNIST: Source = Source {
    name: "Fashion-MNIST",
    folder: "fashion-mnist",
    about: "70,000 pictures of clothes, 28x28 grey values",
    image_shape: [28, 28],
    classes: &[
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    train: Split {
        examples: 60_000,
        images: stored(
            "train-images-idx3-ubyte",
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        ),
        labels: stored(
            "train-labels-idx1-ubyte",
            "9018921c3c673c538a1fc5bad174d6f9",
            "25c81989df183df01b3e8a0aad5dffbe",
        ),
    },
    test: Split {
        examples: 10_000,
        images: stored(
            "t10k-images-idx3-ubyte",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "bef4ecab320f06d8554ea6380940ec79",
        ),
        labels: stored(
            "t10k-labels-idx1-ubyte",
            "15d484375f8d13e6eb1aabb0c3f46965",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    },
    mirrors: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ],
    homepage: "https://github.com/zalandoresearch/fashion-mnist",
    citation: "H. Xiao, K. Rasul and R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine learning \
               algorithms. arXiv:1708.07747, 2017",
    licence: "MIT",
};

/// Fashion-MNIST from the folder that `BOUTON_DATA` names, else from the user's cache folder, downloaded into it the first time.
///
/// # Errors
/// As [`Source::load`].
pub fn fashion_mnist() -> Result<Splits> {
    FASHION_MNIST.load()
}

/// Fashion-MNIST from a folder that holds its four files, raw or gzipped.
///
/// # Errors
/// As [`Source::load_from`].
pub fn fashion_mnist_from(folder: impl AsRef<Path>) -> Result<Splits> {
    FASHION_MNIST.load_from(folder)
}

/// What the authors published is the sum of the gzipped file; the sum of what it unpacks to tells the set when it lies in a
/// folder packed anew or raw.
const fn stored(name: &'static str, raw: &str, packed: &str) -> Published {
    Published {
        name,
        raw: Md5::hex(raw),
        check: Check::Stored(Md5::hex(packed)),
    }
}
