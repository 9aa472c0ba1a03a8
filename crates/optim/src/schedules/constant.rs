//! The same rate at every step.
use super::Entry;
use crate::{Rate, Schedule, Settings, schedule::require};
use bouton_tensor::{DType, Fault, Tensor};

/// The same rate at every step; the same as passing the number.
///
/// The number is an input of the programs that use it: another number compiles nothing anew.
pub fn constant(rate: f64) -> Schedule {
    Schedule::from(rate)
}

pub(crate) struct Constant(pub f64);

impl Rate for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }
    fn settings(&self) -> Settings {
        vec![("rate", self.printed())]
    }
    fn printed(&self) -> String {
        format!("{:?}", self.0)
    }
    fn check(&self) -> Result<(), Fault> {
        require(
            "learning_rate",
            self.0,
            "a finite number of at least 0",
            self.0 >= 0.0,
        )
    }
    fn at(&self, _: &Tensor, dtype: DType) -> Tensor {
        if dtype == DType::F64 {
            Tensor::scalar(self.0)
        } else {
            Tensor::scalar(self.0 as f32)
        }
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "constant",
    sample: || constant(0.1),
};
