//! Updates times minus the learning rate: the step downhill.
use super::Entry;
use crate::{Leaf, Now, Optimizer, Schedule, Settings, Slots, Transformation};
use bouton_tensor::{DType, Fault, Tensor};

/// `-rate * u`, with the rate a number or a schedule; the first update uses the rate of step 0. Optax's name.
pub fn scale_by_learning_rate(rate: impl Into<Schedule>) -> ScaleByLearningRate {
    ScaleByLearningRate { rate: rate.into() }
}

/// See [`scale_by_learning_rate`].
#[derive(Clone, Debug)]
pub struct ScaleByLearningRate {
    rate: Schedule,
}

impl Transformation for ScaleByLearningRate {
    fn name(&self) -> &'static str {
        "scale_by_learning_rate"
    }
    fn settings(&self) -> Settings {
        vec![("learning_rate", self.rate.to_string())]
    }
    fn check(&self) -> Result<(), Fault> {
        self.rate.check()
    }
    fn init(&self, _: &[Leaf]) -> Vec<(String, Tensor)> {
        vec![]
    }
    fn update(&self, updates: Vec<Tensor>, _: &mut Slots, now: &Now) -> Vec<Tensor> {
        let factor = |dtype| self.rate.at(now.step, dtype).negate();
        let mut single = None;
        let mut scaled = |u: Tensor| match u.dtype() {
            Ok(DType::F64) => factor(DType::F64) * u,
            _ => single.get_or_insert_with(|| factor(DType::F32)) as &Tensor * u,
        };
        updates.into_iter().map(&mut scaled).collect()
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "scale_by_learning_rate",
    sample: || Optimizer::new(scale_by_learning_rate(0.1)),
};
