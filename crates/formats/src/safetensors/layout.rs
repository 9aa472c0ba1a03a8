//! What a safetensors header says: which tensors lie where. Read without trust, and written.
use super::json::{Broken, Json, quote};
use crate::elements;
use bouton_array::{DType, Type};
use std::collections::{BTreeMap, HashMap};

/// The key of a header that names no tensor.
pub(super) const METADATA: &str = "__metadata__";

/// A header says nothing in more bytes than these; the reference refuses it as well.
pub(super) const LONGEST: u64 = 100_000_000;

/// Element types with the format's words, in the order in which the reference sorts them: alignment first.
pub(super) const TYPES: [(DType, &str); 13] = [
    (DType::Bool, "BOOL"),
    (DType::U8, "U8"),
    (DType::I8, "I8"),
    (DType::I16, "I16"),
    (DType::U16, "U16"),
    (DType::F16, "F16"),
    (DType::BF16, "BF16"),
    (DType::I32, "I32"),
    (DType::U32, "U32"),
    (DType::F32, "F32"),
    (DType::F64, "F64"),
    (DType::I64, "I64"),
    (DType::U64, "U64"),
];

/// A tensor in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub name: String,
    /// The file's word for the element type, known here or not.
    pub dtype: String,
    pub shape: Vec<usize>,
    /// Where its bytes begin and end, counted from the end of the header.
    pub begin: usize,
    pub end: usize,
}

impl Entry {
    /// The type, if an array can have it.
    pub(super) fn ty(&self) -> Option<Type> {
        let (dtype, _) = TYPES.iter().find(|(_, word)| *word == self.dtype)?;
        Some(Type::new(*dtype, &self.shape[..]))
    }
}

/// A header that keeps every rule.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// In the order of their bytes.
    pub entries: Vec<Entry>,
    /// Places in `entries`.
    pub by_name: HashMap<String, usize>,
    pub metadata: BTreeMap<String, String>,
}

/// Reads the header of a file whose tensors have `data` bytes together.
pub(super) fn read(header: &[u8], data: usize) -> Result<Layout, Broken> {
    if header.first() != Some(&b'{') {
        return Err("the header must begin with {".to_string());
    }
    let text = std::str::from_utf8(header).map_err(|e| {
        format!(
            "the header must be UTF-8; it is not at byte {}",
            e.valid_up_to()
        )
    })?;
    let mut layout = Layout::default();
    let mut metadata = None;
    let mut json = Json::new(text);
    json.object("an object", |json, key| {
        if key != METADATA {
            layout.entries.push(entry(json, key)?);
        } else if metadata.replace(texts(json)?).is_some() {
            return Err(twice(METADATA));
        }
        Ok(())
    })?;
    json.end()?;
    layout.metadata = metadata.unwrap_or_default();
    layout.entries.sort_by_key(|entry| (entry.begin, entry.end));
    let mut at = 0;
    for (i, entry) in layout.entries.iter().enumerate() {
        check(entry, at)?;
        at = entry.end;
        if layout.by_name.insert(entry.name.clone(), i).is_some() {
            return Err(twice(&entry.name));
        }
    }
    if at != data {
        return Err(format!(
            "the tensors must fill the file; they have {at} bytes of {data}"
        ));
    }
    Ok(layout)
}

/// One tensor: the keys `dtype`, `shape` and `data_offsets`, each once and nothing else.
fn entry(json: &mut Json, name: String) -> Result<Entry, Broken> {
    let (mut dtype, mut shape, mut offsets) = (None, None, None);
    json.object("an object that describes a tensor", |json, key| {
        let new = match key.as_str() {
            "dtype" => dtype.replace(json.string()?).is_none(),
            "shape" => shape
                .replace(json.numbers("a list of sizes", elements::MOST_AXES)?)
                .is_none(),
            "data_offsets" => offsets
                .replace(json.numbers("a list of two offsets", 2)?)
                .is_none(),
            _ => return Err(format!("tensor {name:?}: there must be no key {key:?}")),
        };
        if new {
            Ok(())
        } else {
            Err(format!("tensor {name:?}: {}", twice(&key)))
        }
    })?;
    match (dtype, shape, offsets.as_deref()) {
        (Some(dtype), Some(shape), Some(&[begin, end])) => Ok(Entry {
            name,
            dtype,
            shape,
            begin,
            end,
        }),
        _ => Err(format!(
            "tensor {name:?}: there must be a dtype, a shape and two data_offsets"
        )),
    }
}

