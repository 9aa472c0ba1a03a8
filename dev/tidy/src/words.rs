//! No file speaks of the machine that it was written on.

use crate::tree::{Breach, Tree};

/// What only a certain machine knows, and which files may say it. Put together here, so that this file does not say it.
pub const WORDS: &[(&str, &[&str])] = &[
    (concat!("/wo", "rk/"), &[]),
    (concat!("/ho", "me/"), &[]),
    (concat!("/ro", "ot/"), &[]),
    (concat!("/Use", "rs/"), &[]),
    (concat!("/tm", "p/"), &[]),
    (concat!("sha", "red/"), &[".ci/run"]),
];

/// Every machine path and workplace word.
pub fn breaches(tree: &Tree) -> Vec<Breach> {
    let mut found = vec![];
    for file in &tree.files {
        for (word, _) in WORDS
            .iter()
            .filter(|(_, allowed)| !allowed.contains(&file.path.as_str()))
        {
            for (i, line) in file
                .text
                .lines()
                .enumerate()
                .filter(|(_, line)| speaks(line, word))
            {
                let rule = format!("speaks of a certain machine ({word}): {}", line.trim());
                found.push(file.breach(i + 1, rule));
            }
        }
    }
    found
}

/// Whether the word starts a path in the line, rather than ends another name or an address.
fn speaks(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::lines;

    #[test]
    fn planted_paths_are_found() {
        let path = format!("see {}here", WORDS[0].0);
        assert_eq!(lines(breaches, "README.md", &path), [1]);
        let data = format!("x\n../{}datasets", WORDS[5].0);
        assert_eq!(lines(breaches, "crates/a/src/b.rs", &data), [2]);
        assert_eq!(lines(breaches, ".ci/run", &data), []);
        assert_eq!(
            lines(breaches, "a.md", "https://example.org/homework/a"),
            []
        );
    }
}
