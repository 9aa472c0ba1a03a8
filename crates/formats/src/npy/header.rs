//! The header of a `.npy` file: a dictionary as Python writes it, read by a parser that knows nothing else.
use super::read_up_to;
use crate::{Error, Result, elements};
use bouton_array::{DType, Type};
use std::io::Read;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Elements begin at a multiple of this.
const ALIGN: usize = 64;

/// The most bytes of a header that NumPy 2 reads without being told that it may be trusted is 10,000. What an array's type
/// needs is far below that; a longer one describes what an array cannot be, or nothing.
const LONGEST: usize = 1 << 16;

/// Spaces that leave room for the first size to grow to the longest number of 64 bits, as NumPy leaves them.
const ROOM_TO_GROW: usize = 21;

/// What a header says.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub ty: Type,
    pub big_endian: bool,
    /// The first axis is the innermost.
    pub fortran: bool,
}

/// Reads everything before the elements; tells how many bytes that were. `length` is that of the whole content.
pub(super) fn read(source: &mut dyn Read, length: u64) -> Result<(Header, u64)> {
    let unread = |e| elements::unread("npy: the header", e);
    let mut start = [0; 8];
    let have = read_up_to(source, &mut start).map_err(unread)?;
    if have < start.len() || !start.starts_with(MAGIC) {
        let error = Error::broken("npy: a file must begin with the magic \\x93NUMPY and a version");
        return Err(match &start {
            [b'P', b'K', 3 | 5, ..] => error.with_help("this is a zip file: read it as .npz"),
            _ => error,
        });
    }
    let mut size = [0; 4];
    let digits = match (start[6], start[7]) {
        (1, 0) => 2,
        (2 | 3, 0) => 4,
        (major, minor) => {
            let rule = format!("npy: the version must be 1.0, 2.0 or 3.0; it is {major}.{minor}");
            return Err(Error::unsupported(rule));
        }
    };
    source.read_exact(&mut size[..digits]).map_err(unread)?;
    let size = u32::from_le_bytes(size) as usize;
    let head = (start.len() + digits + size) as u64;
    if size > LONGEST || head > length {
        let most = length
            .saturating_sub((start.len() + digits) as u64)
            .min(LONGEST as u64);
        let rule = format!("npy: the header must have at most {most} bytes here; it says {size}");
        return Err(Error::broken(rule));
    }
    let mut text = vec![0; size];
    source.read_exact(&mut text).map_err(unread)?;
    Ok((parse(&text)?, head))
}

/// What stands before the elements of an array of this type: version 1.0, as NumPy 2 writes it.
pub(super) fn encode(ty: &Type) -> Result<Vec<u8>> {
    let help = "convert it to another element type, or write safetensors";
    let descr = written(ty.dtype).ok_or_else(|| {
        let rule = format!("npy: the element type must be one that NumPy has; {ty} is not");
        Error::argument(rule).with_help(help)
    })?;
    elements::size(ty).map_err(|rule| Error::argument(format!("npy: {rule}")))?;
    let mut shape = ty
        .shape
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if ty.rank() == 1 {
        shape.push(',');
    }
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    if let Some(first) = ty.shape.first() {
        let digits = first.to_string().len();
        text.push_str(&" ".repeat(ROOM_TO_GROW - digits));
    }
    // NumPy adds a whole block of spaces where none would be needed.
    let before = MAGIC.len() + 2 + 2;
    text.push_str(&" ".repeat(ALIGN - (before + text.len() + 1) % ALIGN));
    text.push('\n');
    // 64 sizes of 20 digits make 1,408 bytes: version 1.0, which counts them in 16 bits, holds every header.
    let size = text.len() as u16;
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend(size.to_le_bytes());
    bytes.extend(text.as_bytes());
    Ok(bytes)
}

/// Descriptors without the byte order.
const TYPES: [(DType, &str); 12] = [
    (DType::Bool, "b1"),
    (DType::U8, "u1"),
    (DType::U16, "u2"),
    (DType::U32, "u4"),
    (DType::U64, "u8"),
    (DType::I8, "i1"),
    (DType::I16, "i2"),
    (DType::I32, "i4"),
    (DType::I64, "i8"),
    (DType::F16, "f2"),
    (DType::F32, "f4"),
    (DType::F64, "f8"),
];

fn written(dtype: DType) -> Option<String> {
    let (_, name) = TYPES.iter().find(|(t, _)| *t == dtype)?;
    let order = if dtype.size() == 1 { '|' } else { '<' };
    Some(format!("{order}{name}"))
}

