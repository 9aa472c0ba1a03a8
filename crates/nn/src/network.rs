//! A built model: plain functions of parameters and inputs.
use crate::{
    Axis, Inputs, Name, Params, axis,
    inputs::{arrange, axes},
    keyed,
    layer::Probabilities,
    model::What,
    plan::Plan,
    run::{Call, Declaration, Outcome, declare, run},
    scope::{Declared, Role, Source},
};
use bouton_tensor::{DType, Error, Fault, Place, Result, Tensor, Type, blame, here, label};
use std::{fmt, ops::Range, sync::Arc};

/// A model made ready: [`Network::init`], [`Network::predict`] and [`Network::train`] may be called anywhere, also
/// inside `jit`, `grad` and the like. Cheap to clone.
#[derive(Clone)]
pub struct Network(Arc<Built>);

/// Values that layers carry from one training step to the next, such as the running means of
/// [`Model::batch_norm`](crate::Model::batch_norm): parameters that no gradient moves. Empty where no layer has any.
pub type State = Params;

pub(crate) struct Built {
    pub(crate) plan: Plan,
    pub(crate) declared: Vec<Declared>,
    /// Which of the declared parameters belong to each node.
    ranges: Vec<Range<usize>>,
    names: Arc<[Name]>,
    /// The names of what gradients move, and of the state.
    trained: Arc<[Name]>,
    state: Arc<[Name]>,
    /// The output's type of each node, for a batch of 1 and of 2.
    types: Vec<[Type; 2]>,
}

impl Built {
    /// The shape of what node `i` gives, such as `[batch, 10]`.
    pub(crate) fn shape(&self, i: usize) -> String {
        let [one, two] = &self.types[i];
        let size = |(&a, &b): (&usize, &usize)| match (a, b) {
            (a, b) if a == b => a.to_string(),
            (1, _) => "batch".to_string(),
            (a, _) => format!("{a} * batch"),
        };
        axis::printed(
            &one.shape
                .iter()
                .zip(two.shape.iter())
                .map(size)
                .collect::<Vec<_>>(),
        )
    }

    /// The names of the declared parameters with this role.
    fn of_role(declared: &[Declared], role: Role) -> Arc<[Name]> {
        let of_role = declared.iter().filter(|d| d.role == role);
        of_role.map(|d| d.name.clone()).collect()
    }

    /// The parameters of node `i`.
    pub(crate) fn parameters(&self, i: usize) -> &[Declared] {
        &self.declared[self.ranges[i].clone()]
    }
}

/// What comes out of a network.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The output.
    pub output: Tensor,
    /// What the probabilities of the output were made of, if the last layer made them: a loss is computed from it
    /// without rounding or overflow.
    pub logits: Option<(Probabilities, Tensor)>,
    /// Values for the next training step; outside training, those that were given.
    pub state: State,
}

impl Network {
    /// Finds parameters and shapes by running every layer on a batch of 1 and on one of 2.
    pub(crate) fn new(plan: Plan, at: Place) -> Result<Network> {
        let Declaration {
            params: declared,
            ranges,
            types,
        } = declare(&plan, 1, at)?;
        let second = declare(&plan, 2, at)?;
        let differs = |(a, b): &(&Declared, &Declared)| a.ty != b.ty || a.name != b.name;
        if let Some((a, b)) = declared.iter().zip(&second.params).find(differs) {
            let rule = format!(
                "the parameter {} is {} for a batch of 1 and {} for a batch of 2",
                a.name, a.ty, b.ty
            );
            let fault =
                Fault::shape(rule).help("the shape of a parameter must not depend on the batch");
            return Err(Error::new("build", fault, at));
        }
        let names = declared.iter().map(|d| d.name.clone()).collect();
        let of_role = |role| Built::of_role(&declared, role);
        let (trained, state) = (of_role(Role::Trained), of_role(Role::State));
        let types = types
            .into_iter()
            .zip(second.types)
            .map(|(a, b)| [a, b])
            .collect();
        Ok(Network(Arc::new(Built {
            plan,
            declared,
            ranges,
            names,
            trained,
            state,
            types,
        })))
    }

    pub(crate) fn built(&self) -> &Built {
        &self.0
    }

    /// Parameters to start with, each drawn with a key of its own: the same seed gives the same values whatever other
    /// layers the model has. `key` is `u32[2]`, as [`bouton_tensor::random::key`] makes it.
    #[track_caller]
    pub fn init(&self, key: &Tensor) -> Params {
        let drawn = || {
            let draw = |d: &Declared| {
                let key = keyed::by_name(&keyed::by_name(key, &d.name.layer), &d.name.parameter);
                label(&d.name.to_string(), || d.initializer.draw(&key, &d.ty))
            };
            Params::of(
                self.0.names.clone(),
                self.0.declared.iter().map(draw).collect(),
            )
        };
        blame(here(), || label("init", drawn))
    }

    /// Name, type and shape of every parameter.
    pub fn param_types(&self) -> Vec<(Name, Type)> {
        self.0
            .declared
            .iter()
            .map(|d| (d.name.clone(), d.ty.clone()))
            .collect()
    }

