//! Which crate may use which, as ARCHITECTURE.md draws it.

use crate::tree::{Breach, File, Tree};

/// What each crate may use directly; it may use all below that too.
pub const ARROWS: &[(&str, &[&str])] = &[
    ("array", &[]),
    ("formats", &["array"]),
    ("ir", &["array"]),
    ("cpu", &["ir"]),
    ("tensor", &["ir", "cpu", "formats"]),
    ("xla", &["tensor"]),
    ("nn", &["tensor"]),
    ("optim", &["tensor"]),
    ("data", &["tensor"]),
    ("train", &["nn", "optim", "data"]),
    ("onnx", &["nn"]),
    ("bouton", &["train", "onnx", "xla"]),
];

/// Crates that get by without third-party crates but these.
pub const LOW: (&[&str], &[&str]) = (
    &["array", "formats", "ir", "cpu", "tensor", "optim"],
    &["half", "memmap2", "flate2"],
);

/// Uses of one crate by another against the arrows, and third-party crates where there should be next to none.
pub fn breaches(tree: &Tree) -> Vec<Breach> {
    let mut found = vec![];
    for file in &tree.files {
        let Some(name) = file
            .path
            .strip_prefix("crates/")
            .and_then(|p| p.strip_suffix("/Cargo.toml"))
        else {
            continue;
        };
        if !ARROWS.iter().any(|(from, _)| *from == name) {
            found.push(file.breach(0, format!("the crate `{name}` is not in the drawing")));
            continue;
        }
        let below = below(name);
        for (line, used, kind) in dependencies(file) {
            let ours = used
                .strip_prefix("bouton-")
                .or((used == "bouton").then_some("bouton"));
            match ours {
                Some(used) if !below.contains(&used) => {
                    found.push(file.breach(line, format!("`{name}` may not use `{used}`")));
                }
                None if kind != Kind::Test && LOW.0.contains(&name) && !LOW.1.contains(&used) => {
                    found.push(file.breach(
                        line,
                        format!("`{name}` may not use the third-party crate `{used}`"),
                    ));
                }
                _ => {}
            }
        }
    }
    found
}

/// Everything that may be reached from `name`.
fn below(name: &str) -> Vec<&'static str> {
    let direct = |name: &str| {
        ARROWS
            .iter()
            .find(|(from, _)| *from == name)
            .map_or(&[][..], |(_, to)| to)
    };
    let mut all: Vec<&'static str> = direct(name).to_vec();
    let mut next = 0;
    while next < all.len() {
        for &more in direct(all[next]) {
            if !all.contains(&more) {
                all.push(more);
            }
        }
        next += 1;
    }
    all
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Library,
    Test,
}

/// Line, name and kind of every dependency that a manifest names.
fn dependencies(file: &File) -> Vec<(usize, &str, Kind)> {
    let mut section = None;
    let mut found = vec![];
    for (i, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            // `[dependencies]`, `[target.'..'.dependencies]`, or `[dependencies.name]`.
            section = kind_of(header);
            let (_, last) = header.rsplit_once('.').unwrap_or(("", header));
            if let Some(kind) = section.filter(|_| !last.ends_with("dependencies")) {
                found.push((i + 1, last, kind));
                section = None;
            }
        } else if let (Some(kind), Some((name, _))) = (section, line.split_once('='))
            && !line.starts_with('#')
        {
            let name = name
                .split('.')
                .next()
                .unwrap_or(name)
                .trim()
                .trim_matches('"');
            found.push((i + 1, name, kind));
        }
    }
    found
}

fn kind_of(header: &str) -> Option<Kind> {
    let parts = || header.split('.');
    if parts().any(|p| p == "dev-dependencies") {
        Some(Kind::Test)
    } else if parts().any(|p| p == "dependencies" || p == "build-dependencies") {
        Some(Kind::Library)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::lines;

    #[track_caller]
    fn check(name: &str, manifest: &str, expected: &[usize]) {
        let path = format!("crates/{name}/Cargo.toml");
        assert_eq!(
            lines(breaches, &path, manifest),
            expected,
            "{name}: {manifest}"
        );
    }

    #[test]
    fn planted_arrows_are_found() {
        check(
            "optim",
            "[dependencies]\nbouton-nn.workspace = true\n",
            &[2],
        );
        check(
            "optim",
            "[dev-dependencies]\nbouton-nn.workspace = true\n",
            &[2],
        );
        check("data", "[dependencies.bouton-nn]\nworkspace = true\n", &[1]);
        check(
            "array",
            "[target.'cfg(unix)'.dependencies]\nbouton-ir = { path = \"../ir\" }\n",
            &[2],
        );
        check(
            "cpu",
            "[dependencies]\nbouton-tensor.workspace = true\n",
            &[2],
        );
        check("nn", "[dependencies]\nbouton.workspace = true\n", &[2]);
        check("gemm", "", &[0]);
    }

    #[test]
    fn planted_third_party_crates_are_found() {
        check(
            "tensor",
            "[dependencies]\nhalf.workspace = true\nrayon = \"1\"\n",
            &[3],
        );
        check("tensor", "[dev-dependencies]\nrayon = \"1\"\n", &[]);
        check(
            "data",
            "[dependencies]\n# rayon = \"1\"\nureq = \"3\"\n",
            &[],
        );
    }

    #[test]
    fn what_is_below_may_be_used() {
        check(
            "train",
            "[dependencies]\nbouton-array.workspace = true\nbouton-tensor.workspace = true\n",
            &[],
        );
        check(
            "bouton",
            "[features]\nimage = [\"dep:image\"]\n[dependencies]\nbouton-cpu.workspace = true\n",
            &[],
        );
    }
}
