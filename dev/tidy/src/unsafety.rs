//! `unsafe` stands only where the design allows it, and every block says why it is sound.

use crate::rust::{code, has_word};
use crate::tree::{Breach, File, Tree};

/// Where `unsafe` may stand: folders end with `/`.
pub const ALLOWED: &[&str] = &[
    "crates/cpu/",
    "crates/xla/",
    "crates/array/src/buffer.rs",
    "crates/formats/src/map.rs",
    // Allocators that count cannot be written without.
    "crates/train/tests/it/allocations.rs",
    "crates/formats/tests/it/allocations.rs",
    "dev/fuzz/src/allocations.rs",
];

/// Every `unsafe` outside of [`ALLOWED`], and every block or impl in there without a `// SAFETY:` right above it.
pub fn breaches(tree: &Tree) -> Vec<Breach> {
    tree.rust().flat_map(breaches_of).collect()
}

fn breaches_of(file: &File) -> Vec<Breach> {
    let allowed = ALLOWED.iter().any(|place| match place.ends_with('/') {
        true => file.path.starts_with(place),
        false => file.path == *place,
    });
    let code = code(&file.text);
    let code: Vec<&str> = code.lines().collect();
    let text: Vec<&str> = file.text.lines().collect();
    let mut found = vec![];
    for (i, line) in code
        .iter()
        .enumerate()
        .filter(|(_, line)| has_word(line, "unsafe"))
    {
        if !allowed {
            found.push(file.breach(i + 1, "unsafe is not allowed here"));
        } else if needs_reason(line, code.get(i + 1)) && !has_reason(&code, &text, i) {
            found.push(file.breach(i + 1, "an unsafe block needs a // SAFETY: comment above it"));
        }
    }
    found
}

/// A block or an impl; a function's contract is in its docs.
fn needs_reason(line: &str, next: Option<&&str>) -> bool {
    line.match_indices("unsafe").any(|(at, word)| {
        let after = line[at + word.len()..].trim_start();
        let after = if after.is_empty() {
            next.map_or("", |n| n.trim_start())
        } else {
            after
        };
        after.starts_with('{') || after.starts_with("impl")
    })
}

/// Whether the comment above the statement, or on the line, says `SAFETY:`.
fn has_reason(code: &[&str], text: &[&str], line: usize) -> bool {
    if text[line].contains("// SAFETY:") {
        return true;
    }
    for above in (0..line).rev() {
        let (code, text) = (code[above].trim(), text[above].trim());
        if text.starts_with("//") {
            if text.starts_with("// SAFETY:") {
                return true;
            }
        } else if code.is_empty() || code.ends_with([';', '{', '}']) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::lines;

    #[test]
    fn planted_blocks_are_found() {
        let bare = "fn f() {\n    unsafe { g() }\n}\n";
        assert_eq!(lines(breaches, "crates/tensor/src/x.rs", bare), [2]);
        assert_eq!(lines(breaches, "crates/cpu/src/x.rs", bare), [2]);
        assert_eq!(lines(breaches, "crates/array/src/array.rs", bare), [2]);
        let far = "// SAFETY: not of this one.\nlet a = 1;\nunsafe { g() };\n";
        assert_eq!(lines(breaches, "crates/cpu/src/x.rs", far), [3]);
        assert_eq!(
            lines(
                breaches,
                "crates/cpu/src/x.rs",
                "unsafe impl Send for X {}\n"
            ),
            [1]
        );
    }

    #[test]
    fn sound_code_passes() {
        let good = "// SAFETY: it is.\n// Really.\n#[allow(x)]\nlet a =\n    unsafe { g() };\n";
        assert_eq!(lines(breaches, "crates/cpu/src/x.rs", good), []);
        assert_eq!(lines(breaches, "crates/array/src/buffer.rs", good), []);
        assert_eq!(
            lines(breaches, "crates/cpu/src/x.rs", "unsafe fn f() {}\n"),
            []
        );
        assert_eq!(
            lines(
                breaches,
                "crates/nn/src/x.rs",
                "// unsafe\nf(\"unsafe\");\n"
            ),
            []
        );
    }
}