fn texts(json: &mut Json) -> Result<BTreeMap<String, String>, Broken> {
    let mut texts = BTreeMap::new();
    json.object("an object of texts", |json, key| {
        match texts.insert(key.clone(), json.string()?) {
            None => Ok(()),
            Some(_) => Err(twice(&key)),
        }
    })?;
    Ok(texts)
}

fn twice(key: &str) -> Broken {
    format!("a name must come once; {key:?} comes twice")
}

/// Whether the tensor begins where the one before it ends and is as long as its type says.
fn check(entry: &Entry, at: usize) -> Result<(), Broken> {
    let Entry {
        name, begin, end, ..
    } = entry;
    if *begin != at || end < begin {
        let rule = "tensors must lie one behind the other, without holes";
        return Err(format!(
            "{rule}; {name:?} lies at {begin}..{end}, expected at {at}"
        ));
    }
    let Some(ty) = entry.ty() else { return Ok(()) };
    let size = elements::size(&ty).map_err(|rule| format!("tensor {name:?}: {rule}"))?;
    if end - begin != size {
        return Err(format!(
            "tensor {name:?}: {ty} must have {size} bytes; it has {}",
            end - begin
        ));
    }
    Ok(())
}

/// The header of these tensors: its length, its text, and spaces up to a multiple of 8.
pub(super) fn write<'a>(
    tensors: impl Iterator<Item = (&'a str, &'a Type)>,
    metadata: &BTreeMap<String, String>,
) -> Vec<u8> {
    let mut text = String::from("{");
    if !metadata.is_empty() {
        text.push_str(&format!("\"{METADATA}\":{{"));
        for (i, (key, value)) in metadata.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            quote(&mut text, key);
            text.push(':');
            quote(&mut text, value);
        }
        text.push_str("},");
    }
    let mut at = 0;
    for (name, ty) in tensors {
        quote(&mut text, name);
        let word = TYPES
            .iter()
            .find(|(t, _)| *t == ty.dtype)
            .map_or("", |(_, word)| word);
        let shape: Vec<String> = ty.shape.iter().map(usize::to_string).collect();
        let end = at + ty.bytes();
        text.push_str(&format!(
            ":{{\"dtype\":\"{word}\",\"shape\":[{}],\"data_offsets\":[{at},{end}]}},",
            shape.join(",")
        ));
        at = end;
    }
    if text.ends_with(',') {
        text.pop();
    }
    text.push('}');
    while !text.len().is_multiple_of(8) {
        text.push(' ');
    }
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(header: &str, data: usize, rule: &str) {
        assert_eq!(read(header.as_bytes(), data).unwrap_err(), rule, "{header}");
    }

    fn tensor(dtype: &str, shape: &str, offsets: &str) -> String {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    }

    #[test]
    fn every_type_has_a_word() {
        for dtype in DType::ALL {
            assert_eq!(
                TYPES.iter().filter(|(t, _)| *t == dtype).count(),
                1,
                "{dtype}"
            );
        }
        assert!(TYPES.is_sorted_by_key(|(t, _)| t.size()));
    }

    #[test]
    fn a_header_is_read_whatever_its_order_and_spaces() {
        let [a, b] = [
            tensor("F32", "[2]", "[2,10]"),
            tensor("BF16", "[]", "[0,2]"),
        ];
        let text =
            format!("{{ \"a\" : {a},\n\"b\":{b}, \"__metadata__\":{{\"x\":\"y\",\"\":\"\"}} }}  ");
        let layout = read(text.as_bytes(), 10).unwrap();
        let types: Vec<String> = layout
            .entries
            .iter()
            .map(|e| format!("{} {}", e.name, e.ty().unwrap()))
            .collect();
        assert_eq!(types, ["b bf16", "a f32[2]"]);
        assert_eq!(
            (
                layout.by_name["a"],
                layout.metadata["x"].as_str(),
                layout.metadata.len()
            ),
            (1, "y", 2)
        );
        assert!(read(b"{}", 0).unwrap().entries.is_empty());
    }

    #[test]
    fn tensors_of_no_bytes_lie_anywhere_between_others() {
        let [a, b] = [
            tensor("F32", "[0,3]", "[1,1]"),
            tensor("U8", "[1]", "[0,1]"),
        ];
        let text = format!(
            r#"{{"a":{a},"b":{b},"c":{}}}"#,
            tensor("I64", "[0]", "[0,0]")
        );
        let names: Vec<String> = read(text.as_bytes(), 1)
            .unwrap()
            .entries
            .into_iter()
            .map(|e| e.name)
            .collect();
        assert_eq!(names, ["c", "b", "a"]);
    }

    #[test]
    fn broken_headers_are_refused() {
        refused(" {}", 0, "the header must begin with {");
        refused("{", 0, "the header must have a string at byte 1; it ends");
        refused(
            "{}}",
            0,
            "the header must have nothing more at byte 2; it has '}'",
        );
        refused(
            "{}",
            1,
            "the tensors must fill the file; they have 0 bytes of 1",
        );
        assert_eq!(
            read(b"{\xff", 0).unwrap_err(),
            "the header must be UTF-8; it is not at byte 1"
        );
        let one = |value: &str| format!(r#"{{"a":{value}}}"#);
        refused(
            &one("[]"),
            0,
            "the header must have an object that describes a tensor at byte 5; it has '['",
        );
        refused(
            &one("{}"),
            0,
            "tensor \"a\": there must be a dtype, a shape and two data_offsets",
        );
        refused(
            &one(&tensor("F32", "[]", "[0]")),
            4,
            "tensor \"a\": there must be a dtype, a shape and two data_offsets",
        );
        refused(
            &one(r#"{"dtype":"F32","dtype":"F32"}"#),
            0,
            "tensor \"a\": a name must come once; \"dtype\" comes twice",
        );
        refused(
            &one(r#"{"dtyp":"F32"}"#),
            0,
            "tensor \"a\": there must be no key \"dtyp\"",
        );
        refused(
            &one(&tensor("F32", "[2]", "[0,4]")),
            4,
            "tensor \"a\": f32[2] must have 8 bytes; it has 4",
        );
        let lie = "tensors must lie one behind the other, without holes; ";
        refused(
            &one(&tensor("F32", "[]", "[1,5]")),
            5,
            &format!("{lie}\"a\" lies at 1..5, expected at 0"),
        );
        refused(
            &one(&tensor("F32", "[]", "[4,0]")),
            4,
            &format!("{lie}\"a\" lies at 4..0, expected at 0"),
        );
        refused(
            &one(&tensor("F32", "[]", "[0,4]")),
            5,
            "the tensors must fill the file; they have 4 bytes of 5",
        );
        refused(
            &one(&tensor("F32", "[4294967296,4294967296]", "[0,0]")),
            0,
            "tensor \"a\": a shape must be addressable; f32[4294967296, 4294967296] is too large to address",
        );
        let two = |second: &str, at: &str| {
            format!(
                r#"{{"a":{},{second}:{}}}"#,
                tensor("U8", "[4]", "[0,4]"),
                tensor("U8", "[4]", at)
            )
        };
        refused(
            &two("\"b\"", "[3,7]"),
            7,
            &format!("{lie}\"b\" lies at 3..7, expected at 4"),
        );
        refused(
            &two("\"b\"", "[0,4]"),
            4,
            &format!("{lie}\"b\" lies at 0..4, expected at 4"),
        );
        refused(
            &two("\"\\u0061\"", "[4,8]"),
            8,
            "a name must come once; \"a\" comes twice",
        );
    }

    #[test]
    fn deep_and_long_lists_are_refused_where_they_begin() {
        let deep = format!(r#"{{"a":{}"#, "[".repeat(1 << 20));
        refused(
            &deep,
            0,
            "the header must have an object that describes a tensor at byte 5; it has '['",
        );
        let deep = format!(r#"{{"__metadata__":{}"#, r#"{"a":"#.repeat(1 << 18));
        refused(
            &deep,
            0,
            "the header must have a string at byte 21; it has '{'",
        );
        let long = format!(r#"{{"a":{{"shape":[{}1]}}}}"#, "1,".repeat(1 << 20));
        refused(
            &long,
            0,
            "the header must have at most 64 numbers in this list, and its end at byte 143; it has '1'",
        );
    }
}
