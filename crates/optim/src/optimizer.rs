//! An optimizer: a transformation with the tree taken apart before it and put together after it.
use crate::{
    Leaf, Now, Slots, State, Transformation, chain::printed, precision, transformation::OTHER_STATE,
};
use bouton_tensor::{Fault, Path, Tensor, Tree, blame, here, label};
use std::{fmt, sync::Arc};

/// Turns parameters and their gradients into better parameters. Cheap to clone; printed with its settings.
///
/// Moments and updates are `f32` whatever the parameters' type (`f64` for `f64` parameters), and a parameter keeps
/// its type and shape.
#[derive(Clone)]
pub struct Optimizer(Arc<dyn Transformation>);

impl Optimizer {
    /// The optimizer that adds to the parameters what `transformation` makes of the gradients.
    pub fn new(transformation: impl Transformation) -> Optimizer {
        Optimizer(Arc::new(transformation))
    }

    /// The name, such as `adam`.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Whether the settings make sense; [`Optimizer::init`] and [`Optimizer::update`] check the same.
    ///
    /// # Errors
    /// The rule that a setting breaks.
    #[track_caller]
    pub fn check(&self) -> bouton_tensor::Result<()> {
        let at = here();
        self.0
            .check()
            .or_else(|fault| blame(at, || self.fault(fault, &[])).ty().map(|_| ()))
    }

    /// The state before the first step for parameters of these types and shapes.
    ///
    /// # Errors
    /// A setting that makes no sense; a leaf that is not a float. They ride on the state.
    #[track_caller]
    pub fn init<P: Tree>(&self, params: P) -> State {
        blame(here(), || {
            let leaves = leaves(&params);
            match self.refusal(&leaves) {
                None => State::first(self.0.init(&leaves)),
                Some(poison) => {
                    State::first(self.0.init(&leaves)).map(Path::Root, &mut |_, _| poison.clone())
                }
            }
        })
    }

    /// The parameters and the state after one step along these gradients.
    ///
    /// # Errors
    /// Gradients that differ from the parameters in number or shape; a state of another optimizer or of other
    /// parameters; a leaf that is not a float. They ride on the results.
    #[track_caller]
    pub fn update<P: Tree>(&self, grads: impl Tree, state: State, params: P) -> (P::Owned, State) {
        let updated = || {
            let leaves = leaves(&params);
            let stepped = match self.refusal(&leaves) {
                None => self.step(grads.leaves(), &state, &leaves),
                Some(poison) => Err(poison),
            };
            match stepped {
                Ok((values, state)) => (params.with_leaves(values), state),
                Err(poison) => {
                    let poisoned = |_: Path, _: &Tensor| poison.clone();
                    (
                        params.map(Path::Root, &mut poisoned.clone()),
                        state.map(Path::Root, &mut poisoned.clone()),
                    )
                }
            }
        };
        blame(here(), || label(self.name(), updated))
    }

    fn step(
        &self,
        grads: Vec<Tensor>,
        state: &State,
        leaves: &[Leaf],
    ) -> Result<(Vec<Tensor>, State), Tensor> {
        self.match_gradients(&grads, leaves)?;
        let now = Now {
            step: state.step(),
            params: leaves,
        };
        let mut slots = Slots::new(state.slots());
        let updates = self.0.update(
            grads.iter().map(precision::widen).collect(),
            &mut slots,
            &now,
        );
        let slots = slots.finish().map_err(|fault| self.fault(fault, &[]))?;
        let kept = state
            .slots()
            .iter()
            .zip(&slots)
            .all(|(old, new)| same_type(old, new));
        let values: Vec<Tensor> = leaves
            .iter()
            .zip(&updates)
            .map(|(leaf, u)| label(leaf.path.trim_start_matches('.'), || moved(&leaf.value, u)))
            .collect();
        if !kept
            || !leaves
                .iter()
                .zip(&values)
                .all(|(leaf, new)| same_type(&leaf.value, new))
        {
            return Err(self.fault(
                Fault::shape("the state does not fit the parameters").help(OTHER_STATE),
                &[],
            ));
        }
        Ok((values, state.next(counted(state.step()), slots)))
    }

    /// Why these parameters cannot be trained with this, if they cannot.
    fn refusal(&self, leaves: &[Leaf]) -> Option<Tensor> {
        if let Err(fault) = self.0.check() {
            return Some(self.fault(fault, &[]));
        }
        leaves
            .iter()
            .find_map(|Leaf { path, value }| match value.dtype() {
                Ok(dtype) if !dtype.is_float() => {
                    let rule =
                        format!("only floats can be trained; the parameter {path:?} is {dtype}");
                    Some(
                        self.fault(
                            Fault::dtype(rule)
                                .help("leave it out of the parameters, or convert it to f32"),
                            &[value],
                        ),
                    )
                }
                Ok(_) => None,
                Err(e) => Some(Tensor::from_error(e)),
            })
    }

    fn match_gradients(&self, grads: &[Tensor], leaves: &[Leaf]) -> Result<(), Tensor> {
        if grads.len() != leaves.len() {
            let rule = format!(
                "there are {} gradients for {} parameters",
                grads.len(),
                leaves.len()
            );
            return Err(self.fault(
                Fault::shape(rule)
                    .help("pass the gradients of these parameters, in the same structure"),
                &[],
            ));
        }
        for (grad, Leaf { path, value }) in grads.iter().zip(leaves) {
            match (grad.ty(), value.ty()) {
                (Ok(g), Ok(p)) if g.shape != p.shape || !g.dtype.is_float() => {
                    let rule = format!("the gradient of {path:?} must be a float of its shape");
                    return Err(self.fault(Fault::shape(rule), &[grad, value]));
                }
                (Err(e), _) | (_, Err(e)) => return Err(Tensor::from_error(e)),
                _ => {}
            }
        }
        Ok(())
    }

    fn fault(&self, fault: Fault, inputs: &[&Tensor]) -> Tensor {
        Tensor::fault(self.to_string(), fault, inputs)
    }
}

fn leaves<P: Tree>(params: &P) -> Vec<Leaf> {
    let mut leaves = vec![];
    let _ = params.map(Path::Root, &mut |path, value| {
        leaves.push(Leaf {
            path: path.to_string(),
            value: value.clone(),
        });
        value.clone()
    });
    leaves
}

fn moved(value: &Tensor, update: &Tensor) -> Tensor {
    match value.dtype() {
        Ok(dtype) => (precision::widen(value) + update).convert(dtype),
        Err(_) => value.clone(),
    }
}

/// Whether both have the same type; a carried error is left for whoever reads the value.
fn same_type(a: &Tensor, b: &Tensor) -> bool {
    match (a.ty(), b.ty()) {
        (Ok(a), Ok(b)) => a == b,
        _ => true,
    }
}

/// One more step, on the host where it is known there: a chain of pending additions would grow with every step.
fn counted(step: &Tensor) -> Tensor {
    if !step.has_value() {
        return step.minimum(i32::MAX - 1) + 1;
    }
    match step.to_array() {
        Ok(now) => Tensor::scalar((now.get_f64(0) as i32).saturating_add(1)),
        Err(e) => Tensor::from_error(e),
    }
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&printed(self.0.name(), &self.0.settings()))
    }
}

impl fmt::Debug for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
