//! A model file that tells pictures apart: one picture in, a probability for each class out.

use crate::picture;
use bouton::nn::{Probabilities, file::ModelFile};
use bouton::{Axis, Network, Shape};
use std::error::Error;
use std::path::Path;

/// A model of pictures, ready to use.
pub(crate) struct Classifier {
    pub(crate) file: ModelFile,
    pub(crate) network: Network,
    /// The shape of one picture as the model takes it.
    pub(crate) shape: Vec<usize>,
    /// How many classes it tells apart.
    pub(crate) classes: usize,
}

impl Classifier {
    /// Reads a model file.
    ///
    /// # Errors
    /// As [`ModelFile::read`]; a model that takes or gives anything else.
    pub(crate) fn read(path: &Path) -> Result<Classifier, Box<dyn Error>> {
        let file = ModelFile::read(path)?;
        let network = file.model.build()?;
        let refused = |rule: String| format!("{}: the model must {rule}", path.display());
        let shape = picture_shape(&network).ok_or_else(|| {
            let pixels = picture::SIDE * picture::SIDE;
            let model = &file.model;
            refused(format!("take pictures of {pixels} numbers; it is {model}"))
        })?;
        let classes = match &network.output_type(1).shape[..] {
            [1, n] if network.probabilities() == Some(Probabilities::Softmax) => *n,
            _ => {
                let rule = format!("end in a softmax over classes; it is {}", file.model);
                return Err(refused(rule).into());
            }
        };
        Ok(Classifier {
            file,
            network,
            shape,
            classes,
        })
    }

    /// The name of the data it was trained on.
    pub(crate) fn trained_on(&self) -> Option<&str> {
        self.file.trained_on.as_deref()
    }
}

/// The axes behind the batch, if there is one input and it holds a picture.
pub(crate) fn picture_shape(network: &Network) -> Option<Vec<usize>> {
    let inputs = network.inputs();
    let [(_, [Axis::Batch, axes @ ..])] = inputs[..] else {
        return None;
    };
    let size = |axis: &Axis| match axis {
        Axis::Dim(n) => Some(*n),
        Axis::Batch => None,
    };
    let shape: Vec<usize> = axes.iter().map(size).collect::<Option<_>>()?;
    let pixels = picture::SIDE * picture::SIDE;
    (Shape::from(&shape[..]).size() == pixels).then_some(shape)
}
