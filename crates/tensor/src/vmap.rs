//! Batching: a function of one example applied to many at once.
use crate::{
    Error, Fault, Output, Path, Place, Result, Tensor, Tree, Type,
    graph::Graph,
    op::printed,
    place::{Origin, blame, here},
    tensor::Expr,
};

/// Applies `f`, a function of one example, to every example along the leading axis of all leaves of `xs`; results
/// are stacked along a leading axis.
///
/// `f` is called once. What it captures is shared by all examples.
///
/// # Errors
/// Every leaf needs a leading axis, and all the same size of it. An operation that cannot be batched.
///
/// # Example
/// ```
/// use bouton_tensor::{tensor, vmap};
/// let sums = vmap(&tensor![[1.0, 2.0], [3.0, 4.0]], |x| x.sum());
/// assert_eq!(format!("{sums:?}"), "f32[2] [3.0, 7.0]");
/// ```
#[track_caller]
pub fn vmap<X: Tree, O: Output>(xs: X, f: impl FnOnce(X::Owned) -> O) -> O::With<O::Value> {
    let place = here();
    let leaves = xs.leaves();
    let size = match batch_size(&leaves, place) {
        Ok(size) => size,
        Err(e) => {
            return f(xs.map(Path::Root, &mut |_, _| Tensor::from_error(e.clone())))
                .map_output(|v| v);
        }
    };
    let mut params = vec![];
    let x = xs.map(Path::Root, &mut |_, t| {
        let example = blame(place, || example(t));
        params.push(example.clone());
        example
    });
    f(x).map_output(|value| {
        let outputs = value.leaves();
        let batched = batch(&params, &outputs, &leaves, size);
        value.with_leaves(batched.unwrap_or_else(|e| vec![Tensor::from_error(e); outputs.len()]))
    })
}

#[track_caller]
fn example(t: &Tensor) -> Tensor {
    match t.ty() {
        Ok(ty) => Tensor::placeholder(&Type::new(ty.dtype, &ty.shape[1..])),
        Err(e) => Tensor::from_error(e),
    }
}

fn batch_size(leaves: &[Tensor], place: Place) -> Result<usize> {
    let types = leaves
        .iter()
        .map(Tensor::ty)
        .collect::<Result<Vec<Type>>>()?;
    let error = |rule: &str| Error::new("vmap", Fault::shape(rule).inputs(&types), place);
    match types.first().and_then(|t| t.shape.first()) {
        None => Err(error("every leaf must have a leading axis")),
        Some(&n) if types.iter().all(|t| t.shape.first() == Some(&n)) => Ok(n),
        Some(_) => Err(error(
            "all leaves must agree on the size of the leading axis",
        )),
    }
}

fn batch(params: &[Tensor], outputs: &[Tensor], xs: &[Tensor], size: usize) -> Result<Vec<Tensor>> {
    let graph = Graph::new(params, outputs)?;
    let given: Vec<_> = xs.iter().map(|x| (x.clone(), Some(0))).collect();
    let captures: Vec<_> = graph
        .capture_tensors()
        .into_iter()
        .map(|x| (x, None))
        .collect();
    let results = graph.fold(&given, &captures, &mut |from, expr, args| {
        apply_batched(from, expr, args)
    })?;
    let front = |(y, axis): (Tensor, Option<usize>)| match axis {
        Some(axis) => y.bring(axis, 0),
        None => y.repeat_front(size),
    };
    Ok(results.into_iter().map(front).collect())
}

fn apply_batched(
    from: &Origin,
    expr: &Expr,
    args: &[(Tensor, Option<usize>)],
) -> Result<Vec<(Tensor, Option<usize>)>> {
    let (x, axes): (Vec<Tensor>, Vec<Option<usize>>) = args.iter().cloned().unzip();
    from.resume(|| {
        if axes.iter().all(Option::is_none) {
            let inputs: Vec<&Tensor> = x.iter().collect();
            let y = crate::tensor::apply_at(expr.op.clone(), &inputs, from.at, None);
            return Ok(y.into_iter().map(|y| (y, None)).collect());
        }
        expr.op
            .batch(&x, &axes)
            .map_err(|fault| Error::new(format!("vmap of {}", printed(&*expr.op)), fault, from.at))
    })
}

impl Tensor {
    /// The tensor with `axis` moved to place `to`, the others in order.
    #[track_caller]
    pub(crate) fn bring(&self, axis: usize, to: usize) -> Tensor {
        if axis == to {
            return self.clone();
        }
        let Ok(rank) = self.rank() else {
            return self.clone();
        };
        let mut order: Vec<usize> = (0..rank).filter(|&a| a != axis).collect();
        order.insert(to.min(order.len()), axis);
        self.transpose(&order)
    }

    /// The tensor repeated along a new leading axis.
    #[track_caller]
    pub(crate) fn repeat_front(&self, size: usize) -> Tensor {
        match self.shape() {
            Ok(shape) => {
                let to: Vec<usize> = std::iter::once(size).chain(shape.iter().copied()).collect();
                self.broadcast_to(to)
            }
            Err(_) => self.clone(),
        }
    }
}
