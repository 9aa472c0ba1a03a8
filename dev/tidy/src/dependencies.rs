//! How many crates by others the library needs.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::Command;

/// Without `download` and `image`, and with both, there must be fewer third-party crates than this.
pub const FEWER_THAN: (usize, usize) = (60, 90);

/// The names of the third-party crates that `package` needs on this machine with these features and no others.
///
/// # Errors
/// Cargo cannot be run, or fails; its words are in the error.
pub fn third_party(root: &Path, package: &str, features: &str) -> io::Result<BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args([
            "--locked",
            "--offline",
            "--no-default-features",
            "--features",
            features,
        ])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    Ok(names(&String::from_utf8_lossy(&output.stdout)))
}

/// The names in cargo's list, without our own.
fn names(list: &str) -> BTreeSet<String> {
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let others = names.filter(|name| *name != "bouton" && !name.starts_with("bouton-"));
    others.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_counts_once() {
        let list = "bouton v0.1.0 (x)\nbouton-array v0.1.0 (x)\nhalf v2.7.1\ncfg-if v1.0.0\nhalf v2.7.1 (*)\n";
        assert_eq!(
            names(list).into_iter().collect::<Vec<_>>(),
            ["cfg-if", "half"]
        );
    }
}
