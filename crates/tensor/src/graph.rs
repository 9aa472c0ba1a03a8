//! Walking expressions, and closed functions cut out of them.
use crate::{
    Array, Result, Tensor, Type,
    place::Origin,
    tensor::{Expr, Node},
};
use bouton_ir as ir;
use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

/// A result of an expression: the expression's number and which result.
pub(crate) type Key = (u64, usize);

impl Node {
    pub(crate) fn key(&self) -> Key {
        (self.id, self.out)
    }
}

/// Everything below `roots`, inputs first; the walk stops where `open` gives no expression. No recursion: chains
/// are long. Siblings of one expression each appear, next to the same expression.
pub(crate) fn order(
    roots: &[Arc<Node>],
    open: &dyn Fn(&Node) -> Option<Arc<Expr>>,
) -> Vec<(Arc<Node>, Option<Arc<Expr>>)> {
    let (mut seen, mut done, mut stack) = (HashSet::new(), vec![], vec![]);
    for root in roots {
        let mut next = Some(root.clone());
        loop {
            if let Some(node) = next.take().filter(|n| seen.insert(n.key())) {
                let expr = open(&node);
                stack.push((node, expr, 0));
            }
            let Some((_, expr, i)) = stack.last_mut() else {
                break;
            };
            match expr.as_ref().and_then(|e| e.inputs.get(*i)) {
                Some(node) => {
                    *i += 1;
                    next = Some(node.clone());
                }
                None => done.extend(stack.pop().map(|(node, expr, _)| (node, expr))),
            }
        }
    }
    done
}

pub(crate) fn nodes(tensors: &[Tensor]) -> Result<Vec<Arc<Node>>> {
    tensors.iter().map(|t| t.node().cloned()).collect()
}

/// A closed function of arrays: parameters, expressions in order, outputs. What it needs of the world outside is
/// in `captures`.
pub struct Graph {
    pub(crate) params: Vec<Arc<Node>>,
    pub(crate) captures: Vec<Arc<Node>>,
    pub(crate) outputs: Vec<Arc<Node>>,
    steps: Vec<Stated>,
}

/// What [`Graph::fold`] does at each step: where it comes from, expression, arguments.
type Step<'a, T, E> = dyn FnMut(&Origin, &Expr, &[T]) -> Result<Vec<T>, E> + 'a;

struct Stated {
    id: u64,
    origin: Origin,
    expr: Arc<Expr>,
}

impl Stated {
    fn new(node: &Node, expr: Arc<Expr>) -> Stated {
        Stated {
            id: node.id,
            origin: node.origin.clone(),
            expr,
        }
    }
}

/// Whether a large value is made of next to nothing: it is made again rather than kept.
pub(crate) fn is_cheap(node: &Node, expr: &Expr) -> bool {
    node.ty.size() > 64 && expr.inputs.iter().all(|n| n.ty.size() <= 1)
}

impl Graph {
    /// The function from `params` to `outputs`. Captures are the maximal sub-expressions that do not depend on
    /// the parameters.
    pub(crate) fn new(params: &[Tensor], outputs: &[Tensor]) -> Result<Graph> {
        Graph::cut(params, outputs, &|_, _| false)
    }

    /// As [`Graph::new`], to be run many times: a large value made of next to nothing while tracing is made by every
    /// run, and what it is made of is captured.
    pub(crate) fn to_run(params: &[Tensor], outputs: &[Tensor]) -> Result<Graph> {
        Graph::cut(params, outputs, &is_cheap)
    }

    fn cut(
        params: &[Tensor],
        outputs: &[Tensor],
        made_again: &dyn Fn(&Node, &Expr) -> bool,
    ) -> Result<Graph> {
        let (params, outputs) = (nodes(params)?, nodes(outputs)?);
        let start = params.iter().map(|p| p.id).min().unwrap_or(u64::MAX);
        let open = |n: &Node| if n.id < start { None } else { n.expr() };
        let mut inside: HashSet<u64> = params.iter().map(|p| p.id).collect();
        let (mut steps, mut captures, mut known) = (vec![], vec![], HashSet::new());
        // What a step reads from outside is captured; what is made again is a step that reads captures.
        let mut bring = |n: &Arc<Node>, steps: &mut Vec<Stated>| {
            let again = open(n).filter(|e| made_again(n, e));
            let reads = again
                .as_ref()
                .map_or(std::slice::from_ref(n), |e| &e.inputs[..]);
            captures.extend(reads.iter().filter(|n| known.insert(n.key())).cloned());
            steps.extend(
                again
                    .filter(|_| known.insert(n.key()))
                    .map(|expr| Stated::new(n, expr)),
            );
        };
        for (node, expr) in order(&outputs, &open) {
            let Some(expr) = expr else { continue };
            if inside.contains(&node.id) || !expr.inputs.iter().any(|n| inside.contains(&n.id)) {
                continue;
            }
            for n in expr.inputs.iter().filter(|n| !inside.contains(&n.id)) {
                bring(n, &mut steps);
            }
            inside.insert(node.id);
            steps.push(Stated::new(&node, expr));
        }
        for n in outputs.iter().filter(|n| !inside.contains(&n.id)) {
            bring(n, &mut steps);
        }
        Ok(Graph {
            params,
            captures,
            outputs,
            steps,
        })
    }

