//! What models look like.
use crate::{Network, axis::printed, network::Built};

pub(crate) mod mermaid;
pub(crate) mod table;

/// Inputs, output and the number of nodes in one line.
pub(crate) fn line(network: &Network) -> String {
    let Built { plan, .. } = network.built();
    let inputs: Vec<String> = network
        .inputs()
        .iter()
        .map(|(name, axes)| format!("{name} {}", printed(axes)))
        .collect();
    let last = plan.nodes.len() - 1;
    let (output, shape) = (&plan.nodes[last].name, network.built().shape(last));
    format!(
        "Model {{ inputs: {}, output: {output} {shape}, nodes: {} }}",
        inputs.join(", "),
        plan.nodes.len()
    )
}
