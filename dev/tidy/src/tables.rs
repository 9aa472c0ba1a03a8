//! A folder of things has a table, and the table has every file of the folder and nothing else.

use crate::rust::{code, has_word};
use crate::sizes::THINGS;
use crate::tree::{Breach, File, Tree};

/// Files of a folder of things that its `mod.rs` does not declare or does not list, and declarations without a file.
pub fn breaches(tree: &Tree) -> Vec<Breach> {
    let heads = tree.rust().filter(|file| is_head(file));
    heads.flat_map(|head| breaches_of(tree, head)).collect()
}

fn is_head(file: &File) -> bool {
    let thing = file.folders().last().is_some_and(|f| THINGS.contains(&f));
    file.path.ends_with("/mod.rs") && file.folders().any(|f| f == "src") && thing
}

fn breaches_of(tree: &Tree, head: &File) -> Vec<Breach> {
    let folder = head.path.trim_end_matches("mod.rs");
    let code = code(&head.text);
    let declared: Vec<&str> = code.lines().filter_map(declaration).collect();
    // What is left without the declarations and re-exports is the table.
    let table: Vec<&str> = code
        .lines()
        .filter(|line| declaration(line).is_none() && !line.trim_start().starts_with("pub use"))
        .collect();
    let files: Vec<&str> = tree
        .rust()
        .filter_map(|file| member(file, folder))
        .collect();
    let mut found = vec![];
    for &name in &files {
        if !declared.contains(&name) {
            found.push(head.breach(
                0,
                format!("does not declare `{name}`, which is a file of the folder"),
            ));
        } else if !table.iter().any(|line| has_word(line, name)) {
            found.push(head.breach(
                0,
                format!("declares `{name}` and leaves it out of the table"),
            ));
        }
    }
    for name in declared.into_iter().filter(|name| !files.contains(name)) {
        found.push(head.breach(
            0,
            format!("declares `{name}`, which is no file of the folder"),
        ));
    }
    found
}

/// The name of a thing of the folder: a file, or a folder of its own.
fn member<'a>(file: &'a File, folder: &str) -> Option<&'a str> {
    let name = file.path.strip_prefix(folder)?.strip_suffix(".rs")?;
    match name.split_once('/') {
        None if name == "mod" => None,
        None => Some(name),
        Some((name, "mod")) => Some(name),
        Some(_) => None,
    }
}

fn declaration(line: &str) -> Option<&str> {
    let mut line = line.trim();
    for start in ["pub(crate) ", "pub(super) ", "pub "] {
        line = line.strip_prefix(start).unwrap_or(line);
    }
    line.strip_prefix("mod ")?.strip_suffix(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str) -> Vec<String> {
        let files = ["mod", "add", "exp"].map(|f| format!("crates/tensor/src/ops/{f}.rs"));
        let tree = Tree::of([(files[0].as_str(), head), (&files[1], ""), (&files[2], "")]);
        breaches(&tree).into_iter().map(|b| b.rule).collect()
    }

    #[test]
    fn planted_gaps_are_found() {
        let whole = "mod add;\npub(crate) mod exp;\npub use exp::Exp;\nconst TABLE: &[&Entry] = &[&add::ENTRY, &exp::ENTRY];\n";
        assert_eq!(found(whole), [""; 0]);
        assert_eq!(
            found(&whole.replace(", &exp::ENTRY", "")),
            ["declares `exp` and leaves it out of the table"]
        );
        assert_eq!(
            found(&whole.replace("mod add;\n", "")),
            ["does not declare `add`, which is a file of the folder"]
        );
        assert_eq!(
            found(&format!("mod gone;\n{whole}")),
            ["declares `gone`, which is no file of the folder"]
        );
    }
}
