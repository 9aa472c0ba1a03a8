//! A model as a graph in Mermaid's language.
use crate::{Network, model::What};

/// Nodes in the order in which they run, then edges from the output back.
pub(crate) fn mermaid(network: &Network) -> String {
    let built = network.built();
    let nodes = &built.plan.nodes;
    let mut lines = vec!["graph TD;".to_string()];
    for (i, node) in nodes.iter().enumerate() {
        let (open, close) = if matches!(node.what, What::Input(..)) {
            ("[/", "/]")
        } else {
            ("[", "]")
        };
        // A quote would end the label.
        let label =
            format!("{} ({}) {}", node.name, node.kind(), built.shape(i)).replace('"', "#quot;");
        lines.push(format!("{i}{open}\"{label}\"{close};"));
    }
    for (i, node) in nodes.iter().enumerate().rev() {
        lines.extend(node.inputs.iter().map(|input| format!("{input} --> {i};")));
    }
    lines.join("\n")
}
