//! Reverse mode: cotangents flow from a loss to the tensors it was computed from.
use crate::{
    DType, Error, Fault, Output, Path, Place, Result, Tensor, Tree,
    graph::{Key, nodes, order},
    op::printed,
    ops::identity::Identity,
    place::{blame, here},
    tensor::{Node, Trace, apply_at},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// What a differentiated function returns: its loss, or the loss and something more.
#[diagnostic::on_unimplemented(
    message = "a function that is differentiated must return its loss first, not `{Self}`",
    note = "return the loss (a scalar tensor), or a pair of the loss and anything else made of tensors"
)]
pub trait Loss {
    /// The loss.
    fn loss(&self) -> &Tensor;
}

impl Loss for Tensor {
    fn loss(&self) -> &Tensor {
        self
    }
}

impl<A: Tree> Loss for (Tensor, A) {
    fn loss(&self) -> &Tensor {
        &self.0
    }
}

/// The gradient at `at` of the loss that `f` returns, in the structure of `at`.
///
/// `f` is called once, on the leaves of `at`; everything else it uses counts as constant. It returns a scalar, or
/// `(scalar, more)`, or a `Result` of either, in which case so does `grad`. Integer leaves are taken as `f32` of
/// the same value.
///
/// # Errors
/// The loss must be one number, of a float type.
///
/// # Example
/// ```
/// use bouton_tensor::{grad, tensor};
/// let df = grad(&tensor![3.0, 4.0, 10.0], |x| (&x * &x).sum());
/// assert_eq!(format!("{df:?}"), "f32[3] [6.0, 8.0, 20.0]");
/// ```
#[track_caller]
pub fn grad<X: Tree, O: Output<Value: Loss>>(
    at: X,
    f: impl FnOnce(X::Owned) -> O,
) -> O::With<X::Owned> {
    differentiate(at, f, |_, grads| grads)
}

/// What `f` returns at `at`, and the gradient of its loss there. See [`grad`].
///
/// # Errors
/// The loss must be one number, of a float type.
#[track_caller]
pub fn value_and_grad<X: Tree, O: Output<Value: Loss>>(
    at: X,
    f: impl FnOnce(X::Owned) -> O,
) -> O::With<(O::Value, X::Owned)> {
    differentiate(at, f, |value, grads| (value, grads))
}

/// Closes a differentiation also when the user's function panics.
struct Close(Arc<Trace>);

impl Drop for Close {
    fn drop(&mut self) {
        self.0.open.store(false, Relaxed);
    }
}

#[track_caller]
fn differentiate<X: Tree, O: Output<Value: Loss>, T>(
    at: X,
    f: impl FnOnce(X::Owned) -> O,
    pick: impl FnOnce(O::Value, X::Owned) -> T,
) -> O::With<T> {
    let place = here();
    let trace = Close(Trace::begin());
    let mut watched = vec![];
    let x = at.map(Path::Root, &mut |_, t| {
        let t = watch(t, &trace.0, place);
        watched.push(t.clone());
        t
    });
    f(x).map_output(|value| {
        let loss = blame(place, || scalar_loss(value.loss()));
        let grads = gradient(&[loss], vec![None], &watched);
        let grads = at.with_leaves(grads);
        drop(trace);
        pick(value, grads)
    })
}

/// The start of a differentiation: the same value, marked.
pub(crate) fn watch(t: &Tensor, trace: &Arc<Trace>, at: Place) -> Tensor {
    let float = match t.dtype() {
        Ok(d) if !d.is_float() => blame(at, || t.convert(DType::F32)),
        _ => t.clone(),
    };
    apply_at(Arc::new(Identity), &[&float], at, Some(trace)).swap_remove(0)
}

#[track_caller]
fn scalar_loss(loss: &Tensor) -> Tensor {
    match loss.ty() {
        Ok(ty) if ty.rank() != 0 => {
            let fault =
                Fault::shape("the loss must be a scalar").help("reduce it with .sum() or .mean()");
            Tensor::fault("grad", fault, &[loss])
        }
        Ok(ty) if !ty.dtype.is_float() => {
            let fault = Fault::dtype("the loss must be a float")
                .help("convert it with .convert(DType::F32)");
            Tensor::fault("grad", fault, &[loss])
        }
        _ => loss.clone(),
    }
}

