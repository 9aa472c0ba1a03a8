//! Updates times a number.
use super::Entry;
use crate::{
    Leaf, Now, Optimizer, Settings, Slots, Transformation, precision::constant, schedule::require,
};
use bouton_tensor::{Fault, Tensor};

/// `factor * u`. Optax's name.
pub fn scale(factor: f64) -> Scale {
    Scale { factor }
}

/// See [`scale`].
#[derive(Clone, Debug)]
pub struct Scale {
    factor: f64,
}

impl Transformation for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }
    fn settings(&self) -> Settings {
        vec![("factor", format!("{:?}", self.factor))]
    }
    fn check(&self) -> Result<(), Fault> {
        require("factor", self.factor, "a finite number", true)
    }
    fn init(&self, _: &[Leaf]) -> Vec<(String, Tensor)> {
        vec![]
    }
    fn update(&self, updates: Vec<Tensor>, _: &mut Slots, _: &Now) -> Vec<Tensor> {
        updates
            .iter()
            .map(|u| constant(self.factor, u) * u)
            .collect()
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "scale",
    sample: || Optimizer::new(scale(-0.1)),
};
