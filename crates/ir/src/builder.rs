//! Appending steps one after the other.
use crate::{Form, Label, Program, Step, Value};
use bouton_array::Type;
use std::collections::HashMap;

/// Makes a program step by step; equal steps are stated once.
pub struct Builder {
    program: Program,
    types: Vec<Type>,
    known: HashMap<Step, Vec<Value>>,
    label: Label,
}

impl Builder {
    /// A program with these inputs and nothing yet to do.
    pub fn new(inputs: Vec<Type>) -> Builder {
        let types = inputs.clone();
        Builder {
            program: Program {
                inputs,
                ..Program::default()
            },
            types,
            known: HashMap::new(),
            label: Label::default(),
        }
    }

    /// The inputs.
    pub fn inputs(&self) -> Vec<Value> {
        (0..self.program.inputs.len() as u32).map(Value).collect()
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> &Type {
        &self.types[value.index()]
    }

    /// Labels the steps that are appended from now on.
    pub fn label(&mut self, label: Label) {
        self.label = label;
    }

    /// Appends a step; gives its results, or those of an equal step stated before.
    pub fn step(&mut self, form: Form, inputs: &[Value], types: &[Type]) -> Vec<Value> {
        let step = Step {
            form,
            inputs: inputs.to_vec(),
            types: types.to_vec(),
            label: self.label.clone(),
        };
        if let Some(results) = self.known.get(&step) {
            return results.clone();
        }
        let results: Vec<Value> = (self.types.len() as u32..)
            .take(types.len())
            .map(Value)
            .collect();
        self.types.extend_from_slice(types);
        self.known.insert(step.clone(), results.clone());
        self.program.steps.push(step);
        results
    }

    /// Appends a step with one result.
    pub fn one(&mut self, form: Form, inputs: &[Value], ty: &Type) -> Value {
        let results = self.step(form, inputs, std::slice::from_ref(ty));
        results[0]
    }

    /// The program that gives back `outputs`, without the steps that do not lead to them.
    pub fn finish(self, outputs: Vec<Value>) -> Program {
        let Program { inputs, steps, .. } = self.program;
        let mut needed = vec![false; self.types.len()];
        for v in &outputs {
            needed[v.index()] = true;
        }
        let firsts: Vec<usize> = steps
            .iter()
            .scan(inputs.len(), |next, s| {
                let first = *next;
                *next += s.types.len();
                Some(first)
            })
            .collect();
        let mut kept = vec![false; steps.len()];
        for (i, step) in steps.iter().enumerate().rev() {
            kept[i] = (firsts[i]..firsts[i] + step.types.len()).any(|v| needed[v]);
            if kept[i] {
                for v in &step.inputs {
                    needed[v.index()] = true;
                }
            }
        }
        let mut number: Vec<u32> = (0..inputs.len() as u32).collect();
        number.resize(self.types.len(), u32::MAX);
        let mut next = inputs.len() as u32;
        let mut program = Program {
            inputs,
            ..Program::default()
        };
        for (i, mut step) in steps.into_iter().enumerate() {
            if kept[i] {
                for v in &mut step.inputs {
                    *v = Value(number[v.index()]);
                }
                for k in 0..step.types.len() {
                    number[firsts[i] + k] = next;
                    next += 1;
                }
                program.steps.push(step);
            }
        }
        program.outputs = outputs
            .into_iter()
            .map(|v| Value(number[v.index()]))
            .collect();
        program
    }
}