/// One gradient for each watched tensor; zeros where nothing reaches it. A missing cotangent is ones.
pub(crate) fn gradient(
    outputs: &[Tensor],
    cotangents: Vec<Option<Tensor>>,
    watched: &[Tensor],
) -> Vec<Tensor> {
    try_gradient(outputs, cotangents, watched)
        .unwrap_or_else(|e| vec![Tensor::from_error(e); watched.len()])
}

fn try_gradient(
    outputs: &[Tensor],
    cotangents: Vec<Option<Tensor>>,
    watched: &[Tensor],
) -> Result<Vec<Tensor>> {
    let (outputs, watched) = (nodes(outputs)?, nodes(watched)?);
    let start = watched.iter().map(|n| n.id).min().unwrap_or(u64::MAX);
    let steps = order(&outputs, &|n| if n.id <= start { None } else { n.expr() });
    let mut active: HashSet<u64> = watched.iter().map(|n| n.id).collect();
    let ends = active.clone();
    for (node, expr) in &steps {
        if expr
            .as_ref()
            .is_some_and(|e| e.inputs.iter().any(|n| active.contains(&n.id)))
        {
            active.insert(node.id);
        }
    }
    let mut flow = Flow::default();
    for (n, d) in outputs.iter().zip(cotangents) {
        flow.send(
            n,
            d.unwrap_or_else(|| {
                n.origin
                    .resume_backward(|| Tensor(Ok(n.clone())).ones_like())
            }),
        );
    }
    // The results of an expression are passed together, where all that reads any of them has been.
    let mut met = HashSet::new();
    let first: Vec<bool> = steps.iter().map(|(n, _)| met.insert(n.id)).collect();
    for ((node, expr), _) in steps.iter().zip(first).rev().filter(|(_, first)| *first) {
        let Some(expr) = expr
            .as_ref()
            .filter(|_| active.contains(&node.id) && !ends.contains(&node.id))
        else {
            continue;
        };
        let dy: Vec<Option<Tensor>> = (0..expr.types.len())
            .map(|out| flow.take((node.id, out)))
            .collect();
        if dy.iter().all(Option::is_none) {
            continue;
        }
        let x: Vec<Tensor> = expr.inputs.iter().map(|n| Tensor(Ok(n.clone()))).collect();
        let y = siblings(&steps, node, expr);
        let dx = node.origin.resume_backward(|| expr.op.vjp(&x, &y, &dy));
        let dx = dx.map_err(|fault| {
            let subject = format!("grad of {}", printed(&*expr.op));
            Error::new(subject, fault, node.origin.at)
        })?;
        for (n, d) in expr.inputs.iter().zip(dx) {
            if let Some(d) = d.filter(|_| active.contains(&n.id)) {
                flow.send(n, d);
            }
        }
    }
    let zeros = |n: &Arc<Node>| {
        n.origin
            .resume_backward(|| Tensor(Ok(n.clone())).zeros_like())
    };
    Ok(watched
        .iter()
        .map(|n| flow.take(n.key()).unwrap_or_else(|| zeros(n)))
        .collect())
}

/// All results of `node`'s expression: those that the walk met, and others, which nothing reads, anew.
pub(crate) fn siblings(
    steps: &[(Arc<Node>, Option<Arc<crate::tensor::Expr>>)],
    node: &Arc<Node>,
    expr: &Arc<crate::tensor::Expr>,
) -> Vec<Tensor> {
    let count = expr.types.len();
    if count == 1 {
        return vec![Tensor(Ok(node.clone()))];
    }
    let find = |out| {
        let mut met = steps.iter().map(|(n, _)| n);
        let met = met.find(|n| n.key() == (node.id, out)).cloned();
        met.unwrap_or_else(|| Arc::new(node.sibling(out, expr)))
    };
    (0..count).map(|out| Tensor(Ok(find(out)))).collect()
}

/// Cotangents on their way, summed where paths meet.
#[derive(Default)]
struct Flow(HashMap<Key, Tensor>);

impl Flow {
    fn send(&mut self, to: &Arc<Node>, d: Tensor) {
        let sum = match self.0.remove(&to.key()) {
            Some(old) => to.origin.resume_backward(|| old + d),
            None => d,
        };
        self.0.insert(to.key(), sum);
    }

    fn take(&mut self, key: Key) -> Option<Tensor> {
        self.0.remove(&key)
    }
}
