//! A built model: plain functions of parameters and inputs.
use crate::{
    Axis, Inputs, Layer, Name, Params, Scope, axis, keyed,
    layer::Probabilities,
    model::What,
    params,
    plan::{Plan, Planned},
    policy::cast,
    scope::{Declared, Source},
};
use bouton_tensor::{DType, Error, Fault, Result, Shape, Tensor, Type, blame, here};
use std::{fmt, ops::Range, sync::Arc};

/// A model made ready: [`Network::init`], [`Network::predict`] and [`Network::train`] may be called anywhere, also
/// inside `jit`, `grad` and the like. Cheap to clone.
#[derive(Clone)]
pub struct Network(Arc<Built>);

/// Values that layers carry from one training step to the next. None of today's layers has any, so it is empty.
pub type State = Params;

pub(crate) struct Built {
    pub(crate) plan: Plan,
    pub(crate) declared: Vec<Declared>,
    /// Which of the declared parameters belong to each node.
    ranges: Vec<Range<usize>>,
    names: Arc<[Name]>,
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
    /// Values for the next training step.
    pub state: State,
}

impl Network {
    /// Finds parameters and shapes by running every layer on a batch of 1 and on one of 2.
    pub(crate) fn new(plan: Plan) -> Result<Network> {
        let (declared, ranges, first) = declare(&plan, 1)?;
        let (again, _, second) = declare(&plan, 2)?;
        if let Some((a, b)) = declared
            .iter()
            .zip(&again)
            .find(|(a, b)| a.ty != b.ty || a.name != b.name)
        {
            let rule = format!(
                "the parameter {} is {} for a batch of 1 and {} for a batch of 2",
                a.name, a.ty, b.ty
            );
            let fault =
                Fault::shape(rule).help("the shape of a parameter must not depend on the batch");
            return Err(Error::new("build", fault, here()));
        }
        let names = declared.iter().map(|d| d.name.clone()).collect();
        let types = first.into_iter().zip(second).map(|(a, b)| [a, b]).collect();
        Ok(Network(Arc::new(Built {
            plan,
            declared,
            ranges,
            names,
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
        blame(here(), || {
            let draw = |d: &Declared| {
                let key = keyed::by_name(&keyed::by_name(key, &d.name.layer), &d.name.parameter);
                d.initializer.draw(&key, &d.ty)
            };
            Params::of(
                self.0.names.clone(),
                self.0.declared.iter().map(draw).collect(),
            )
        })
    }

    /// Name, type and shape of every parameter.
    pub fn param_types(&self) -> Vec<(Name, Type)> {
        self.0
            .declared
            .iter()
            .map(|d| (d.name.clone(), d.ty.clone()))
            .collect()
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

    /// The output for these inputs.
    ///
    /// # Errors
    /// Parameters of another model; an input that is missing or contradicts the model's shape; what a layer finds
    /// wrong. They ride on the result.
    #[track_caller]
    pub fn predict(&self, params: &Params, inputs: impl Into<Inputs>) -> Tensor {
        blame(here(), || self.forward(params, inputs, None)).output
    }

    /// The output for these inputs in training, where dropout drops with `key`, and the state after the step.
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
        let forward = blame(here(), || self.forward(params, inputs, Some(key)));
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
        blame(here(), || {
            let run = || -> Result<(Tensor, Option<(Probabilities, Tensor)>)> {
                self.check_params(params)?;
                let inputs = self.arrange(inputs.into())?;
                let source = |i: usize| {
                    let range = self.0.ranges[i].clone();
                    Source::Read(&self.0.declared[range.clone()], &params.values()[range])
                };
                run(&self.0.plan, inputs, key, source)
            };
            let (output, logits) = run().unwrap_or_else(|e| (Tensor::from_error(e), None));
            Forward {
                output,
                logits,
                state: Params::of([].into(), vec![]),
            }
        })
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
                .map(params::Name::to_string);
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

    /// The tensors for the inputs, in the model's order.
    fn arrange(&self, given: Inputs) -> Result<Vec<Tensor>> {
        let (plan, given) = (&self.0.plan, given.named);
        let nodes = || plan.inputs.iter().map(|&i| &plan.nodes[i]);
        let names = || {
            nodes()
                .map(|n| format!("{:?}", n.name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let error =
            |rule: String, help: &str| Error::new("inputs", Fault::value(rule).help(help), here());
        if let [(None, only)] = &given[..] {
            if plan.inputs.len() != 1 {
                let rule = format!(
                    "the model has the inputs {}; one tensor without a name was given",
                    names()
                );
                return Err(error(rule, "pass pairs: [(\"name\", &tensor), ..]"));
            }
            nodes().try_for_each(|node| check_input(node, only, &mut None))?;
            return Ok(vec![only.clone()]);
        }
        let is_known = |name: &Option<String>| nodes().any(|n| Some(&n.name) == name.as_ref());
        if let Some((name, _)) = given.iter().find(|(name, _)| !is_known(name)) {
            let name = name.as_deref().unwrap_or("");
            let rule = format!("there is no input {name:?}; the model has {}", names());
            return Err(error(rule, "use the names that Model::input was given"));
        }
        let mut batch = None;
        let mut pick = |node: &Planned| {
            let Some((_, x)) = given
                .iter()
                .find(|(name, _)| name.as_ref() == Some(&node.name))
            else {
                let rule = format!("the input {:?} is missing", node.name);
                return Err(error(rule, "pass a tensor for every input"));
            };
            check_input(node, x, &mut batch)?;
            Ok(x.clone())
        };
        nodes().map(&mut pick).collect()
    }
}

/// The axes of an input node.
fn axes(node: &Planned) -> &[Axis] {
    match &node.what {
        What::Input(axes) => axes,
        What::Layer(_) => &[],
    }
}

/// Data must have the shape that the input was declared with, and one batch size for all inputs.
fn check_input(node: &Planned, x: &Tensor, batch: &mut Option<usize>) -> Result<()> {
    let (axes, ty, agreed) = (axes(node), x.ty()?, *batch);
    let fits = |(axis, &size): (&Axis, &usize)| match axis {
        Axis::Dim(n) => *n == size,
        Axis::Batch => *batch.get_or_insert(size) == size,
    };
    if axes.len() == ty.rank() && axes.iter().zip(ty.shape.iter()).all(fits) {
        return Ok(());
    }
    let agreed = agreed.map_or(String::new(), |n| format!(" with a batch of {n}"));
    let rule = format!(
        "the model expects {}{agreed}, the data is {}",
        axis::printed(axes),
        ty.shape
    );
    let fault = match reshaped(axes, &ty) {
        Some(help) => Fault::shape(rule).help(help),
        None => Fault::shape(rule),
    };
    Err(Error::new(format!("input {:?}", node.name), fault, here()).inputs([&ty]))
}

/// How the data could be brought into shape, where there is one obvious way.
fn reshaped(axes: &[Axis], ty: &Type) -> Option<String> {
    let (Axis::Batch, rest) = axes.split_first()? else {
        return None;
    };
    let size = |axis: &Axis| {
        if let Axis::Dim(n) = axis {
            Some(*n)
        } else {
            None
        }
    };
    let expected = rest.iter().map(size).collect::<Option<Shape>>()?;
    if expected == ty.shape {
        return Some("one example needs a batch axis: .new_axis(0)".to_string());
    }
    let (batch, example) = ty.shape.split_first()?;
    let target = Shape::from([&[*batch], expected.dims()].concat());
    let declared: Vec<Axis> = [Axis::Batch]
        .into_iter()
        .chain(example.iter().map(|&n| Axis::Dim(n)))
        .collect();
    let declared = axis::printed(&declared);
    let fits = Shape::from(example).size() == expected.size();
    fits.then(|| format!("reshape it with .reshape({target}), or declare the input as {declared}"))
}

/// Runs every layer on examples without content: the parameters that they ask for, which of them are whose, and the
/// types of all outputs.
fn declare(plan: &Plan, batch: usize) -> Result<(Vec<Declared>, Vec<Range<usize>>, Vec<Type>)> {
    let (mut declared, mut ranges, mut outputs) = (vec![], vec![], vec![]);
    for (i, node) in plan.nodes.iter().enumerate() {
        let start = declared.len();
        let output = match &node.what {
            What::Input(axes) => {
                let size = |a: &Axis| if let Axis::Dim(n) = a { *n } else { batch };
                Tensor::zeros(DType::F32, axes.iter().map(size).collect::<Vec<_>>())
            }
            What::Layer(layer) => {
                let source = Source::Declare(&mut declared);
                step(plan, i, &**layer, &outputs, None, source).output
            }
        };
        output.ty()?;
        ranges.push(start..declared.len());
        outputs.push(output);
    }
    Ok((
        declared,
        ranges,
        outputs.iter().map(Tensor::ty).collect::<Result<_>>()?,
    ))
}

fn run<'a>(
    plan: &Plan,
    inputs: Vec<Tensor>,
    key: Option<&Tensor>,
    source: impl Fn(usize) -> Source<'a>,
) -> Result<(Tensor, Option<(Probabilities, Tensor)>)> {
    let (mut inputs, mut outputs, mut logits) = (inputs.into_iter(), vec![], None);
    for (i, node) in plan.nodes.iter().enumerate() {
        outputs.push(match &node.what {
            What::Input(_) => as_output(plan, i, inputs.next().ok_or_else(no_output)?),
            What::Layer(layer) => {
                let done = step(plan, i, &**layer, &outputs, key, source(i));
                logits = layer.probabilities().zip(done.inputs.into_iter().next());
                done.output
            }
        });
    }
    outputs
        .pop()
        .map(|output| (output, logits))
        .ok_or_else(no_output)
}

fn no_output() -> Error {
    Error::new(
        "predict",
        Fault::value("the model has more inputs than were given"),
        here(),
    )
}

struct Done {
    inputs: Vec<Tensor>,
    output: Tensor,
}

/// One layer, under the precision policy; an error that begins here gets the layer's name and line.
fn step(
    plan: &Plan,
    i: usize,
    layer: &dyn Layer,
    outputs: &[Tensor],
    key: Option<&Tensor>,
    source: Source,
) -> Done {
    let (node, policy) = (&plan.nodes[i], plan.policy);
    let compute = policy.map(|p| {
        if layer.is_delicate() {
            p.output
        } else {
            p.compute
        }
    });
    let input = |&j: &usize| match compute {
        Some(dtype) => cast(&outputs[j], dtype),
        None => outputs[j].clone(),
    };
    let inputs: Vec<Tensor> = node.inputs.iter().map(input).collect();
    let stored = policy.map_or(DType::F32, |p| p.params);
    let mut scope = Scope {
        layer: &node.name,
        source,
        key,
        stored,
        compute,
    };
    let output = as_output(plan, i, layer.apply(&mut scope, &inputs).into());
    let output = match output.error() {
        Some(e) if inputs.iter().all(|x| x.error().is_none()) => {
            let (file, line) = (node.place.file(), node.place.line());
            let within = format!("in layer {:?} defined at {file}:{line}", node.name);
            Tensor::from_error(e.clone().within(within))
        }
        _ => output,
    };
    Done { inputs, output }
}

/// The output of node `i` in the type that the policy wants between layers, or at the end.
fn as_output(plan: &Plan, i: usize, x: Tensor) -> Tensor {
    match plan.policy {
        Some(p) if i + 1 == plan.nodes.len() => cast(&x, p.output),
        Some(p) => cast(&x, p.compute),
        None => x,
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&crate::display::line(self))
    }
}
