//! Rust source without its comments and literals, so that a rule sees code only.

/// `text` with comments, strings and characters replaced by spaces; lines and columns stay where they were.
pub fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = ' ';
    while let Some(c) = rest.chars().next() {
        let taken = literal_or_comment(rest, previous);
        let (part, blank) = match taken {
            0 => (&rest[..c.len_utf8()], false),
            n => (&rest[..n], true),
        };
        if blank {
            out.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            previous = ' ';
        } else {
            out.push(c);
            previous = c;
        }
        rest = &rest[part.len()..];
    }
    out
}

/// How many bytes at the start of `rest` are a comment or a literal with quotes; 0 where none starts here.
fn literal_or_comment(rest: &str, previous: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, 1);
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    // A prefix counts only where no longer name ends with it.
    if previous.is_alphanumeric() || previous == '_' {
        return 0;
    }
    let prefix = ["br", "cr", "r", "b", "c"]
        .into_iter()
        .find(|p| rest.starts_with(p));
    let Some(prefix) = prefix else { return 0 };
    let after = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = prefix.len() + hashes + 1;
            return rest[body..]
                .find(&close)
                .map_or(rest.len(), |at| body + at + close.len());
        }
        return 0;
    }
    match after.chars().next() {
        Some('"') => quoted(rest, prefix.len() + 1),
        Some('\'') => prefix.len() + character(after),
        _ => 0,
    }
}

/// The length of a comment that may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if tail.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a string whose text starts at `start`.
fn quoted(rest: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, c) in rest[start..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return start + at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => chars.find(|&(_, c)| c == '\'').map_or(0, |(at, _)| at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// Whether `line` holds `word` with no letter, digit or `_` right before or after it.
pub fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kept` is what is left; every character and every line stays in its place.
    #[track_caller]
    fn check(text: &str, kept: &str) {
        let code = code(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), kept);
        let ends = |text: &str| text.lines().map(|l| l.chars().count()).collect::<Vec<_>>();
        assert_eq!(ends(&code), ends(text));
    }

    #[test]
    fn comments_and_literals_become_spaces() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check("f(\"x \\\" y\") + 1", "f( ) + 1");
        check("r#\"a\"b\"# + r\"\\\" + b", "+ + b");
        check("bar \"x\" br\"x\" b'x' b\"x\" c\"x\"", "bar");
        check("'a' '\\'' '\\u{1f600}' &'a str", "&'a str");
        check("\"two\nlines\" x", "x");
        check("r#type r b", "r#type r b");
        check("\"open", "");
    }

    #[test]
    fn a_word_stands_alone() {
        assert!(has_word("unsafe {", "unsafe"));
        assert!(!has_word("unsafe_code", "unsafe"));
        assert!(!has_word("an_unsafe", "unsafe"));
        assert!(has_word("(unsafe)", "unsafe"));
    }
}
