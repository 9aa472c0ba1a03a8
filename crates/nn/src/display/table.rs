//! A model as a table of its layers.
use crate::{Network, axis::printed, model::What, network::Built, plan::Planned, scope::Role};
use bouton_tensor::DType;

const HEADERS: [&str; 5] = [
    "Layer",
    "Input Shape",
    "Output Shape",
    "Options",
    "Parameters",
];

/// One layer: the lines of each cell.
type Row = [Vec<String>; 5];

/// Layers with shapes, options and parameters; below, the number of parameters and their bytes.
pub(crate) fn table(network: &Network) -> String {
    let built = network.built();
    let rows: Vec<Row> = (0..built.plan.nodes.len()).map(|i| row(built, i)).collect();
    let width = |column: usize| {
        let cells = rows
            .iter()
            .flat_map(|row| &row[column])
            .map(|line| line.chars().count());
        cells.chain([HEADERS[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADERS.len()).map(width).collect();
    let rule = |fill: &str| {
        let cells: Vec<String> = widths.iter().map(|w| fill.repeat(w + 2)).collect();
        format!("+{}+", cells.join("+"))
    };
    let inner = widths.iter().sum::<usize>() + 3 * widths.len() - 1;
    let mut lines = vec![
        format!("+{}+", "-".repeat(inner)),
        format!("|{:^inner$}|", "Model"),
        rule("="),
    ];
    lines.extend(lines_of(&HEADERS.map(|h| vec![h.to_string()]), &widths));
    lines.push(rule("="));
    for row in &rows {
        lines.extend(lines_of(row, &widths));
        lines.push(rule("-"));
    }
    let (count, bytes) = built
        .declared
        .iter()
        .fold((0, 0), |(n, b), d| (n + d.ty.size(), b + d.ty.bytes()));
    lines.push(format!("Total Parameters: {count}"));
    lines.push(format!("Total Parameters Memory: {bytes} bytes"));
    lines.join("\n")
}

/// A row is as high as its highest cell.
fn lines_of(row: &Row, widths: &[usize]) -> Vec<String> {
    let height = row.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |i: usize| {
        let cell = |(lines, width): (&Vec<String>, &usize)| {
            format!(" {:width$} ", lines.get(i).map_or("", String::as_str))
        };
        let cells: Vec<String> = row.iter().zip(widths).map(cell).collect();
        format!("|{}|", cells.join("|"))
    };
    (0..height).map(line).collect()
}

fn row(built: &Built, i: usize) -> Row {
    let Planned {
        name, what, inputs, ..
    } = &built.plan.nodes[i];
    let kind = built.plan.nodes[i].kind();
    let names: Vec<String> = inputs
        .iter()
        .map(|&j| format!("{:?}", built.plan.nodes[j].name))
        .collect();
    let shapes: Vec<String> = inputs.iter().map(|&j| built.shape(j)).collect();
    let (title, options) = match what {
        What::Input(axes, dtype) => {
            let mut options = vec![format!("shape: {}", printed(axes))];
            if *dtype != DType::F32 {
                options.push(format!("type: {dtype}"));
            }
            (format!("{name} ( {kind} )"), options)
        }
        What::Layer(layer) => {
            let options = layer
                .options()
                .into_iter()
                .map(|(k, v)| format!("{k}: {v}"))
                .collect();
            (format!("{name} ( {kind}[{}] )", names.join(", ")), options)
        }
    };
    let parameters = built
        .parameters(i)
        .iter()
        .map(|d| match d.role {
            Role::Trained => format!("{}: {}", d.name.parameter, d.ty),
            Role::State => format!("{}: {} (state)", d.name.parameter, d.ty),
        })
        .collect();
    [
        vec![title],
        shapes,
        vec![built.shape(i)],
        options,
        parameters,
    ]
}
