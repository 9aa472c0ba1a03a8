//! What a gradient transformation is: one step of the way from gradients to updates.
use crate::precision;
use bouton_tensor::{Fault, Tensor};
use std::{fmt::Debug, slice};

/// Names and values of settings, as they are printed.
pub type Settings = Vec<(&'static str, String)>;

/// Turns a list of updates, one for each trained leaf, into another; remembers what it needs in slots.
///
/// The first transformation of a chain is given gradients; what the last one returns is added to the parameters.
/// Updates are `f32`, or `f64` for an `f64` leaf.
pub trait Transformation: Debug + Send + Sync + 'static {
    /// The name: of the file, the function and the printed form.
    fn name(&self) -> &'static str;

    /// The settings that the printed form shows.
    fn settings(&self) -> Settings;

    /// Whether the settings make sense.
    ///
    /// # Errors
    /// The rule that one of them breaks.
    fn check(&self) -> Result<(), Fault>;

    /// The slots before the first step, each with a name.
    fn init(&self, params: &[Leaf]) -> Vec<(String, Tensor)>;

    /// One step. Goes through its slots in the order of [`Transformation::init`], replacing each once.
    fn update(&self, updates: Vec<Tensor>, slots: &mut Slots, now: &Now) -> Vec<Tensor>;
}

/// One tensor of what is trained, and where it sits in its tree.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its path, such as `.dense_0.kernel`; empty for a lone tensor.
    pub path: String,
    /// Its value.
    pub value: Tensor,
}

impl Leaf {
    /// A slot of zeros for this leaf, named `kind` and the leaf's path.
    pub fn zeros(&self, kind: &str) -> (String, Tensor) {
        let zeros = match self.value.ty() {
            Ok(ty) => Tensor::zeros(precision::of(ty.dtype), ty.shape),
            Err(e) => Tensor::from_error(e),
        };
        (format!("{kind}{}", self.path), zeros)
    }
}

/// What every transformation of a chain may look at.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// Updates made so far, `i32`; zero in the first step.
    pub step: &'a Tensor,
    /// The parameters before this step.
    pub params: &'a [Leaf],
}

/// The slots of a state, each read and replaced in turn.
#[derive(Debug)]
pub struct Slots<'a> {
    old: slice::Iter<'a, Tensor>,
    new: Vec<Tensor>,
    missing: usize,
}

impl<'a> Slots<'a> {
    pub(crate) fn new(old: &'a [Tensor]) -> Slots<'a> {
        Slots {
            old: old.iter(),
            new: Vec::with_capacity(old.len()),
            missing: 0,
        }
    }

    /// Replaces the next slot by what `f` makes of it, and returns that.
    pub fn replace(&mut self, f: impl FnOnce(&Tensor) -> Tensor) -> Tensor {
        let Some(old) = self.old.next() else {
            self.missing += 1;
            return Tensor::fault("update", too_few(self.missing), &[]);
        };
        let new = f(old);
        self.new.push(new.clone());
        new
    }

    /// The new slots, if all old ones were replaced and there were enough.
    pub(crate) fn finish(self) -> Result<Vec<Tensor>, Fault> {
        match (self.old.len(), self.missing) {
            (0, 0) => Ok(self.new),
            (0, n) => Err(too_few(n)),
            (n, _) => {
                let rule = format!("the state has {n} slots more than this optimizer");
                Err(Fault::shape(rule).help(OTHER_STATE))
            }
        }
    }
}

fn too_few(missing: usize) -> Fault {
    let rule = format!("the state has {missing} slots less than this optimizer");
    Fault::shape(rule).help(OTHER_STATE)
}

pub(crate) const OTHER_STATE: &str =
    "use the state that this optimizer's init made for these parameters";
