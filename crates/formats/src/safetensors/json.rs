//! As much JSON as a safetensors header has: objects of known depth, strings, lists of whole numbers.
//!
//! Nothing here calls itself, so no input is deep; and nothing is kept of what no header may hold.

/// A place in the text of a header.
pub(super) struct Json<'a> {
    text: &'a str,
    at: usize,
}

/// What was expected where, in words.
pub(super) type Broken = String;

impl<'a> Json<'a> {
    pub(super) fn new(text: &'a str) -> Json<'a> {
        Json { text, at: 0 }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Skips the next character if it is `c`, and the spaces before it.
    fn take(&mut self, c: u8) -> bool {
        self.spaces();
        let here = self.peek() == Some(c);
        self.at += usize::from(here);
        here
    }

    fn expect(&mut self, c: u8, what: &str) -> Result<(), Broken> {
        if self.take(c) {
            Ok(())
        } else {
            Err(self.broken(what))
        }
    }

    fn broken(&self, what: &str) -> Broken {
        let found = match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(c) => format!("has {c:?}"),
            None => "ends".to_string(),
        };
        format!(
            "the header must have {what} at byte {}; it {found}",
            self.at
        )
    }

    /// An object; `entry` reads the value of each key. Keys are given as they come, also those that come twice.
    pub(super) fn object(
        &mut self,
        what: &str,
        mut entry: impl FnMut(&mut Json<'a>, String) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'{', what)?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':', "a colon")?;
            entry(self, key)?;
            if !self.take(b',') {
                return self.expect(b'}', "a comma or the end of the object");
            }
        }
    }

    /// A list of at most `most` whole numbers.
    pub(super) fn numbers(&mut self, what: &str, most: usize) -> Result<Vec<usize>, Broken> {
        self.expect(b'[', what)?;
        let mut list = vec![];
        if self.take(b']') {
            return Ok(list);
        }
        loop {
            self.spaces();
            if list.len() == most {
                return Err(
                    self.broken(&format!("at most {most} numbers in this list, and its end"))
                );
            }
            list.push(self.number()?);
            if !self.take(b',') {
                self.expect(b']', "a comma or the end of the list")?;
                return Ok(list);
            }
        }
    }

    fn number(&mut self) -> Result<usize, Broken> {
        let start = self.at;
        let mut number = Some(0usize);
        while let Some(c @ b'0'..=b'9') = self.peek() {
            number = number
                .and_then(|n| n.checked_mul(10))
                .and_then(|n| n.checked_add(usize::from(c - b'0')));
            self.at += 1;
        }
        let plain = match &self.bytes()[start..self.at] {
            [] => false,
            digits => digits.len() == 1 || digits[0] != b'0',
        };
        let goes_on = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        let number = number.filter(|_| plain && !goes_on);
        number.ok_or_else(|| {
            Json {
                text: self.text,
                at: start,
            }
            .broken("a whole number from 0 to 2^64 - 1")
        })
    }

    pub(super) fn string(&mut self) -> Result<String, Broken> {
        self.expect(b'"', "a string")?;
        let mut string = String::new();
        loop {
            let plain = |c: &u8| !matches!(c, b'"' | b'\\' | 0..0x20);
            let length = self.bytes()[self.at..]
                .iter()
                .take_while(|c| plain(c))
                .count();
            // Quotes, backslashes and controls are one byte each, so this ends between characters.
            string.push_str(self.text.get(self.at..self.at + length).unwrap_or_default());
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                _ => return Err(self.broken("the end of a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Broken> {
        let start = Json {
            text: self.text,
            at: self.at,
        };
        let kind = self.bytes().get(self.at + 1).copied();
        self.at += 2;
        let c = match kind {
            Some(c @ (b'"' | b'\\' | b'/')) => Some(char::from(c)),
            Some(b'b') => Some('\u{8}'),
            Some(b'f') => Some('\u{c}'),
            Some(b'n') => Some('\n'),
            Some(b'r') => Some('\r'),
            Some(b't') => Some('\t'),
            Some(b'u') => self.unicode(),
            _ => None,
        };
        c.ok_or_else(|| start.broken("an escape that JSON knows"))
    }

    /// The character of `\u` and four digits, or of two such that are a pair (RFC 8259, 7).
    fn unicode(&mut self) -> Option<char> {
        let high = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high);
        }
        if !self.bytes()[self.at..].starts_with(b"\\u") {
            return None;
        }
        self.at += 2;
        let low = self.four_digits()?;
        let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits
            .iter()
            .try_fold(0, |n, &c| Some(n << 4 | char::from(c).to_digit(16)?))
    }

    /// Nothing but spaces must be left.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        self.spaces();
        if self.at < self.text.len() {
            return Err(self.broken("nothing more"));
        }
        Ok(())
    }
}

/// Writes a string as JSON has it.
pub(super) fn quote(out: &mut String, string: &str) {
    out.push('"');
    for c in string.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn string(text: &str, expected: Option<&str>) {
        let mut json = Json::new(text);
        let found = json.string().and_then(|s| json.end().map(|()| s));
        assert_eq!(found.ok().as_deref(), expected, "{text}");
    }

    #[test]
    fn strings_are_read_with_every_escape() {
        string(r#""""#, Some(""));
        string(r#" "a\"\\\/\b\f\n\r\tz" "#, Some("a\"\\/\u{8}\u{c}\n\r\tz"));
        string(r#""\u00e9 é \ud83d\ude00 😀""#, Some("é é 😀 😀"));
        for bad in [
            "",
            "\"",
            "a",
            "\"\\",
            "\"\\x41\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\ud83d\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ude00\"",
            "\"\n\"",
            "\"a\" b",
            "'a'",
            "\"\\u+123\"",
            "\"\\u00é\"",
        ] {
            string(bad, None);
        }
    }

    #[test]
    fn what_is_quoted_reads_back() {
        let all: String = (0..0x300)
            .filter_map(char::from_u32)
            .chain("😀\u{2028}".chars())
            .collect();
        let mut text = String::new();
        quote(&mut text, &all);
        string(&text, Some(&all));
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        let read = |text: &str| Json::new(text).numbers("a list", 3).ok();
        assert_eq!(read(" [ ] "), Some(vec![]));
        assert_eq!(
            read("[0, 7,18446744073709551615]"),
            Some(vec![0, 7, usize::MAX])
        );
        for bad in [
            "[1,]",
            "[,]",
            "[1 2]",
            "[01]",
            "[-1]",
            "[1.0]",
            "[1e3]",
            "[18446744073709551616]",
            "[1,2,3,4]",
            "[[1]]",
            "[1",
            "1",
            "[true]",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
