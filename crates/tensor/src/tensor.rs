//! One tensor: data, an expression, or an error.
use crate::{
    Array, DType, Error, Fault, Op, Place, Result, Shape, Type,
    op::fault_of,
    place::{Origin, here},
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// A lazy n-dimensional array: a cheap handle to data, to an expression that will be data, or to an error.
///
/// Operations only build expressions, inferring shape and type at once. A value is computed when it is asked
/// for: by printing, [`Tensor::to_vec`], [`Tensor::item`], [`Tensor::eval`]. A mistake makes a tensor that carries
/// the error; it comes out wherever a value or a shape leaves.
#[derive(Clone)]
#[must_use = "a tensor that nobody reads computes nothing and hides its error"]
pub struct Tensor(pub(crate) Result<Arc<Node>>);

/// One result of one expression.
pub(crate) struct Node {
    /// The expression's number; results of one expression share it. Grows with time, so a node depends only on
    /// smaller ones and every walk can stop early.
    pub id: u64,
    /// Which result of the expression.
    pub out: usize,
    pub ty: Type,
    pub origin: Origin,
    /// Length of the longest pending chain below.
    depth: u32,
    /// Depends on a placeholder: has no value to give.
    pub hollow: bool,
    /// The outermost differentiation that may still walk through this node.
    trace: Option<Arc<Trace>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    expr: Option<Arc<Expr>>,
    data: Option<Array>,
}

/// An operation applied to nodes.
pub(crate) struct Expr {
    pub op: Arc<dyn Op>,
    pub inputs: Vec<Arc<Node>>,
    pub types: Vec<Type>,
}

/// A differentiation; while it is open, what it can reach keeps its expressions.
pub(crate) struct Trace {
    id: u64,
    pub open: AtomicBool,
}

impl Trace {
    pub(crate) fn begin() -> Arc<Trace> {
        Arc::new(Trace {
            id: next_id(),
            open: AtomicBool::new(true),
        })
    }
}

pub(crate) fn next_id() -> u64 {
    static ID: AtomicU64 = AtomicU64::new(0);
    ID.fetch_add(1, Relaxed)
}

/// An operation on a longer pending chain evaluates its inputs first.
const PENDING_LIMIT: u32 = 1000;

impl Node {
    fn leaf(ty: Type, at: Place, hollow: bool, data: Option<Array>) -> Node {
        let state = Mutex::new(State { expr: None, data });
        Node {
            id: next_id(),
            out: 0,
            ty,
            origin: Origin::now(at),
            depth: 0,
            hollow,
            trace: None,
            state,
        }
    }

    /// The same result of the same expression, without expression and data.
    pub(crate) fn detached(&self) -> Node {
        let (ty, state) = (self.ty.clone(), Mutex::default());
        Node {
            id: self.id,
            out: self.out,
            ty,
            origin: self.origin.clone(),
            depth: 0,
            hollow: true,
            trace: None,
            state,
        }
    }

    /// Another result of this node's expression.
    pub(crate) fn sibling(&self, out: usize, expr: &Arc<Expr>) -> Node {
        let ty = expr.types[out].clone();
        let (expr, data) = (Some(expr.clone()), None);
        Node {
            id: self.id,
            out,
            ty,
            origin: self.origin.clone(),
            depth: self.depth,
            hollow: self.hollow,
            trace: self.trace.clone(),
            state: Mutex::new(State { expr, data }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; a poisoned one is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expr(&self) -> Option<Arc<Expr>> {
        self.state().expr.clone()
    }

    pub(crate) fn data(&self) -> Option<Array> {
        self.state().data.clone()
    }

    pub(crate) fn has_data(&self) -> bool {
        self.state().data.is_some()
    }

    fn open_trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref().filter(|t| t.open.load(Relaxed))
    }

    pub(crate) fn is_traced(&self) -> bool {
        self.hollow || self.open_trace().is_some()
    }

    /// The value is there: it is kept, and the expression let go unless a differentiation may need it.
    pub(crate) fn keep(&self, data: Array) {
        let mut state = self.state();
        state.data.get_or_insert(data);
        let history = if self.open_trace().is_none() {
            state.expr.take()
        } else {
            None
        };
        drop(state);
        drop(history); // after unlocking: dropping a chain may take long
    }
}

/// Without this, dropping a long chain would overflow the stack.
impl Drop for Node {
    fn drop(&mut self) {
        let take = |node: &mut Node| {
            node.state
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .expr
                .take()
        };
        let mut stack: Vec<Arc<Expr>> = take(self).into_iter().collect();
        while let Some(expr) = stack.pop() {
            for node in Arc::into_inner(expr).into_iter().flat_map(|e| e.inputs) {
                if let Some(mut node) = Arc::into_inner(node) {
                    stack.extend(take(&mut node));
                }
            }
        }
    }
}

/// The door itself: `watch` marks the start of a differentiation.
pub(crate) fn apply_at(
    op: Arc<dyn Op>,
    inputs: &[&Tensor],
    at: Place,
    watch: Option<&Arc<Trace>>,
) -> Vec<Tensor> {
    let outputs = op.outputs();
    let build = || -> Result<Vec<Tensor>> {
        let inputs = inputs
            .iter()
            .map(|t| t.0.clone())
            .collect::<Result<Vec<Arc<Node>>>>()?;
        // A function item passed to a library of the standard's reports that library's line; an input's is nearer.
        let at = if at.file().starts_with("/rustc/") {
            inputs.first().map_or(at, |n| n.origin.at)
        } else {
            at
        };
        let types: Vec<&Type> = inputs.iter().map(|n| &n.ty).collect();
        let results = op
            .infer(&types)
            .map_err(|fault| fault_of(&*op, fault, &types, at))?;
        debug_assert_eq!(results.len(), outputs, "{op:?} promises {outputs} results");
        let hollow = inputs.iter().any(|n| n.hollow);
        let traces = inputs.iter().filter_map(|n| n.open_trace()).chain(watch);
        let trace = traces.min_by_key(|t| t.id).cloned();
        let mut depth = 1 + inputs
            .iter()
            .filter(|n| n.depth > 0 && !n.has_data())
            .map(|n| n.depth)
            .max()
            .unwrap_or(0);
        if depth > PENDING_LIMIT && !hollow && trace.is_none() {
            crate::evaluate::evaluate(&inputs)?;
            depth = 1;
        }
        let (id, origin) = (next_id(), Origin::now(at));
        let expr = Arc::new(Expr {
            op: op.clone(),
            inputs,
            types: results.clone(),
        });
        let node = |(out, ty)| {
            let state = Mutex::new(State {
                expr: Some(expr.clone()),
                data: None,
            });
            Tensor(Ok(Arc::new(Node {
                id,
                out,
                ty,
                origin: origin.clone(),
                depth,
                hollow,
                trace: trace.clone(),
                state,
            })))
        };
        Ok(results.into_iter().enumerate().map(node).collect())
    };
    build().unwrap_or_else(|e| vec![Tensor(Err(e)); outputs])
}

impl Tensor {
    /// Host data as a tensor, without copying.
    #[track_caller]
    pub fn from_array(array: Array) -> Tensor {
        Tensor(Ok(Arc::new(Node::leaf(
            array.ty().clone(),
            here(),
            false,
            Some(array),
        ))))
    }

    /// A tensor that carries this error.
    pub fn from_error(error: Error) -> Tensor {
        Tensor(Err(error))
    }

    /// A tensor that carries the error of `subject` (a function, a layer, a loss) at the caller.
    #[track_caller]
    pub fn fault(subject: impl Into<String>, fault: Fault, inputs: &[&Tensor]) -> Tensor {
        if let Some(first) = inputs.iter().find_map(|t| t.0.as_ref().err()) {
            return Tensor(Err(first.clone()));
        }
        let types: Vec<&Type> = inputs
            .iter()
            .filter_map(|t| t.0.as_ref().ok())
            .map(|n| &n.ty)
            .collect();
        Tensor(Err(Error::new(subject, fault.inputs(types), here())))
    }

    /// Something of this type without a value: the parameter of a traced function.
    #[track_caller]
    pub(crate) fn placeholder(ty: &Type) -> Tensor {
        Tensor(Ok(Arc::new(Node::leaf(ty.clone(), here(), true, None))))
    }

    pub(crate) fn node(&self) -> Result<&Arc<Node>> {
        self.0.as_ref().map_err(Error::clone)
    }

    /// Element type and shape; known without computing anything.
    ///
    /// # Errors
    /// The error that the tensor carries.
    pub fn ty(&self) -> Result<Type> {
        self.node().map(|n| n.ty.clone())
    }

    /// Element type.
    ///
    /// # Errors
    /// The error that the tensor carries.
    pub fn dtype(&self) -> Result<DType> {
        self.node().map(|n| n.ty.dtype)
    }

    /// Size of every axis.
    ///
    /// # Errors
    /// The error that the tensor carries.
    pub fn shape(&self) -> Result<Shape> {
        self.node().map(|n| n.ty.shape.clone())
    }

    /// Number of axes.
    ///
    /// # Errors
    /// The error that the tensor carries.
    pub fn rank(&self) -> Result<usize> {
        self.node().map(|n| n.ty.rank())
    }

    /// The sizes of exactly `N` axes: `let [batch, features] = x.dims()?;`.
    ///
    /// # Errors
    /// Another number of axes, or the error that the tensor carries.
    #[track_caller]
    pub fn dims<const N: usize>(&self) -> Result<[usize; N]> {
        let (ty, at) = (&self.node()?.ty, here());
        <[usize; N]>::try_from(&ty.shape[..]).map_err(|_| {
            let rule = format!("expected {N} axes, found {}", ty.rank());
            Error::new("dims", Fault::shape(rule).inputs([ty]), at)
        })
    }

    /// The error that the tensor carries, if any.
    pub fn error(&self) -> Option<&Error> {
        self.0.as_ref().err()
    }

    /// Where the tensor was made.
    pub fn place(&self) -> Option<Place> {
        self.0.as_ref().ok().map(|n| n.origin.at)
    }

    /// Computes the value now.
    ///
    /// # Errors
    /// The error that the tensor carries, or that it has no value while tracing.
    #[track_caller]
    pub fn eval(&self) -> Result<Tensor> {
        crate::evaluate::evaluate(std::slice::from_ref(self.node()?))?;
        Ok(self.clone())
    }

    /// The value as host data; shares the bytes.
    ///
    /// # Errors
    /// As [`Tensor::eval`].
    #[track_caller]
    pub fn to_array(&self) -> Result<Array> {
        let (node, at) = (self.node()?, here());
        crate::evaluate::evaluate(std::slice::from_ref(node))?;
        node.data().ok_or_else(|| no_value(node, at))
    }

    /// The value as host data; without a copy of the handle, so that a last handle gives up its bytes.
    ///
    /// # Errors
    /// As [`Tensor::eval`].
    #[track_caller]
    pub fn into_array(self) -> Result<Array> {
        let (node, at) = (self.0?, here());
        crate::evaluate::evaluate(std::slice::from_ref(&node))?;
        match Arc::try_unwrap(node) {
            Ok(mut node) => match node
                .state
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .data
                .take()
            {
                Some(data) => Ok(data),
                None => Err(no_value(&node, at)),
            },
            Err(node) => node.data().ok_or_else(|| no_value(&node, at)),
        }
    }

    /// Whether a value can be asked for: not of what a traced function is given or makes of it, nor of an error.
    pub fn has_value(&self) -> bool {
        self.0.as_ref().is_ok_and(|n| !n.hollow)
    }

    /// Whether some transformation is looking at what is done with it.
    pub(crate) fn is_traced(&self) -> bool {
        self.0.as_ref().is_ok_and(|n| n.is_traced())
    }
}

/// The error of asking at `at` for a value where there is none.
pub(crate) fn no_value(node: &Node, at: Place) -> Error {
    let rule = format!("{} has no value while tracing", node.ty);
    let fault = Fault::tracing(rule)
        .help("inside jit, vmap and the like a tensor has a type only: return it, or compute with it and look at the result");
    Error::new("value", fault, at)
}

impl From<Result<Tensor>> for Tensor {
    fn from(result: Result<Tensor>) -> Tensor {
        result.unwrap_or_else(Tensor::from_error)
    }
}

impl From<Error> for Tensor {
    fn from(error: Error) -> Tensor {
        Tensor(Err(error))
    }
}
