//! What an optimizer remembers between steps.
use bouton_tensor::{Path, Tensor, Tree};
use std::{fmt, sync::Arc};

/// The state of an optimizer: the step counter and named slots such as moments. A tree: pass it through `jit`, by
/// value to have it updated in place.
#[derive(Clone)]
pub struct State {
    names: Arc<[String]>,
    step: Tensor,
    slots: Vec<Tensor>,
}

impl State {
    pub(crate) fn first(slots: Vec<(String, Tensor)>) -> State {
        let (names, slots): (Vec<String>, Vec<Tensor>) = slots.into_iter().unzip();
        State {
            names: names.into(),
            step: Tensor::scalar(0i32),
            slots,
        }
    }

    /// The state after a step.
    pub(crate) fn next(&self, step: Tensor, slots: Vec<Tensor>) -> State {
        State {
            names: self.names.clone(),
            step,
            slots,
        }
    }

    /// Updates made so far: one `i32`.
    pub fn step(&self) -> &Tensor {
        &self.step
    }

    /// The slots without their names.
    pub(crate) fn slots(&self) -> &[Tensor] {
        &self.slots
    }

    /// Every slot with its name, such as `m.dense_0.kernel`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.names.iter().map(String::as_str).zip(&self.slots)
    }
}

impl Tree for State {
    type Owned = State;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> State {
        let step = f(Path::Field(&at, "step"), &self.step);
        let slots = self
            .iter()
            .map(|(name, slot)| f(Path::Field(&at, name), slot))
            .collect();
        State {
            names: self.names.clone(),
            step,
            slots,
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_map()
            .entry(&"step", &self.step)
            .entries(self.iter())
            .finish()
    }
}
