//! Transformations one after the other.
use crate::{Leaf, Now, Settings, Slots, Transformation};
use bouton_tensor::{Fault, Tensor};
use std::{collections::HashSet, sync::Arc};

/// Transformations applied one after the other; itself a transformation, and with
/// [`Optimizer::new`](crate::Optimizer::new) an optimizer.
///
/// ```
/// use bouton_optim::{Chain, Optimizer, transformations::{scale::scale, trace::trace}};
/// let optimizer = Optimizer::new(Chain::of(trace(0.9)).then(scale(-0.1)));
/// assert_eq!(optimizer.to_string(), "chain { 0: trace { decay: 0.9, nesterov: false }, 1: scale { factor: -0.1 } }");
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    parts: Vec<Arc<dyn Transformation>>,
}

impl Chain {
    /// A chain of one.
    pub fn of(first: impl Transformation) -> Chain {
        Chain {
            parts: vec![Arc::new(first)],
        }
    }

    /// The chain with one more at its end.
    pub fn then(mut self, next: impl Transformation) -> Chain {
        self.parts.push(Arc::new(next));
        self
    }
}

/// `name { setting: value, .. }`.
pub(crate) fn printed(name: &str, settings: &[(impl AsRef<str>, String)]) -> String {
    if settings.is_empty() {
        return name.to_string();
    }
    let settings: Vec<String> = settings
        .iter()
        .map(|(k, v)| format!("{}: {v}", k.as_ref()))
        .collect();
    format!("{name} {{ {} }}", settings.join(", "))
}

const POSITIONS: [&str; 8] = ["0", "1", "2", "3", "4", "5", "6", "7"];

impl Transformation for Chain {
    fn name(&self) -> &'static str {
        "chain"
    }

    fn settings(&self) -> Settings {
        let position = |i: usize| POSITIONS.get(i).copied().unwrap_or("..");
        self.parts
            .iter()
            .enumerate()
            .map(|(i, t)| (position(i), printed(t.name(), &t.settings())))
            .collect()
    }

    fn check(&self) -> Result<(), Fault> {
        self.parts.iter().try_for_each(|t| t.check())
    }

    fn init(&self, params: &[Leaf]) -> Vec<(String, Tensor)> {
        let mut taken = HashSet::new();
        let mut slots = vec![];
        for (i, part) in self.parts.iter().enumerate() {
            for (name, slot) in part.init(params) {
                let name = if taken.contains(&name) {
                    format!("{i}.{name}")
                } else {
                    name
                };
                taken.insert(name.clone());
                slots.push((name, slot));
            }
        }
        slots
    }

    fn update(&self, updates: Vec<Tensor>, slots: &mut Slots, now: &Now) -> Vec<Tensor> {
        self.parts
            .iter()
            .fold(updates, |updates, part| part.update(updates, slots, now))
    }
}
