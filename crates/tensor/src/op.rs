//! What an operation must say about itself: every rule, no defaults.
use crate::{Array, Error, Fault, Result, Tensor, Type};
use bouton_ir as ir;
use std::{fmt::Debug, sync::Arc};

/// A primitive operation. Its attributes are the fields of the type that implements this.
///
/// All rules speak of the inputs `x`, the results `y` and, for derivatives, tangents `dx` or cotangents `dy`.
/// The rules for derivatives and batching make more tensors; they never look at values.
pub trait Op: Debug + Send + Sync + 'static {
    /// The name: of the file, the method, the printed form and the docs.
    fn name(&self) -> &'static str;

    /// The number of results; follows from the attributes, so that an error has as many carriers.
    fn outputs(&self) -> usize;

    /// The types of the results.
    ///
    /// # Errors
    /// The rule that the inputs break, naming the input and axis.
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault>;

    /// Reference evaluation: the plainest loop, on inputs that [`Op::infer`] accepted.
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array>;

    /// Reverse rule: the cotangents of the inputs. `None` in `dy`: nothing flows in there; `None` in the result:
    /// nothing flows out (an integer input, say). Called only if something flows in.
    ///
    /// # Errors
    /// Why this has no derivative, in words.
    fn vjp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault>;

    /// Forward rule: the tangents of the results. `None` is zero. Called only if some tangent is not zero.
    ///
    /// # Errors
    /// Why this has no derivative, in words.
    fn jvp(
        &self,
        x: &[Tensor],
        y: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault>;

    /// Batching rule: the results when input `i` has an extra axis `axes[i]` (`None`: has none), each with the
    /// place of its own extra axis. Called only if some input has one.
    ///
    /// # Errors
    /// Why this cannot be batched, in words.
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault>;

    /// The operation in StableHLO, on operands named `x`; lines that define `%0` (or `%0:n`), the last defining it.
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String;

    /// Appends no step, one or several; gives the results.
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value>;
}

/// The printed form: the name and every attribute, such as `concatenate { axis: 0 }`. Kernels are known by it.
pub fn printed(op: &dyn Op) -> String {
    let debug = format!("{op:?}");
    match debug.find(" {").filter(|_| debug.ends_with('}')) {
        Some(i) => format!("{}{}", op.name(), &debug[i..]),
        None => op.name().to_string(),
    }
}

/// An operation in the table: what works, what must fail, with the exact words.
pub struct Entry {
    /// The operation's name, and its file's.
    pub name: &'static str,
    /// Uses that work; the laws are checked on each.
    pub samples: fn() -> Vec<Sample>,
    /// Uses that must fail, each with the rule it breaks: the first line of its error.
    pub faults: fn() -> Vec<(Tensor, &'static str)>,
}

/// One use of an operation.
#[derive(Clone)]
pub struct Sample {
    /// The operation.
    pub op: Arc<dyn Op>,
    /// Its inputs.
    pub inputs: Vec<Array>,
    /// Whether other inputs are to be near these: elements may not change places.
    pub near: bool,
}

impl Sample {
    /// One use.
    pub fn new(op: impl Op, inputs: impl IntoIterator<Item = Array>) -> Sample {
        Sample {
            op: Arc::new(op),
            inputs: inputs.into_iter().collect(),
            near: false,
        }
    }

    /// One use whose inputs have a property that the operation needs, such as being positive definite, and that
    /// inputs near these have too.
    pub fn near(op: impl Op, inputs: impl IntoIterator<Item = Array>) -> Sample {
        Sample {
            near: true,
            ..Sample::new(op, inputs)
        }
    }
}

/// Applies `op` to `inputs`: the one door that every operation goes through. One tensor for each result.
#[track_caller]
pub fn apply(op: impl Op, inputs: &[&Tensor]) -> Vec<Tensor> {
    crate::tensor::apply_at(Arc::new(op), inputs, crate::place::here(), None)
}

/// [`apply`] for an operation with one result.
#[track_caller]
pub(crate) fn apply1(op: impl Op, inputs: &[&Tensor]) -> Tensor {
    fn first(op: Arc<dyn Op>, inputs: &[&Tensor], at: crate::Place) -> Tensor {
        crate::tensor::apply_at(op, inputs, at, None).swap_remove(0)
    }
    first(Arc::new(op), inputs, crate::place::here())
}

/// The error of an operation that broke a rule on inputs of these types.
pub(crate) fn fault_of(op: &dyn Op, fault: Fault, types: &[&Type], at: crate::Place) -> Error {
    Error::new(printed(op), fault.inputs(types.iter().copied()), at)
}
