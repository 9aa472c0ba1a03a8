//! What a network is given: one tensor, or several by name.
use crate::{
    Axis, axis,
    model::What,
    plan::{Plan, Planned},
};
use bouton_tensor::{DType, Error, Fault, Result, Shape, Tensor, Type, here};

/// The inputs of a network: a tensor, a reference to one, or pairs of names and tensors.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(crate) named: Vec<(Option<String>, Tensor)>,
}

impl Inputs {
    pub(crate) fn one(x: Tensor) -> Inputs {
        Inputs {
            named: vec![(None, x)],
        }
    }
}

impl From<Tensor> for Inputs {
    fn from(x: Tensor) -> Inputs {
        Inputs::one(x)
    }
}

impl From<&Tensor> for Inputs {
    fn from(x: &Tensor) -> Inputs {
        Inputs::one(x.clone())
    }
}

impl<const N: usize> From<[(&str, &Tensor); N]> for Inputs {
    fn from(named: [(&str, &Tensor); N]) -> Inputs {
        Inputs {
            named: named
                .into_iter()
                .map(|(name, x)| (Some(name.to_string()), x.clone()))
                .collect(),
        }
    }
}

impl From<Vec<(String, Tensor)>> for Inputs {
    fn from(named: Vec<(String, Tensor)>) -> Inputs {
        Inputs {
            named: named.into_iter().map(|(name, x)| (Some(name), x)).collect(),
        }
    }
}

/// The tensors for a model's inputs, in the model's order.
///
/// # Errors
/// An input that is missing, unknown or of another shape.
pub(crate) fn arrange(plan: &Plan, given: Inputs) -> Result<Vec<Tensor>> {
    let given = given.named;
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

/// The axes of an input node.
pub(crate) fn axes(node: &Planned) -> &[Axis] {
    match &node.what {
        What::Input(axes, _) => axes,
        What::Layer(_) => &[],
    }
}

/// Data must have the shape that the input was declared with, and one batch size for all inputs; indices must be integers.
fn check_input(node: &Planned, x: &Tensor, batch: &mut Option<usize>) -> Result<()> {
    let (axes, ty, agreed) = (axes(node), x.ty()?, *batch);
    if matches!(node.what, What::Input(_, DType::I32)) && !ty.dtype.is_integer() {
        let rule = format!("the model expects integers, the data is {}", ty.dtype);
        let fault = Fault::dtype(rule).help("convert it with .convert(DType::I32)");
        return Err(Error::new(
            format!("input {:?}", node.name),
            fault.inputs([&ty]),
            here(),
        ));
    }
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
    Err(Error::new(
        format!("input {:?}", node.name),
        fault.inputs([&ty]),
        here(),
    ))
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
