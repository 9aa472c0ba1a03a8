//! Files stay small, say in their first line what they are for, and are split by idea.

use crate::tree::{Breach, File, Tree};

/// Folders whose files each hold one thing: an operation, a layer, an optimizer.
pub const THINGS: &[&str] = &[
    "ops",
    "layers",
    "optimizers",
    "transformations",
    "schedules",
    "losses",
    "metrics",
    "initializers",
    "jobs",
    "workloads",
];

/// The most lines of a file that holds one thing, and of any other.
pub const LIMITS: (usize, usize) = (250, 500);

/// Names that say the kind of what is in a file and nothing of the idea.
pub const NAMES: &[&str] = &[
    "utils", "util", "helpers", "helper", "types", "common", "misc",
];

/// Files over the limit, each with the reason why it is not split; none may be listed without need.
pub fn too_long(tree: &Tree, reasons: &[(&str, &str)]) -> Vec<Breach> {
    let mut found = vec![];
    for file in tree.rust() {
        let (lines, limit) = (file.text.lines().count(), limit(file));
        let reason = reasons.iter().find(|(path, _)| *path == file.path);
        match reason {
            None if lines > limit => {
                let rule = format!("has {lines} lines, more than {limit}");
                found.push(file.breach(
                    0,
                    format!("{rule}: split it by idea, or list it with a reason"),
                ));
            }
            Some(_) if lines <= limit => {
                found.push(file.breach(0, "is listed as too long and is not"));
            }
            Some((_, reason)) if reason.trim().is_empty() => {
                found.push(file.breach(0, "is listed as too long without a reason"));
            }
            _ => {}
        }
    }
    for (path, _) in reasons.iter().filter(|(path, _)| tree.find(path).is_none()) {
        found.push(Breach {
            path: (*path).to_owned(),
            line: 0,
            rule: "is listed as too long and does not exist".to_owned(),
        });
    }
    found
}

/// Rust files whose first line is not `//! ` and what the file is for.
pub fn first_lines(tree: &Tree) -> Vec<Breach> {
    let says = |file: &&File| {
        let first = file.text.lines().next().unwrap_or("");
        first
            .strip_prefix("//! ")
            .is_some_and(|rest| rest.trim().len() > 1)
    };
    let silent = tree.rust().filter(|file| !says(file));
    let rule = "the first line must be `//! ` and what the file is for";
    silent.map(|file| file.breach(1, rule)).collect()
}

/// Rust files and folders named after a kind.
pub fn names(tree: &Tree) -> Vec<Breach> {
    let kind =
        |file: &&File| NAMES.contains(&file.stem()) || file.folders().any(|f| NAMES.contains(&f));
    let rule = "is named after a kind: name it by its idea";
    tree.rust()
        .filter(kind)
        .map(|file| file.breach(0, rule))
        .collect()
}

fn limit(file: &File) -> usize {
    let in_source = file.folders().any(|f| f == "src");
    let innermost = file.folders().last().unwrap_or("");
    let thing = in_source && file.stem() != "mod" && THINGS.contains(&innermost);
    if thing { LIMITS.0 } else { LIMITS.1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::lines;

    fn long(path: &str, lines: usize, reasons: &[(&str, &str)]) -> usize {
        let text = "x\n".repeat(lines);
        too_long(&Tree::of([(path, text.as_str())]), reasons).len()
    }

    #[test]
    fn planted_long_files_are_found() {
        let (op, other) = ("crates/tensor/src/ops/a.rs", "crates/cpu/src/a.rs");
        assert_eq!((long(op, 250, &[]), long(op, 251, &[])), (0, 1));
        assert_eq!((long(other, 500, &[]), long(other, 501, &[])), (0, 1));
        assert_eq!(long("crates/tensor/src/ops/mod.rs", 251, &[]), 0);
        assert_eq!(long("crates/optim/tests/it/losses/a.rs", 251, &[]), 0);
        assert_eq!(long(other, 501, &[(other, "one table of numbers")]), 0);
        assert_eq!(long(other, 501, &[(other, " ")]), 1);
        assert_eq!(long(other, 10, &[(other, "once")]), 1);
        assert_eq!(long(other, 10, &[("crates/gone.rs", "once")]), 1);
    }

    #[test]
    fn planted_first_lines_are_found() {
        assert_eq!(lines(first_lines, "a.rs", "//! What it is for.\n"), []);
        for text in ["use x;\n", "//!\n", "//! \n", "", "// x\n", "\n//! late\n"] {
            assert_eq!(lines(first_lines, "a.rs", text), [1], "{text:?}");
        }
        assert_eq!(lines(first_lines, "a.md", "x"), []);
    }

    #[test]
    fn planted_names_are_found() {
        assert_eq!(lines(names, "crates/a/src/utils.rs", ""), [0]);
        assert_eq!(lines(names, "crates/a/src/common/x.rs", ""), [0]);
        assert_eq!(lines(names, "crates/a/src/element_types.rs", ""), []);
    }
}
