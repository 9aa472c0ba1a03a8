//! A layer from a closure.
use super::{Entry, sample_input};
use crate::{Layer, Scope};
use bouton_tensor::{Output, Result, Tensor};
use serde_json::Value;
use std::fmt;

/// See [`Model::custom`](crate::Model::custom).
pub(crate) struct Custom<F> {
    name: String,
    f: F,
}

impl<F> Custom<F> {
    pub(crate) fn new(name: &str, f: F) -> Custom<F> {
        Custom {
            name: name.to_string(),
            f,
        }
    }
}

impl<F> fmt::Debug for Custom<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "custom {{ name: {:?}, .. }}", self.name)
    }
}

impl<O, F> Layer for Custom<F>
where
    F: Fn(&mut Scope, &Tensor) -> O + Send + Sync + 'static,
    O: Output<Value = Tensor>,
{
    fn kind(&self) -> &str {
        &self.name
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        (self.f)(scope, &inputs[0]).result()
    }

    fn is_user_code(&self) -> bool {
        true
    }

    fn to_data(&self) -> Option<Value> {
        None
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "custom",
    load: |_| {
        Err(serde::de::Error::custom(
            "a layer from a closure cannot be loaded",
        ))
    },
    sample: || sample_input().custom("doubling", |_, x| x * 2.0),
};
