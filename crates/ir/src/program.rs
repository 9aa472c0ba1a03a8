//! A program: inputs, steps in single assignment, outputs.
use crate::{Form, Label};
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
    /// What it is part of, for people.
    pub label: Label,
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

    /// The label of every value, by number.
    pub fn labels(&self) -> Vec<Label> {
        let made = self.steps.iter();
        let made = made.flat_map(|s| s.types.iter().map(|_| s.label.clone()));
        let given = self.inputs.iter().map(|_| Label::default());
        given.chain(made).collect()
    }
}