    /// The parameters that gradients move: all but the state. Differentiate at these, optimize them, and put them back with
    /// [`Params::merge`].
    ///
    /// ```
    /// use bouton_nn::{Batch, Dim, Model};
    /// use bouton_tensor::random;
    /// let network = Model::input("x", [Batch, Dim(2)]).dense(3).batch_norm().build()?;
    /// let params = network.init(&random::key(0));
    /// let names: Vec<String> = network.trainable(&params).iter().map(|(name, _)| name.to_string()).collect();
    /// assert_eq!(names, ["dense_0.kernel", "dense_0.bias", "batch_norm_0.gamma", "batch_norm_0.beta"]);
    /// assert_eq!(params.len(), 6);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    pub fn trainable(&self, params: &Params) -> Params {
        match params.names() == &self.0.names {
            true => self.of_role(params.values(), Role::Trained),
            // Of another model: running says what is wrong.
            false => params.clone(),
        }
    }

    /// The values with this role among those of all parameters.
    fn of_role(&self, values: &[Tensor], role: Role) -> Params {
        let names = match role {
            Role::Trained => &self.0.trained,
            Role::State => &self.0.state,
        };
        let both = self.0.declared.iter().zip(values);
        let of_role = both.filter(|(d, _)| d.role == role);
        Params::of(names.clone(), of_role.map(|(_, v)| v.clone()).collect())
    }

    /// Name and axes of every input.
    pub fn inputs(&self) -> Vec<(&str, &[Axis])> {
        let plan = &self.0.plan;
        plan.inputs
            .iter()
            .map(|&i| (plan.nodes[i].name.as_str(), axes(&plan.nodes[i])))
            .collect()
    }

    /// The type of the output for a batch of this size.
    pub fn output_type(&self, batch: usize) -> Type {
        self.0
            .types
            .last()
            .map_or(Type::scalar(DType::F32), |[one, two]| {
                let size = |(&a, &b): (&usize, &usize)| if a == b { a } else { a * batch };
                Type::new(
                    one.dtype,
                    one.shape
                        .iter()
                        .zip(two.shape.iter())
                        .map(size)
                        .collect::<Vec<_>>(),
                )
            })
    }

    /// Which probabilities the output is, where the last layer makes them.
    pub fn probabilities(&self) -> Option<Probabilities> {
        match &self.0.plan.nodes.last()?.what {
            What::Input(..) => None,
            What::Layer(layer) => layer.probabilities(),
        }
    }

    /// The output for these inputs.
    ///
    /// # Errors
    /// Parameters of another model; an input that is missing or contradicts the model's shape; what a layer finds
    /// wrong. They ride on the result.
    #[track_caller]
    pub fn predict(&self, params: &Params, inputs: impl Into<Inputs>) -> Tensor {
        self.forward_at(params, inputs.into(), None, here()).output
    }

    /// The output for these inputs in training, where dropout drops with `key`, and the state after the step: put it in
    /// place with [`Params::merge`].
    ///
    /// Every step needs a key of its own, such as `random::fold_in(&key, step)`.
    ///
    /// # Errors
    /// As [`Network::predict`].
    #[track_caller]
    pub fn train(
        &self,
        params: &Params,
        inputs: impl Into<Inputs>,
        key: &Tensor,
    ) -> (Tensor, State) {
        let forward = self.forward_at(params, inputs.into(), Some(key), here());
        (forward.output, forward.state)
    }

    /// [`Network::train`] with a key and [`Network::predict`] without, and the logits of the output where it has any.
    ///
    /// # Errors
    /// As [`Network::predict`].
    #[track_caller]
    pub fn forward(
        &self,
        params: &Params,
        inputs: impl Into<Inputs>,
        key: Option<&Tensor>,
    ) -> Forward {
        self.forward_at(params, inputs.into(), key, here())
    }

    fn forward_at(
        &self,
        params: &Params,
        inputs: Inputs,
        key: Option<&Tensor>,
        at: Place,
    ) -> Forward {
        let run = || {
            let inputs = blame(at, || {
                self.check_params(params)
                    .and_then(|()| arrange(&self.0.plan, inputs))
            })?;
            let source = |i: usize| {
                let range = self.0.ranges[i].clone();
                Source::Read(&self.0.declared[range.clone()], &params.values()[range])
            };
            run(&self.0.plan, inputs, Call { key, at }, source)
        };
        let Outcome {
            output,
            logits,
            kept,
        } = match run() {
            Ok(outcome) => outcome,
            Err(e) => {
                let poisoned = Tensor::from_error(e);
                let values = vec![poisoned.clone(); self.0.names.len()];
                return Forward {
                    output: poisoned,
                    logits: None,
                    state: self.of_role(&values, Role::State),
                };
            }
        };
        let mut values = params.values().to_vec();
        for (node, at, value) in kept {
            values[self.0.ranges[node].start + at] = value;
        }
        let state = self.of_role(&values, Role::State);
        Forward {
            output,
            logits,
            state,
        }
    }

    fn check_params(&self, params: &Params) -> Result<()> {
        let fault = |rule: String| {
            let fault = Fault::value(rule)
                .help("pass what this model's init made, or what was saved with it");
            Err(Error::new("params", fault, here()))
        };
        if !Arc::ptr_eq(params.names(), &self.0.names) && params.names() != &self.0.names {
            if let Some(missing) = self.0.names.iter().find(|n| !params.names().contains(n)) {
                return fault(format!(
                    "the model has a parameter {missing}; those given are {}",
                    params.list()
                ));
            }
            let more = params
                .names()
                .iter()
                .find(|n| !self.0.names.contains(n))
                .map(Name::to_string);
            return fault(match more {
                Some(name) => format!("the model has no parameter {name}"),
                None => "the parameters are in another order than the model's".to_string(),
            });
        }
        for (declared, value) in self.0.declared.iter().zip(params.values()) {
            let ty = value.ty()?;
            if ty.shape != declared.ty.shape || !ty.dtype.is_float() {
                return fault(format!(
                    "the parameter {} must be {}; found {ty}",
                    declared.name, declared.ty
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&crate::display::line(self))
    }
}
