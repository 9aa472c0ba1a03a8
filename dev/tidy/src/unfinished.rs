//! Nothing is left for later: no stubs, no tests that are switched off.

use crate::rust::code;
use crate::tree::{Breach, Tree};

/// What stands for something that is not there.
pub const MARKS: &[&str] = &["todo!", "unimplemented!", "#[ignore", "#![ignore"];

/// Every stub and every test that is switched off.
pub fn breaches(tree: &Tree) -> Vec<Breach> {
    let mut found = vec![];
    for file in tree.rust() {
        for (i, line) in code(&file.text).lines().enumerate() {
            let marks = MARKS.iter().filter(|mark| line.contains(**mark));
            found.extend(
                marks.map(|mark| file.breach(i + 1, format!("`{mark}` is left for later"))),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::lines;

    #[test]
    fn planted_stubs_are_found() {
        let text =
            "fn a() {\n    todo!()\n}\nfn b() { unimplemented!(\"x\") }\n#[ignore = \"slow\"]\n";
        assert_eq!(lines(breaches, "a.rs", text), [2, 4, 5]);
        assert_eq!(lines(breaches, "a.rs", "// todo!\nf(\"#[ignore]\");\n"), []);
    }
}
