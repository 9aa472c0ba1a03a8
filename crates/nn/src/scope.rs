//! What a layer asks while it runs: parameters, state, a random key, whether this is training.
use crate::{Initializer, keyed, params::Name, policy::cast};
use bouton_tensor::{DType, Error, Fault, Result, Shape, Tensor, Type, here};

/// A parameter that a layer asked for when the model was built.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) initializer: Initializer,
    pub(crate) role: Role,
}

/// What moves a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Gradients.
    Trained,
    /// The layer itself, in training.
    State,
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
    /// New values of state, by its place among what the layer declared.
    pub(crate) kept: Vec<(usize, Tensor)>,
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
        let value = self.value(name, shape.into(), initializer, Role::Trained);
        match self.compute {
            Some(dtype) => cast(&value, dtype),
            None => value,
        }
    }

    /// The state of this name and shape, such as a running mean: what [`Scope::keep`] gave in the last training step, and
    /// at first what `initializer` says. It is among the parameters of the model, and no gradient moves it. Never narrower
    /// than `f32`, whatever layers compute in.
    ///
    /// # Errors
    /// As [`Scope::parameter`].
    #[track_caller]
    pub fn state(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        initializer: Initializer,
    ) -> Tensor {
        self.value(name, shape.into(), initializer, Role::State)
    }

    /// Keeps `value` as the state of this name for the next step. Outside training nothing is kept.
    ///
    /// # Errors
    /// A name that [`Scope::state`] was not asked for; another shape.
    #[track_caller]
    pub fn keep(&mut self, name: &str, value: &Tensor) -> Result<()> {
        let Source::Read(declared, values) = &self.source else {
            return Ok(());
        };
        if !self.is_training() {
            return Ok(());
        }
        let is_it = |d: &Declared| d.name.parameter == name && d.role == Role::State;
        let Some(i) = declared.iter().position(is_it) else {
            let fault = Fault::value(format!("there is no state {name:?} to keep"));
            let fault = fault.help("ask for it with scope.state(..) first");
            return Err(Error::new(self.layer, fault, here()));
        };
        let (old, new) = (values[i].ty()?, value.ty()?);
        if old.shape != new.shape {
            let rule = format!(
                "the state {name:?} is {}, the new value {}",
                old.shape, new.shape
            );
            return Err(Error::new(self.layer, Fault::shape(rule), here()));
        }
        self.kept.push((i, cast(value, old.dtype)));
        Ok(())
    }

    #[track_caller]
    fn value(&mut self, name: &str, shape: Shape, initializer: Initializer, role: Role) -> Tensor {
        match &mut self.source {
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
                let dtype = match (role, self.stored) {
                    (Role::State, DType::F16 | DType::BF16) => DType::F32,
                    (_, stored) => stored,
                };
                let ty = Type::new(dtype, shape);
                let value = Tensor::zeros(ty.dtype, &ty.shape);
                declared.push(Declared {
                    name,
                    ty,
                    initializer,
                    role,
                });
                value
            }
            Source::Read(declared, values) => {
                let found = declared
                    .iter()
                    .zip(*values)
                    .find(|(d, _)| d.name.parameter == name && d.role == role);
                match found {
                    Some((d, value)) if d.ty.shape == shape => value.clone(),
                    Some((d, _)) => {
                        let rule = format!(
                            "the parameter {name:?} had the shape {} when the model was built, and is asked for as {shape}",
                            d.ty.shape
                        );
                        self.fault(
                            Fault::shape(rule)
                                .help("the shape of a parameter must not depend on the batch"),
                        )
                    }
                    None => {
                        let rule = format!(
                            "the parameter {name:?} was not asked for when the model was built"
                        );
                        self.fault(
                            Fault::value(rule)
                                .help("ask for all parameters in training and in prediction"),
                        )
                    }
                }
            }
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
