//! A model in order: every layer after its inputs, with its name.
use crate::{
    Model, Policy,
    model::{Node, What},
};
use bouton_tensor::{Error, Fault, Place, Result};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The layers of a model in the order in which they run.
pub(crate) struct Plan {
    pub(crate) nodes: Vec<Planned>,
    /// The inputs among the nodes.
    pub(crate) inputs: Vec<usize>,
    pub(crate) policy: Option<Policy>,
}

/// An input or layer with its name.
pub(crate) struct Planned {
    pub(crate) name: String,
    /// Whether the user gave the name.
    pub(crate) is_named: bool,
    pub(crate) what: What,
    /// Which nodes it takes.
    pub(crate) inputs: Vec<usize>,
    pub(crate) place: Place,
}

impl Planned {
    /// `input`, or the layer's kind.
    pub(crate) fn kind(&self) -> &str {
        match &self.what {
            What::Input(..) => "input",
            What::Layer(layer) => layer.kind(),
        }
    }
}

impl Plan {
    /// # Errors
    /// The mistake that the model carries, or a name that comes twice.
    pub(crate) fn new(model: &Model) -> Result<Plan> {
        if let Some(fault) = &model.fault {
            return Err(fault.clone());
        }
        let (mut nodes, mut position, mut counts) = (vec![], HashMap::new(), BTreeMap::new());
        for node in order(&model.output) {
            let name = node
                .name
                .clone()
                .unwrap_or_else(|| automatic(&node, &mut counts));
            position.insert(Arc::as_ptr(&node), nodes.len());
            let inputs = node
                .inputs
                .iter()
                .map(|n| position[&Arc::as_ptr(n)])
                .collect();
            let (what, is_named) = (node.what.clone(), node.name.is_some());
            nodes.push(Planned {
                name,
                is_named,
                what,
                inputs,
                place: node.place,
            });
        }
        distinct(&nodes)?;
        let inputs = (0..nodes.len())
            .filter(|&i| matches!(nodes[i].what, What::Input(..)))
            .collect();
        Ok(Plan {
            nodes,
            inputs,
            policy: model.policy,
        })
    }
}

/// `dense_0`, `dense_1`: kinds counted in the order in which layers run.
fn automatic(node: &Node, counts: &mut BTreeMap<String, usize>) -> String {
    let kind = match &node.what {
        What::Input(..) => "input",
        What::Layer(layer) => layer.kind(),
    };
    let count = counts.entry(kind.to_string()).or_default();
    *count += 1;
    format!("{kind}_{}", *count - 1)
}

/// Every node after its inputs, the first inputs first. No recursion: models may be deep.
fn order(output: &Arc<Node>) -> Vec<Arc<Node>> {
    let (mut done, mut seen) = (vec![], HashMap::new());
    let mut stack = vec![(output.clone(), 0)];
    seen.insert(Arc::as_ptr(output), ());
    while let Some((node, i)) = stack.last_mut() {
        match node.inputs.get(*i).cloned() {
            Some(input) => {
                *i += 1;
                if seen.insert(Arc::as_ptr(&input), ()).is_none() {
                    stack.push((input, 0));
                }
            }
            None => done.extend(stack.pop().map(|(node, _)| node)),
        }
    }
    done
}

fn distinct(nodes: &[Planned]) -> Result<()> {
    let mut first: BTreeMap<&str, Place> = BTreeMap::new();
    for Planned { name, place, .. } in nodes {
        if let Some(other) = first.insert(name, place) {
            let rule = format!(
                "two layers are called {name:?}; the other one is defined at {}:{}",
                other.file(),
                other.line()
            );
            let fault = Fault::value(rule).help("give one of them another name with .named(..)");
            return Err(Error::new("build", fault, place));
        }
    }
    Ok(())
}
