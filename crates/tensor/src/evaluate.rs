//! Computing what is asked for: everything pending below, as one program.
use crate::{
    Array, Result,
    compiler::{default_compiler, executable},
    graph::{Graph, is_cheap, order},
    place::here,
    tensor::{Node, no_value},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Computes several tensors together, as one program.
///
/// # Errors
/// The first error that one of them carries, or that one has no value while tracing.
#[track_caller]
pub fn eval<X: crate::Tree>(tensors: X) -> Result<()> {
    evaluate(&crate::graph::nodes(&tensors.leaves())?)
}

#[track_caller]
pub(crate) fn evaluate(roots: &[Arc<Node>]) -> Result<()> {
    let at = here();
    if roots.iter().all(|n| n.has_data()) {
        return Ok(());
    }
    let nodes = order(roots, &|n| if n.has_data() { None } else { n.expr() });
    let mut inputs: Vec<Array> = vec![];
    for (node, _) in nodes.iter().filter(|(_, e)| e.is_none()) {
        inputs.push(node.data().ok_or_else(|| no_value(node, at))?);
    }
    // Interior values that somebody else still holds are kept too, or their work would be done again.
    let mut uses: HashMap<*const Node, usize> = HashMap::new();
    let mut counted = HashSet::new();
    for expr in nodes
        .iter()
        .filter_map(|(_, e)| e.as_ref())
        .filter(|e| counted.insert(Arc::as_ptr(e)))
    {
        for input in &expr.inputs {
            *uses.entry(Arc::as_ptr(input)).or_default() += 1;
        }
    }
    let held =
        |n: &Arc<Node>| Arc::strong_count(n) > 1 + uses.get(&Arc::as_ptr(n)).copied().unwrap_or(0);
    let is_root = |n: &Arc<Node>| roots.iter().any(|r| Arc::ptr_eq(r, n));
    let kept: Vec<Arc<Node>> = nodes
        .iter()
        .filter(|(n, e)| {
            e.as_ref()
                .is_some_and(|e| is_root(n) || (held(n) && !is_cheap(n, e)))
        })
        .map(|(n, _)| n.clone())
        .collect();
    let graph = Graph::pending(&nodes, kept.clone());
    let executable = executable(&*default_compiler()?, &graph, &[])?;
    let mut results = vec![];
    executable.run(&mut inputs, &mut results)?;
    for (node, data) in kept.iter().zip(results.into_iter().flatten()) {
        node.keep(data);
    }
    Ok(())
}
