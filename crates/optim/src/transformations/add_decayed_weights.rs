//! A share of the parameters added to the updates: weight decay.
use super::Entry;
use crate::{
    Leaf, Now, Optimizer, Settings, Slots, Transformation,
    precision::{constant, widen},
    schedule::require,
};
use bouton_tensor::{Fault, Tensor};

/// `u + weight_decay * p` for every parameter `p`. After the gradients have been scaled and before the learning rate
/// this is the decoupled weight decay of Loshchilov and Hutter, <https://arxiv.org/abs/1711.05101>. Optax's name.
pub fn add_decayed_weights(weight_decay: f64) -> AddDecayedWeights {
    AddDecayedWeights { weight_decay }
}

/// See [`add_decayed_weights`].
#[derive(Clone, Debug)]
pub struct AddDecayedWeights {
    weight_decay: f64,
}

impl Transformation for AddDecayedWeights {
    fn name(&self) -> &'static str {
        "add_decayed_weights"
    }
    fn settings(&self) -> Settings {
        vec![("weight_decay", format!("{:?}", self.weight_decay))]
    }
    fn check(&self) -> Result<(), Fault> {
        require(
            "weight_decay",
            self.weight_decay,
            "a finite number of at least 0",
            self.weight_decay >= 0.0,
        )
    }
    fn init(&self, _: &[Leaf]) -> Vec<(String, Tensor)> {
        vec![]
    }
    fn update(&self, updates: Vec<Tensor>, _: &mut Slots, now: &Now) -> Vec<Tensor> {
        let decayed =
            |(u, p): (Tensor, &Leaf)| &u + constant(self.weight_decay, &u) * widen(&p.value);
        updates.into_iter().zip(now.params).map(decayed).collect()
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "add_decayed_weights",
    sample: || Optimizer::new(add_decayed_weights(1e-4)),
};
