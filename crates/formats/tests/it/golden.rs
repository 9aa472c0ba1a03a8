//! Files that NumPy and the safetensors package wrote, and the arrays in them.
use bouton_array::{Array, DType, Type};
use bouton_formats::{ErrorKind, SafeTensors, npy, npz, safetensors};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A line of `formats.txt` that begins a record, and the arrays behind it.
struct Record {
    kind: String,
    attributes: Vec<(String, String)>,
    arrays: Vec<Array>,
}

impl Record {
    fn text(&self, key: &str) -> &str {
        let found = self.attributes.iter().find(|(k, _)| k == key);
        found.map_or("", |(_, value)| value)
    }

    /// The file's path and content.
    fn file(&self) -> (PathBuf, Vec<u8>) {
        let path = folder().join(self.text("file"));
        let content = fs::read(&path).unwrap();
        (path, content)
    }

    fn names(&self) -> Vec<&str> {
        self.text("names")
            .split(',')
            .filter(|n| !n.is_empty())
            .collect()
    }
}

fn records(kind: &str) -> Vec<Record> {
    let text = fs::read_to_string(folder().join("formats.txt")).unwrap();
    let mut records: Vec<Record> = vec![];
    let mut inside = false;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        match (words.next().unwrap(), inside) {
            ("", _) => inside = false,
            (kind, false) => {
                let pair = |w: &str| {
                    w.split_once('=')
                        .map(|(k, v)| (k.into(), v.into()))
                        .unwrap()
                };
                let attributes = words.map(pair).collect();
                records.push(Record {
                    kind: kind.into(),
                    attributes,
                    arrays: vec![],
                });
                inside = true;
            }
            (head, true) => records.last_mut().unwrap().arrays.push(array(head, words)),
        }
    }
    records.retain(|record| record.kind == kind);
    assert!(!records.is_empty(), "{kind}");
    records
}

fn array<'a>(head: &str, words: impl Iterator<Item = &'a str>) -> Array {
    let (dtype, dims) = head.trim_end_matches(']').split_once('[').unwrap();
    let dims: Vec<usize> = dims
        .split(',')
        .filter(|d| !d.is_empty())
        .map(|d| d.parse().unwrap())
        .collect();
    let ty = Type::new(DType::parse(dtype).unwrap(), dims);
    let bits = words.map(|w| u64::from_str_radix(w, 16).unwrap());
    let bytes: Vec<u8> = bits
        .flat_map(|b| match cfg!(target_endian = "little") {
            true => b.to_le_bytes()[..ty.dtype.size()].to_vec(),
            false => b.to_be_bytes()[8 - ty.dtype.size()..].to_vec(),
        })
        .collect();
    Array::from_bytes(&ty, &bytes).unwrap()
}

#[track_caller]
fn same(found: &Array, expected: &Array, what: &str) {
    assert!(
        found.same_bits(expected),
        "{what}: {found:?}, expected {expected:?}"
    );
}

#[track_caller]
fn all_same(found: &[(String, Array)], record: &Record) {
    let what = record.text("file");
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, record.names(), "{what}");
    assert_eq!(found.len(), record.arrays.len(), "{what}");
    for ((name, array), expected) in found.iter().zip(&record.arrays) {
        same(array, expected, &format!("{what}, {name}"));
    }
}

#[test]
fn npy_files_are_read_and_written_as_numpy_does() {
    let records = records("npy");
    for record in &records {
        let (path, content) = record.file();
        let array = npy::read(&path).unwrap();
        same(&array, &record.arrays[0], record.text("file"));
        same(&npy::parse(&content).unwrap(), &array, "from memory");
        let written = npy::to_bytes(&array).unwrap();
        if record.text("same") == "1" {
            assert_eq!(written, content, "{}", record.text("file"));
        }
    }
    let types: Vec<DType> = records.iter().map(|r| r.arrays[0].dtype()).collect();
    assert!(
        DType::ALL
            .iter()
            .all(|t| *t == DType::BF16 || types.contains(t))
    );
}

#[test]
fn npz_files_are_read() {
    for record in records("npz") {
        let (path, content) = record.file();
        all_same(&npz::read(&path).unwrap(), &record);
        all_same(&npz::parse(&content).unwrap(), &record);
    }
}

#[test]
fn safetensors_files_are_read_and_written_as_the_reference_does() {
    for record in records("safetensors") {
        let (path, content) = record.file();
        all_same(&safetensors::read(&path).unwrap(), &record);
        let file = SafeTensors::open(&path).unwrap();
        for (name, expected) in record.names().into_iter().zip(&record.arrays) {
            assert_eq!(file.ty(name).unwrap(), *expected.ty());
            same(&file.read(name).unwrap(), expected, name);
        }
        let mut tensors = SafeTensors::parse(content.clone())
            .unwrap()
            .read_all()
            .unwrap();
        tensors.reverse();
        let written = safetensors::to_bytes(tensors, file.metadata()).unwrap();
        assert!(written == content, "{}: other bytes", record.text("file"));
        assert_eq!(!file.metadata().is_empty(), record.text("metadata") == "1");
    }
    let every = &records("safetensors")[0];
    assert!(
        DType::ALL
            .iter()
            .all(|t| every.arrays.iter().any(|a| a.dtype() == *t))
    );
}

#[test]
fn sound_files_of_what_is_no_array_of_ours_are_refused_in_words() {
    for record in records("refused") {
        let (path, _) = record.file();
        let error = match path.extension().unwrap().to_str().unwrap() {
            "npy" => npy::read(&path).unwrap_err(),
            "npz" => npz::read(&path).unwrap_err(),
            _ => safetensors::read(&path).unwrap_err(),
        };
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.rule().contains(record.text("rule")), "{error}");
        assert!(error.help().is_some(), "{error}");
        let file = error.facts().find(|(label, _)| *label == "file").unwrap().1;
        assert_eq!(file, path.display().to_string());
    }
}

#[test]
fn a_tensor_of_an_unknown_type_is_no_hindrance_to_others() {
    let file = SafeTensors::open(folder().join("eight.safetensors")).unwrap();
    assert_eq!(file.read("ok").unwrap().slice::<f32>(), [0.0]);
    let stored: Vec<String> = file
        .stored()
        .map(|s| format!("{} {}{:?} {}", s.name, s.dtype, s.shape, s.bytes))
        .collect();
    assert_eq!(stored, ["ok F32[1] 4", "eight F8_E4M3[2] 2"]);
    for error in [
        file.ty("eight").unwrap_err(),
        file.read("eight").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.rule().contains("\"eight\" are F8_E4M3"), "{error}");
    }
}