    /// Everything pending below `outputs`, as a function of the data it starts from.
    pub(crate) fn pending(
        nodes: &[(Arc<Node>, Option<Arc<Expr>>)],
        outputs: Vec<Arc<Node>>,
    ) -> Graph {
        let mut stated = HashSet::new();
        let params = nodes
            .iter()
            .filter(|(_, e)| e.is_none())
            .map(|(n, _)| n.clone())
            .collect();
        let steps = nodes
            .iter()
            .filter_map(|(n, e)| Some((n, e.as_ref()?)))
            .filter(|(n, _)| stated.insert(n.id))
            .map(|(n, e)| Stated::new(n, e.clone()))
            .collect();
        Graph {
            params,
            captures: vec![],
            outputs,
            steps,
        }
    }

    /// The same function, holding on to no data.
    pub(crate) fn detached(&self) -> Graph {
        let mut known: HashMap<Key, Arc<Node>> = HashMap::new();
        let mut bare = |n: &Arc<Node>| {
            known
                .entry(n.key())
                .or_insert_with(|| Arc::new(n.detached()))
                .clone()
        };
        let mut all = |nodes: &[Arc<Node>]| nodes.iter().map(&mut bare).collect::<Vec<_>>();
        let (params, captures, outputs) =
            (all(&self.params), all(&self.captures), all(&self.outputs));
        let mut step = |s: &Stated| {
            let expr = Expr {
                op: s.expr.op.clone(),
                inputs: all(&s.expr.inputs),
                types: s.expr.types.clone(),
            };
            Stated {
                id: s.id,
                origin: s.origin.clone(),
                expr: Arc::new(expr),
            }
        };
        Graph {
            params,
            captures,
            outputs,
            steps: self.steps.iter().map(&mut step).collect(),
        }
    }

    /// Runs over all steps with values of any kind: one for each parameter, capture and result.
    pub(crate) fn fold<T: Clone, E>(
        &self,
        params: &[T],
        captures: &[T],
        step: &mut Step<'_, T, E>,
    ) -> Result<Vec<T>, E> {
        let mut env: HashMap<Key, T> = HashMap::new();
        let given = self
            .params
            .iter()
            .zip(params)
            .chain(self.captures.iter().zip(captures));
        env.extend(given.map(|(n, x)| (n.key(), x.clone())));
        for Stated { id, origin, expr } in &self.steps {
            let args: Vec<T> = expr.inputs.iter().map(|n| env[&n.key()].clone()).collect();
            for (out, y) in step(origin, expr, &args)?.into_iter().enumerate() {
                env.insert((*id, out), y);
            }
        }
        Ok(self.outputs.iter().map(|n| env[&n.key()].clone()).collect())
    }

    /// Reference evaluation; `captures` are evaluated already.
    pub(crate) fn eval(&self, params: &[Array], captures: &[Array]) -> Vec<Array> {
        let step =
            &mut |_: &Origin, e: &Expr, x: &[Array]| -> Result<_, std::convert::Infallible> {
                Ok(e.op.eval(&x.iter().collect::<Vec<_>>(), &e.types))
            };
        match self.fold(params, captures, step) {
            Ok(y) => y,
            Err(never) => match never {},
        }
    }

    /// The types of the inputs: parameters, then captures.
    pub fn input_types(&self) -> Vec<Type> {
        self.params
            .iter()
            .chain(&self.captures)
            .map(|n| n.ty.clone())
            .collect()
    }

    /// The types of the outputs.
    pub fn output_types(&self) -> Vec<Type> {
        self.outputs.iter().map(|n| n.ty.clone()).collect()
    }

    /// Lowered to the language of compilers.
    pub fn program(&self) -> ir::Program {
        let mut b = ir::Builder::new(self.input_types());
        let inputs = b.inputs();
        let (params, captures) = inputs.split_at(self.params.len());
        let step = &mut |from: &Origin,
                         e: &Expr,
                         x: &[ir::Value]|
         -> Result<_, std::convert::Infallible> {
            b.label(from.label.clone());
            Ok(e.op.lower(&mut b, x, &e.types))
        };
        let outputs = match self.fold(params, captures, step) {
            Ok(y) => y,
            Err(never) => match never {},
        };
        b.finish(outputs)
    }

    pub(crate) fn capture_tensors(&self) -> Vec<Tensor> {
        self.captures
            .iter()
            .map(|n| Tensor(Ok(n.clone())))
            .collect()
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(&self.program(), f)
    }
}
