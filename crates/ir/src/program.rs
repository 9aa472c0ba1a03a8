//! A program: inputs, steps in single assignment, outputs.
use crate::Form;
use bouton_array::Type;

/// A value: an input of the program or a result of a step, numbered in that order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Value(pub u32);

impl Value {
    /// The number as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One step.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// What it computes.
    pub form: Form,
    /// What it reads: values made before it.
    pub inputs: Vec<Value>,
    /// The types of its results, which are the next values in number.
    pub types: Vec<Type>,
}

/// A closed function of arrays. Equal programs compute the same bits.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Program {
    /// The types of the inputs, which are values `0..inputs.len()`.
    pub inputs: Vec<Type>,
    /// The steps, in an order in which they can run.
    pub steps: Vec<Step>,
    /// What is given back.
    pub outputs: Vec<Value>,
}

impl Program {
    /// The type of every value, by number.
    pub fn types(&self) -> Vec<Type> {
        self.inputs
            .iter()
            .chain(self.steps.iter().flat_map(|s| &s.types))
            .cloned()
            .collect()
    }
}
