//! What a layer asks while it runs: parameters, a random key, whether this is training.
use crate::{Initializer, keyed, params::Name, policy::cast};
use bouton_tensor::{DType, Error, Fault, Result, Shape, Tensor, Type, here};

/// A parameter that a layer asked for when the model was built.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) initializer: Initializer,
}

/// A layer's view of the model while it runs.
#[derive(Debug)]
pub struct Scope<'a> {
    pub(crate) layer: &'a str,
    pub(crate) source: Source<'a>,
    /// The key of this training step; `None` outside training.
    pub(crate) key: Option<&'a Tensor>,
    /// The type that parameters are kept in.
    pub(crate) stored: DType,
    /// The type that the layer computes in; `None`: the parameters'.
    pub(crate) compute: Option<DType>,
}

/// Where parameters come from.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    /// The model is being built: what is asked for is written down.
    Declare(&'a mut Vec<Declared>),
    /// The model runs: what this layer declared, and the values.
    Read(&'a [Declared], &'a [Tensor]),
}

impl Scope<'_> {
    /// The layer's name.
    pub fn name(&self) -> &str {
        self.layer
    }

    /// Whether the model is being trained.
    pub fn is_training(&self) -> bool {
        self.key.is_some()
    }

    /// The parameter of this name and shape, which starts as `initializer` says; in the type that layers compute in.
    ///
    /// # Errors
    /// A name asked for twice; a parameter that the layer did not ask for, or with another shape, when the model was
    /// built. They ride on the result.
    #[track_caller]
    pub fn parameter(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        initializer: Initializer,
    ) -> Tensor {
        let shape = shape.into();
        let value = match &mut self.source {
            Source::Declare(declared) => {
                if declared
                    .iter()
                    .any(|d| d.name.parameter == name && d.name.layer == self.layer)
                {
                    return self.fault(Fault::value(format!(
                        "the parameter {name:?} is asked for twice"
                    )));
                }
                let name = Name {
                    layer: self.layer.to_string(),
                    parameter: name.to_string(),
                };
                let ty = Type::new(self.stored, shape);
                let value = Tensor::zeros(ty.dtype, &ty.shape);
                declared.push(Declared {
                    name,
                    ty,
                    initializer,
                });
                value
            }
            Source::Read(declared, values) => {
                let found = declared
                    .iter()
                    .zip(*values)
                    .find(|(d, _)| d.name.parameter == name);
                match found {
                    Some((d, value)) if d.ty.shape == shape => value.clone(),
                    Some((d, _)) => {
                        let rule = format!(
                            "the parameter {name:?} had the shape {} when the model was built, and is asked for as {shape}",
                            d.ty.shape
                        );
                        return self.fault(
                            Fault::shape(rule)
                                .help("the shape of a parameter must not depend on the batch"),
                        );
                    }
                    None => {
                        let rule = format!(
                            "the parameter {name:?} was not asked for when the model was built"
                        );
                        return self.fault(
                            Fault::value(rule)
                                .help("ask for all parameters in training and in prediction"),
                        );
                    }
                }
            }
        };
        match self.compute {
            Some(dtype) => cast(&value, dtype),
            None => value,
        }
    }

    /// The random key of this layer in this training step.
    ///
    /// # Errors
    /// There is none outside training; ask [`Scope::is_training`] first.
    #[track_caller]
    pub fn key(&self) -> Result<Tensor> {
        match self.key {
            Some(key) => Ok(keyed::by_name(key, self.layer)),
            None => {
                let fault = Fault::value("there is no random key outside training")
                    .help("ask scope.is_training() first");
                Err(Error::new(self.layer, fault, here()))
            }
        }
    }

    #[track_caller]
    fn fault(&self, fault: Fault) -> Tensor {
        Tensor::fault(self.layer, fault, &[])
    }
}
