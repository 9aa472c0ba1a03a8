//! Files that the documents of the house speak of exist.

use crate::tree::{Breach, Tree};

/// The documents that are checked.
pub const DOCUMENTS: &[&str] = &["README.md", "CHANGELOG.md", "ARCHITECTURE.md"];

/// Links, and names of files in backquotes, that lead nowhere.
pub fn breaches(tree: &Tree) -> Vec<Breach> {
    let mut found = vec![];
    for file in DOCUMENTS.iter().filter_map(|path| tree.find(path)) {
        for (i, line) in file.text.lines().enumerate() {
            let links = links(line).filter(|l| !l.contains("://") && !l.starts_with('#'));
            let links = links.map(|l| l.split('#').next().unwrap_or(l));
            let names = quoted(line).filter(|name| is_path(name));
            for name in links.chain(names).filter(|name| !exists(tree, name)) {
                found.push(file.breach(i + 1, format!("`{name}` does not exist")));
            }
        }
    }
    found
}

fn exists(tree: &Tree, name: &str) -> bool {
    let folder = name.trim_end_matches('/');
    let below = |path: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    tree.files
        .iter()
        .any(|file| file.path == folder || below(&file.path))
}

/// A name that starts in a folder of this workspace, or ends as the files of one do.
fn is_path(name: &str) -> bool {
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || "._-/".contains(c));
    let inside = ["crates/", "dev/", ".ci/", "record/"]
        .iter()
        .any(|p| name.starts_with(p));
    plain && (inside || (!name.contains('/') && [".md", ".toml"].iter().any(|e| name.ends_with(e))))
}

fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(readme: &str) -> Vec<String> {
        let tree = Tree::of([
            ("README.md", readme),
            ("crates/a/src/lib.rs", ""),
            ("LICENSE", ""),
        ]);
        breaches(&tree).into_iter().map(|b| b.rule).collect()
    }

    #[test]
    fn planted_dead_links_are_found() {
        assert_eq!(
            broken("[a](crates/a) [b](LICENSE#x) [c](https://example.org) `crates/a/src/lib.rs`"),
            [""; 0]
        );
        assert_eq!(
            broken("[a](docs/gone.md)"),
            ["`docs/gone.md` does not exist"]
        );
        assert_eq!(
            broken("see `crates/b/` and `GONE.md`"),
            ["`crates/b/` does not exist", "`GONE.md` does not exist"]
        );
        assert_eq!(
            broken("`cargo test --workspace` and `mnist.bouton` and `f32/f64`"),
            [""; 0]
        );
    }
}