/// The element type and whether its bytes are big-endian.
fn described(descr: &str) -> Result<(DType, bool)> {
    let (order, name) = match descr.split_at_checked(1) {
        Some((order @ ("<" | ">" | "|" | "="), name)) => (order, name),
        _ => ("", descr),
    };
    let found = TYPES.iter().find(|(_, n)| *n == name);
    if let (Some((dtype, _)), "<" | ">" | "=")
    | (Some((dtype @ (DType::Bool | DType::U8 | DType::I8), _)), "|") = (found, order)
    {
        let big = if order == "=" {
            cfg!(target_endian = "big")
        } else {
            order == ">"
        };
        return Ok((*dtype, big));
    }
    let what = match name.chars().next() {
        Some('O') => "objects, which are pickled",
        Some('V') => {
            "raw bytes, which is also how NumPy writes types it does not know, such as bf16"
        }
        Some('S' | 'U' | 'a') => "strings",
        Some('c') => "complex numbers",
        Some('m' | 'M') => "dates or times",
        Some('f') if ["f12", "f16"].contains(&name) => {
            "long doubles, which differ between machines"
        }
        _ => "of no type that is known here",
    };
    let rule = format!("npy: the elements must be bool, integers or floats; {descr:?} are {what}");
    Err(Error::unsupported(rule).with_help("convert them in NumPy with .astype and save again"))
}

fn parse(text: &[u8]) -> Result<Header> {
    let mut reader = Reader { text, at: 0 };
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    reader.spaces();
    reader.expect(b'{', "a dictionary")?;
    loop {
        reader.spaces();
        if reader.take(b'}') {
            break;
        }
        let at = reader.at;
        let key = reader.string()?;
        reader.spaces();
        reader.expect(b':', "a colon")?;
        reader.spaces();
        let new = match key {
            "descr" if reader.peek() == Some(b'[') => return Err(structured()),
            "descr" => descr.replace(reader.string()?).is_none(),
            "fortran_order" => fortran.replace(reader.truth()?).is_none(),
            "shape" => shape.replace(reader.shape()?).is_none(),
            _ => {
                return Err(
                    Reader { text, at }.broken("one of the keys descr, fortran_order, shape")
                );
            }
        };
        if !new {
            return Err(Reader { text, at }.broken("a key that has not come yet"));
        }
        reader.spaces();
        if !reader.take(b',') {
            reader.expect(b'}', "a comma or the end of the dictionary")?;
            break;
        }
    }
    reader.spaces();
    if reader.at < text.len() {
        return Err(reader.broken("nothing more"));
    }
    let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else {
        let rule = "npy: the header must have the keys descr, fortran_order and shape";
        return Err(Error::broken(rule));
    };
    let (dtype, big_endian) = described(descr)?;
    Ok(Header {
        ty: Type::new(dtype, shape),
        big_endian,
        fortran,
    })
}

fn structured() -> Error {
    let rule = "npy: the elements must be bool, integers or floats; these are structures";
    Error::unsupported(rule).with_help("save each field as an array of its own, in one .npz")
}

