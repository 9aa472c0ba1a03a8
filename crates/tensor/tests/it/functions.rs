//! Which functions there are.
use std::path::Path;

/// The names of all public functions in the files of operations, compositions and random numbers.
pub(crate) fn public_functions() -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![
        source.join("ops"),
        source.join("fns"),
        source.join("random"),
    ];
    let mut files = vec![source.join("random.rs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|e| e.unwrap().path())
        {
            if entry.is_dir() {
                folders.push(entry)
            } else {
                files.push(entry)
            }
        }
    }
    let mut names: Vec<String> = vec![];
    for file in files.iter().filter(|f| f.exists()) {
        let text = std::fs::read_to_string(file).unwrap();
        let functions = text
            .lines()
            .filter_map(|l| l.trim_start().strip_prefix("pub fn "));
        names.extend(functions.map(|f| {
            f.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        }));
    }
    names.extend(["eq", "ne", "lt", "le", "gt", "ge"].map(String::from)); // made by a macro
    names.retain(|n| !n.is_empty());
    names.sort();
    names.dedup();
    names
}
