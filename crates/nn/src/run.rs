//! Running the layers of a model in order, to declare their parameters or to compute.
use crate::{
    Axis, Layer, Probabilities, Scope,
    model::What,
    plan::Plan,
    policy::cast,
    scope::{Declared, Source},
};
use bouton_tensor::{DType, Error, Fault, Place, Result, Tensor, Type, blame, label};
use std::ops::Range;

/// What layers ask for and give.
pub(crate) struct Declaration {
    pub(crate) params: Vec<Declared>,
    /// Which of the parameters belong to each node.
    pub(crate) ranges: Vec<Range<usize>>,
    /// The type of what each node gives.
    pub(crate) types: Vec<Type>,
}

/// How the layers are called.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The key of a training step.
    pub(crate) key: Option<&'a Tensor>,
    /// The user's line.
    pub(crate) at: Place,
}

/// Runs every layer on examples without content.
///
/// # Errors
/// What a layer finds wrong.
pub(crate) fn declare(plan: &Plan, batch: usize, at: Place) -> Result<Declaration> {
    let (mut params, mut ranges, mut outputs) = (vec![], vec![], vec![]);
    for (i, node) in plan.nodes.iter().enumerate() {
        let start = params.len();
        let output = match &node.what {
            What::Input(axes, dtype) => {
                let size = |a: &Axis| if let Axis::Dim(n) = a { *n } else { batch };
                let shape = axes.iter().map(size).collect::<Vec<_>>();
                blame(at, || Tensor::zeros(*dtype, shape))
            }
            What::Layer(layer) => {
                let source = Source::Declare(&mut params);
                step(plan, i, &**layer, &outputs, Call { key: None, at }, source).output
            }
        };
        output.ty()?;
        ranges.push(start..params.len());
        outputs.push(output);
    }
    let types = outputs.iter().map(Tensor::ty).collect::<Result<_>>()?;
    Ok(Declaration {
        params,
        ranges,
        types,
    })
}

/// What came of running the layers.
pub(crate) struct Outcome {
    pub(crate) output: Tensor,
    /// What the probabilities of the output were made of.
    pub(crate) logits: Option<(Probabilities, Tensor)>,
    /// New values of state: the node, the place among what it declared, the value.
    pub(crate) kept: Vec<(usize, usize, Tensor)>,
}

/// Runs every layer on `inputs`.
///
/// # Errors
/// Fewer inputs than the model has. What a layer finds wrong rides on the output.
pub(crate) fn run<'a>(
    plan: &Plan,
    inputs: Vec<Tensor>,
    call: Call,
    source: impl Fn(usize) -> Source<'a>,
) -> Result<Outcome> {
    let (mut inputs, mut outputs) = (inputs.into_iter(), vec![]);
    let (mut logits, mut kept) = (None, vec![]);
    let fewer = || {
        Error::new(
            "predict",
            Fault::value("the model has more inputs than were given"),
            call.at,
        )
    };
    for (i, node) in plan.nodes.iter().enumerate() {
        outputs.push(match &node.what {
            What::Input(..) => {
                let input = inputs.next().ok_or_else(fewer)?;
                blame(call.at, || as_output(plan, i, input))
            }
            What::Layer(layer) => {
                let done = label(&node.name, || {
                    step(plan, i, &**layer, &outputs, call, source(i))
                });
                logits = layer.probabilities().zip(done.inputs.into_iter().next());
                kept.extend(done.kept.into_iter().map(|(at, value)| (i, at, value)));
                done.output
            }
        });
    }
    let output = outputs.pop().ok_or_else(fewer)?;
    Ok(Outcome {
        output,
        logits,
        kept,
    })
}

struct Done {
    inputs: Vec<Tensor>,
    output: Tensor,
    kept: Vec<(usize, Tensor)>,
}

/// One layer, under the precision policy; an error that begins here gets the layer's name and line.
fn step(
    plan: &Plan,
    i: usize,
    layer: &dyn Layer,
    outputs: &[Tensor],
    call: Call,
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
    let inputs: Vec<Tensor> = blame(call.at, || node.inputs.iter().map(input).collect());
    let stored = policy.map_or(DType::F32, |p| p.params);
    let mut scope = Scope {
        layer: &node.name,
        source,
        key: call.key,
        stored,
        compute,
        kept: vec![],
    };
    let applied = match layer.is_user_code() {
        true => layer.apply(&mut scope, &inputs),
        false => blame(call.at, || layer.apply(&mut scope, &inputs)),
    };
    let kept = scope.kept;
    let output = blame(call.at, || as_output(plan, i, applied.into()));
    let output = match output.error() {
        Some(e) if inputs.iter().all(|x| x.error().is_none()) => {
            let (file, line) = (node.place.file(), node.place.line());
            let within = format!("in layer {:?} defined at {file}:{line}", node.name);
            Tensor::from_error(e.clone().within(within))
        }
        _ => output,
    };
    Done {
        inputs,
        output,
        kept,
    }
}

/// The output of node `i` in the type that the policy wants between layers, or at the end.
fn as_output(plan: &Plan, i: usize, x: Tensor) -> Tensor {
    match plan.policy {
        Some(p) if i + 1 == plan.nodes.len() => cast(&x, p.output),
        Some(p) => cast(&x, p.compute),
        None => x,
    }
}
