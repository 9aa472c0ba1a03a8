//! Forward mode: a tangent is carried along.
use crate::{
    Error, Fault, Output, Path, Result, Tensor, Tree,
    grad::{siblings, watch},
    graph::{Key, nodes, order},
    op::printed,
    place::{blame, here},
    tensor::Trace,
};
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// What `f` returns at `at`, and how it changes along `tangent`: the Jacobian times the tangent.
///
/// `tangent` has the structure, shapes and (float) types of `at`.
///
/// # Errors
/// A tangent of another type than its tensor.
#[track_caller]
pub fn jvp<X: Tree, T: Tree<Owned = X::Owned>, O: Output>(
    at: X,
    tangent: T,
    f: impl FnOnce(X::Owned) -> O,
) -> O::With<(O::Value, O::Value)> {
    let place = here();
    let trace = Trace::begin();
    let mut watched = vec![];
    let x = at.map(Path::Root, &mut |_, t| {
        let t = watch(t, &trace, place);
        watched.push(t.clone());
        t
    });
    let output = f(x).map_output(|value| {
        let outputs = value.leaves();
        let tangents = blame(place, || {
            push_forward(&outputs, &watched, &tangent.leaves())
        });
        let tangents = tangents.unwrap_or_else(|e| vec![Tensor::from_error(e); outputs.len()]);
        let tangents = value.with_leaves(tangents);
        (value, tangents)
    });
    trace.open.store(false, Relaxed);
    output
}

#[track_caller]
fn push_forward(
    outputs: &[Tensor],
    watched: &[Tensor],
    tangents: &[Tensor],
) -> Result<Vec<Tensor>> {
    let mut flow: HashMap<Key, Tensor> = HashMap::new();
    if watched.len() != tangents.len() {
        let rule = format!(
            "{} tangents were given for {} tensors",
            tangents.len(),
            watched.len()
        );
        return Err(Error::new("jvp", Fault::shape(rule), here()));
    }
    for (x, dx) in watched.iter().zip(tangents) {
        let (tx, td) = (x.ty()?, dx.ty()?);
        if tx != td {
            let fault = Fault::shape("a tangent must have the type of its tensor");
            return Err(Error::new("jvp", fault.inputs([&tx, &td]), here()));
        }
        flow.insert(x.node()?.key(), dx.clone());
    }
    let outputs = nodes(outputs)?;
    let start = nodes(watched)?
        .iter()
        .map(|n| n.id)
        .min()
        .unwrap_or(u64::MAX);
    let steps = order(&outputs, &|n| if n.id <= start { None } else { n.expr() });
    for (node, expr) in &steps {
        let Some(expr) = expr.as_ref().filter(|_| !flow.contains_key(&node.key())) else {
            continue;
        };
        let dx: Vec<Option<Tensor>> = expr
            .inputs
            .iter()
            .map(|n| flow.get(&n.key()).cloned())
            .collect();
        if dx.iter().all(Option::is_none) {
            continue;
        }
        let x: Vec<Tensor> = expr.inputs.iter().map(|n| Tensor(Ok(n.clone()))).collect();
        let y = siblings(&steps, node, expr);
        let dy = node.origin.resume(|| expr.op.jvp(&x, &y, &dx));
        let dy = dy.map_err(|fault| {
            let subject = format!("jvp of {}", printed(&*expr.op));
            Error::new(subject, fault, node.origin.at)
        })?;
        for (out, d) in dy.into_iter().enumerate() {
            if let Some(d) = d {
                flow.insert((node.id, out), d);
            }
        }
    }
    let zeros = |n: &Arc<crate::tensor::Node>| Tensor(Ok(n.clone())).zeros_like();
    Ok(outputs
        .iter()
        .map(|n| flow.get(&n.key()).cloned().unwrap_or_else(|| zeros(n)))
        .collect())
}