/// A place in the header.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, c: u8) -> bool {
        let here = self.peek() == Some(c);
        self.at += usize::from(here);
        here
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, c: u8, what: &str) -> Result<()> {
        if self.take(c) {
            Ok(())
        } else {
            Err(self.broken(what))
        }
    }

    fn broken(&self, what: &str) -> Error {
        let found = match self.peek() {
            Some(c) => format!("has {:?}", char::from(c)),
            None => "ends".to_string(),
        };
        Error::broken(format!(
            "npy: the header must have {what} at byte {}; it {found}",
            self.at
        ))
    }

    /// Text between quotes, without escapes: no descriptor needs any.
    fn string(&mut self) -> Result<&'a str> {
        let start = self.at;
        let Some(quote @ (b'\'' | b'"')) = self.peek() else {
            return Err(self.broken("a string"));
        };
        self.at += 1;
        let plain = |c: &u8| *c != quote && *c != b'\\' && (b' '..=b'~').contains(c);
        let length = self.text[self.at..].iter().take_while(|c| plain(c)).count();
        let inside = &self.text[self.at..self.at + length];
        self.at += length;
        self.expect(quote, "a string of printable characters")?;
        std::str::from_utf8(inside).map_err(|_| {
            Reader {
                text: self.text,
                at: start,
            }
            .broken("a string")
        })
    }

    fn truth(&mut self) -> Result<bool> {
        for (word, value) in [("True", true), ("False", false)] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.broken("True or False"))
    }

    /// A tuple of sizes: `()`, `(3,)`, `(3, 4)`. One number between parentheses is none.
    fn shape(&mut self) -> Result<Vec<usize>> {
        self.expect(b'(', "a tuple of sizes")?;
        let mut sizes = vec![];
        loop {
            self.spaces();
            if self.take(b')') {
                return Ok(sizes);
            }
            if sizes.len() == elements::MOST_AXES {
                return Err(self.broken("at most 64 sizes"));
            }
            sizes.push(self.number()?);
            self.spaces();
            if !self.take(b',') {
                if sizes.len() == 1 {
                    return Err(self.broken("a comma behind the only size"));
                }
                self.expect(b')', "a comma or the end of the tuple")?;
                return Ok(sizes);
            }
        }
    }

    /// A whole number as Python writes it; Python 2 may have put an `L` behind it.
    fn number(&mut self) -> Result<usize> {
        let start = self.at;
        let mut number = Some(0usize);
        while let Some(c @ b'0'..=b'9') = self.peek() {
            number = number
                .and_then(|n| n.checked_mul(10))
                .and_then(|n| n.checked_add(usize::from(c - b'0')));
            self.at += 1;
        }
        let digits = &self.text[start..self.at];
        let plain = !digits.is_empty() && (digits == b"0" || digits[0] != b'0');
        self.take(b'L');
        number.filter(|_| plain).ok_or_else(|| {
            Reader {
                text: self.text,
                at: start,
            }
            .broken("a size")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match parse(text.as_bytes()) {
            Ok(Header {
                ty,
                big_endian,
                fortran,
            }) => format!("{ty} big={big_endian} fortran={fortran}"),
            Err(e) => e.rule().to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn dictionaries_are_read() {
        check(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  \n",
            "f32[3, 4] big=false fortran=false",
        );
        check(
            "{\"shape\":(),\"descr\":\">u8\",\"fortran_order\":True}",
            "u64 big=true fortran=true",
        );
        check(
            "{ 'descr' : '|b1' , 'fortran_order' : False , 'shape' : ( 0 , ) }",
            "bool[0] big=false fortran=false",
        );
        check(
            "{'descr': '=i2', 'fortran_order': False, 'shape': (3L, 1L)}",
            "i16[3, 1] big=false fortran=false",
        );
        check(
            "{'descr': '<i1', 'fortran_order': False, 'shape': (1,)}",
            "i8[1] big=false fortran=false",
        );
    }

    #[test]
    fn what_is_no_such_dictionary_is_refused() {
        let with = |key: &str, value: &str| {
            let mut entries = vec![
                ("descr", "'<f4'"),
                ("fortran_order", "False"),
                ("shape", "(2,)"),
            ];
            match entries.iter_mut().find(|(k, _)| *k == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
            let entries: Vec<String> = entries.iter().map(|(k, v)| format!("'{k}':{v}")).collect();
            format!("{{{}}}", entries.join(","))
        };
        let must = |what: &str| format!("npy: the header must have {what}");
        check("", &must("a dictionary at byte 0; it ends"));
        check("[]", &must("a dictionary at byte 0; it has '['"));
        check("{}", &must("the keys descr, fortran_order and shape"));
        check(
            "{'descr':'<f4',}",
            &must("the keys descr, fortran_order and shape"),
        );
        check("{'descr'", &must("a colon at byte 8; it ends"));
        check(
            "{'desc\\x72",
            &must("a string of printable characters at byte 6; it has '\\\\'"),
        );
        check(
            &(with("", "") + "x"),
            &must("one of the keys descr, fortran_order, shape at byte 50; it has '\\''"),
        );
        check(
            "{'descr':'<f4','descr':'<f4'}",
            &must("a key that has not come yet at byte 15; it has '\\''"),
        );
        check(
            &(with("descr", "'<f4'") + ";"),
            &must("nothing more at byte 50; it has ';'"),
        );
        check(
            &with("fortran_order", "0"),
            &must("True or False at byte 31; it has '0'"),
        );
        check(
            &with("shape", "(2)"),
            &must("a comma behind the only size at byte 47; it has ')'"),
        );
        check(
            &with("shape", "2"),
            &must("a tuple of sizes at byte 45; it has '2'"),
        );
        check(
            &with("shape", "(-1,)"),
            &must("a size at byte 46; it has '-'"),
        );
        check(
            &with("shape", "(07,)"),
            &must("a size at byte 46; it has '0'"),
        );
        check(
            &with("shape", "(1_0,)"),
            &must("a comma behind the only size at byte 47; it has '_'"),
        );
        check(
            &with("shape", "(99999999999999999999,)"),
            &must("a size at byte 46; it has '9'"),
        );
        check(
            &with("shape", "((2,),)"),
            &must("a size at byte 46; it has '('"),
        );
        check(
            &with("shape", &format!("({})", "1,".repeat(65))),
            &must("at most 64 sizes at byte 174; it has '1'"),
        );
    }

    #[test]
    fn other_elements_are_named() {
        let are = |descr: &str, what: &str| {
            let text = format!("{{'descr':{descr},'fortran_order':False,'shape':()}}");
            let rule = "npy: the elements must be bool, integers or floats; ";
            check(&text, &format!("{rule}{what}"));
        };
        are("'|O'", "\"|O\" are objects, which are pickled");
        are("'<U5'", "\"<U5\" are strings");
        are(
            "'|V2'",
            "\"|V2\" are raw bytes, which is also how NumPy writes types it does not know, such as bf16",
        );
        are("'<c8'", "\"<c8\" are complex numbers");
        are("'<M8[ns]'", "\"<M8[ns]\" are dates or times");
        are(
            "'<f16'",
            "\"<f16\" are long doubles, which differ between machines",
        );
        are("[('a', '<f4')]", "these are structures");
        for odd in ["", "<", "f4", "|f4", "<f5", "<F4", "<f4 ", "!u1"] {
            are(
                &format!("'{odd}'"),
                &format!("{odd:?} are of no type that is known here"),
            );
        }
    }
}
