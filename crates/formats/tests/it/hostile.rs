//! Files that are cut short, damaged or lie: an error, never a panic, and no more memory than the bytes vouch for.
use crate::{allocations::peak, arrays::Draws};
use bouton_array::Array;
use bouton_formats::{
    Error, ErrorKind, SafeTensors, npy,
    npz::{self, Compression},
    safetensors,
};
use std::{collections::BTreeMap, fs, path::Path};

/// What a reader of tiny files may hold: the first piece of a deflated member, the decoder, messages.
const MOST: usize = 4 << 20;

/// Reads everything that the content holds, as the file's ending says.
fn read(ending: &str, content: &[u8]) -> Result<usize, Error> {
    match ending {
        "npy" => npy::parse(content).map(|array| array.size()),
        "npz" => npz::parse(content).map(|arrays| arrays.len()),
        _ => SafeTensors::parse(content)
            .and_then(|file| file.read_all())
            .map(|arrays| arrays.len()),
    }
}

#[track_caller]
fn bounded(ending: &str, content: &[u8], what: &str) -> Result<usize, Error> {
    let (result, most) = peak(|| read(ending, content));
    assert!(most <= MOST, "{what}: {most} bytes");
    if let Err(e) = &result {
        assert!(e.to_string().len() < 2000 + content.len(), "{what}: {e}");
        assert!(
            [ErrorKind::Format, ErrorKind::Unsupported].contains(&e.kind()),
            "{what}: {e}"
        );
    }
    result
}

/// Every golden file that can be read: its name, its ending, its content.
fn files() -> Vec<(String, String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap().to_str().unwrap().to_string();
        let content = fs::read(&path).unwrap();
        if ending != "txt" && read(&ending, &content).is_ok() {
            files.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                ending,
                content,
            ));
        }
    }
    files.sort();
    assert!(files.len() > 35, "{}", files.len());
    files
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for (name, ending, content) in files() {
        for length in 0..content.len() {
            let what = format!("{name} cut to {length}");
            assert!(
                bounded(&ending, &content[..length], &what).is_err(),
                "{what}"
            );
        }
    }
}

#[test]
fn bytes_behind_a_file_are_refused() {
    for (name, ending, mut content) in files() {
        content.push(b' ');
        assert!(bounded(&ending, &content, &name).is_err(), "{name}");
    }
}

#[test]
fn a_file_with_any_byte_changed_is_read_or_refused() {
    for (name, ending, content) in files() {
        // Every value of every byte of small files; of longer ones every bit, and the ends.
        let values: Vec<u8> = if content.len() < 500 {
            (1..=255).collect()
        } else {
            (0..8).map(|bit| 1 << bit).chain([0x7f, 0xff]).collect()
        };
        let mut changed = content.clone();
        for at in 0..content.len() {
            for value in &values {
                changed[at] = content[at] ^ value;
                let _ = bounded(&ending, &changed, &name);
            }
            changed[at] = content[at];
        }
    }
}

#[test]
fn files_with_many_changes_are_read_or_refused() {
    let mut draws = Draws(7);
    for (name, ending, content) in files() {
        for _ in 0..300 {
            let mut changed = content.clone();
            for _ in 0..1 + draws.below(8) {
                let at = draws.below(changed.len());
                match draws.below(4) {
                    0 => changed[at] = draws.next() as u8,
                    1 => changed.truncate(at.max(1)),
                    2 => changed.insert(at, draws.next() as u8),
                    _ => {
                        let number =
                            [0, 1, 1 << 31, u64::from(u32::MAX), 1 << 60, u64::MAX][draws.below(6)];
                        let width = [2, 4, 8][draws.below(3)];
                        let number = number.to_le_bytes();
                        changed
                            .iter_mut()
                            .skip(at)
                            .zip(&number[..width])
                            .for_each(|(c, n)| *c = *n);
                    }
                }
            }
            let _ = bounded(&ending, &changed, &name);
        }
    }
}

#[track_caller]
fn refused(ending: &str, content: &[u8], rule: &str) {
    let error = bounded(ending, content, rule).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Format, "{error}");
    assert!(error.rule().contains(rule), "{error}");
}

fn npy_file(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

#[test]
fn npy_sizes_are_held_against_the_bytes() {
    let file = |shape: &str| npy_file("<f8", "True", shape, &[0; 100]);
    refused(
        "npy",
        &file("(1152921504606846976,)"),
        "a shape must be addressable",
    );
    refused(
        "npy",
        &file("(72057594037927936,)"),
        "must be followed by its 576460752303423488 bytes and nothing more; 100 bytes follow",
    );
    refused(
        "npy",
        &file("(4294967296, 4294967296)"),
        "a shape must be addressable; f64[4294967296, 4294967296] is too large to address",
    );
    refused(
        "npy",
        &file("(13,)"),
        "f64[13] must be followed by its 104 bytes and nothing more; 100 bytes follow",
    );
    refused(
        "npy",
        &file("(12,)"),
        "f64[12] must be followed by its 96 bytes and nothing more; 100 bytes follow",
    );
    // An empty axis makes the others harmless.
    assert_eq!(
        read(
            "npy",
            &npy_file("<f8", "True", "(0, 4294967296, 4294967296)", &[])
        )
        .unwrap(),
        0
    );
    refused(
        "npy",
        &npy_file("|b1", "False", "(2,)", &[1, 2]),
        "a bool must be stored as 0 or 1; one is 2",
    );
    refused(
        "npy",
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}",
        "the header must have at most 2 bytes here; it says 4294967295",
    );
    refused(
        "npy",
        b"\x93NUMPY\x01\x00\x10\x00{}",
        "the header must have at most 2 bytes here; it says 16",
    );
    let mut long = b"\x93NUMPY\x02\x00\x00\x00\x20\x00".to_vec();
    long.resize(3 << 20, b' ');
    refused(
        "npy",
        &long,
        "the header must have at most 65536 bytes here; it says 2097152",
    );
    let error = read("npy", b"\x93NUMPY\x04\x00\x00\x00").unwrap_err();
    assert_eq!(
        error.rule(),
        "npy: the version must be 1.0, 2.0 or 3.0; it is 4.0"
    );
}

/// An archive of two small arrays, with every `from` in it replaced.
fn archive(compression: Compression, replaced: &[(&[u8], &[u8])]) -> Vec<u8> {
    let arrays = [
        ("aa/bb1", Array::from_literal([1i32, 2]).unwrap()),
        ("aa/bb2", Array::scalar(3i32)),
    ];
    let mut bytes = npz::to_bytes(arrays, compression).unwrap();
    for (from, to) in replaced {
        assert_eq!(from.len(), to.len());
        let places: Vec<usize> = (0..bytes.len())
            .filter(|&i| bytes[i..].starts_with(from))
            .collect();
        assert!(!places.is_empty(), "{from:?}");
        places
            .into_iter()
            .for_each(|i| bytes[i..i + to.len()].copy_from_slice(to));
    }
    bytes
}

#[test]
fn names_of_members_are_possible_for_files() {
    let renamed = |name: &[u8]| archive(Compression::Stored, &[(b"aa/bb1", name)]);
    let below = "must be a path below a folder, without empty parts, . and ..; ";
    refused(
        "npz",
        &renamed(b"../bb1"),
        &format!("{below}\"../bb1\" is not"),
    );
    refused(
        "npz",
        &renamed(b"a/../b"),
        &format!("{below}\"a/../b\" is not"),
    );
    refused(
        "npz",
        &renamed(b"/a/bb1"),
        &format!("{below}\"/a/bb1\" is not"),
    );
    refused(
        "npz",
        &renamed(b"aa//b1"),
        &format!("{below}\"aa//b1\" is not"),
    );
    refused(
        "npz",
        &renamed(b"aaabb/"),
        &format!("{below}\"aaabb/\" is not"),
    );
    refused(
        "npz",
        &renamed(b"./abb1"),
        &format!("{below}\"./abb1\" is not"),
    );
    let free = "must be free of \\, : and control characters; ";
    refused(
        "npz",
        &renamed(b"..\\bb1"),
        &format!("{free}\"..\\\\bb1\" is not"),
    );
    refused(
        "npz",
        &renamed(b"C:\\bb1"),
        &format!("{free}\"C:\\\\bb1\" is not"),
    );
    refused(
        "npz",
        &renamed(b"a\0/bb1"),
        &format!("{free}\"a\\0/bb1\" is not"),
    );
    refused(
        "npz",
        &renamed(b"a\xff/bb1"),
        "a member's name must be UTF-8",
    );
    refused(
        "npz",
        &renamed(b"aa/bb2"),
        "a name must come once; \"aa/bb2\" comes twice",
    );
}

#[test]
fn archives_that_contradict_themselves_are_refused() {
    for compression in [Compression::Stored, Compression::Deflated] {
        let sound = archive(compression, &[]);
        assert_eq!(read("npz", &sound).unwrap(), 2);
        let directory = sound.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        let end = sound.len() - 22;
        let with = |at: usize, bytes: &[u8]| {
            let mut changed = sound.clone();
            changed[at..at + bytes.len()].copy_from_slice(bytes);
            changed
        };
        let not_possible = with(directory + 24, &[0xf0; 4]);
        refused(
            "npz",
            &not_possible,
            "must unpack to what the directory says; 4042322160 is not possible",
        );
        refused(
            "npz",
            &with(directory + 20, &[0xf0; 4]),
            match compression {
                Compression::Stored => "is not possible",
                Compression::Deflated => "a member must lie before the directory",
            },
        );
        refused(
            "npz",
            &with(directory + 42, &[0xf0; 4]),
            "a member must lie before the directory",
        );
        refused(
            "npz",
            &with(directory + 42, &[1, 0, 0, 0]),
            "a member must begin with its own record",
        );
        refused(
            "npz",
            &with(directory + 24, &[0xff; 4]),
            "a member of more than 4 GB must have its sizes in the extra field",
        );
        refused(
            "npz",
            &with(directory + 16, &[0; 4]),
            "the array must be sound; its checksum is not the one in the directory",
        );
        refused(
            "npz",
            &with(end + 10, &[0xff, 0xff]),
            "an archive must be one file",
        );
        refused(
            "npz",
            &with(end + 8, &[0xfe, 0xff, 0xfe, 0xff]),
            "bytes of a directory must hold its members; it counts 65534",
        );
        refused(
            "npz",
            &with(end + 8, &[1, 0, 1, 0]),
            "the directory must end with its last member",
        );
        refused(
            "npz",
            &with(end + 16, &[0; 4]),
            "the directory must lie right before the records that end the archive",
        );
        refused(
            "npz",
            &with(0, b"x"),
            "a member must begin with its own record",
        );
        refused(
            "npz",
            &with(30, b"x"),
            "a member's own record must agree with the directory",
        );
        let second = directory
            + sound[directory + 1..]
                .windows(4)
                .position(|w| w == b"PK\x01\x02")
                .unwrap()
            + 1;
        refused(
            "npz",
            &with(second + 42, &[0; 4]),
            "members must not overlap",
        );
        let encrypted = read("npz", &with(directory + 8, &[1, 8])).unwrap_err();
        assert_eq!(encrypted.kind(), ErrorKind::Unsupported, "{encrypted}");
        refused(
            "npz",
            &[b"x".as_slice(), &sound].concat(),
            "the directory must lie right before",
        );
    }
    refused(
        "npz",
        b"",
        "an archive must end with the record of its directory",
    );
    refused(
        "npz",
        &npy_file("<f4", "False", "()", &[0; 4]),
        "an archive must end with the record of its directory",
    );
}

#[test]
fn a_deflated_member_that_lies_about_its_size_costs_nothing() {
    // A stream of 4,000 zeros that says 3,000,000: possible, and not so.
    let arrays = [(
        "x",
        Array::zeros(&bouton_array::Type::new(
            bouton_array::DType::U8,
            [3_000_000],
        ))
        .unwrap(),
    )];
    let sound = npz::to_bytes(arrays, Compression::Deflated).unwrap();
    assert_eq!(read("npz", &sound).unwrap(), 1);
    let directory = sound.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    for size in [3_000_001u32, 3_000_127, 2_999_999, 128, 0] {
        let mut changed = sound.clone();
        changed[directory + 24..directory + 28].copy_from_slice(&size.to_le_bytes());
        let error = read("npz", &changed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Format, "{error}");
    }
}

fn safetensors_file(header: &str, data: usize) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.resize(file.len() + data, 0);
    file
}

#[test]
fn safetensors_headers_are_held_against_the_bytes() {
    let file = safetensors_file;
    refused(
        "safetensors",
        &[0; 7],
        "a file must begin with the 8 bytes of a length; it has 7",
    );
    refused(
        "safetensors",
        &u64::MAX.to_le_bytes(),
        "the header must have at most 0 bytes here; the file says 18446744073709551615",
    );
    refused("safetensors", &[0; 8], "the header must begin with {");
    let huge = r#"{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}}"#;
    refused(
        "safetensors",
        &file(huge, 100),
        "the tensors must fill the file; they have 4611686018427387904 bytes of 100",
    );
    let huge = r#"{"a":{"dtype":"F8","shape":[],"data_offsets":[0,18446744073709551615]}}"#;
    refused(
        "safetensors",
        &file(huge, 100),
        "the tensors must fill the file",
    );
    let bool = r#"{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#;
    let mut content = file(bool, 0);
    content.push(7);
    refused(
        "safetensors",
        &content,
        "a bool must be stored as 0 or 1; one is 7",
    );
    let mut content = 100_000_001u64.to_le_bytes().to_vec();
    content.resize(100_000_009, b' ');
    let error = SafeTensors::parse(content).unwrap_err();
    assert!(
        error
            .rule()
            .contains("at most 100000000 bytes here; the file says 100000001"),
        "{error}"
    );
}

#[test]
fn long_headers_cost_what_they_are_long() {
    let metadata = BTreeMap::from([("x".to_string(), "y".repeat(1 << 20))]);
    let arrays = (0..20_000).map(|i| (format!("layer.{i}"), Array::scalar(i)));
    let content = safetensors::to_bytes(arrays, &metadata).unwrap();
    let (file, most) = peak(|| SafeTensors::parse(content.clone()).unwrap());
    assert!(most < 6 * content.len(), "{most} of {}", content.len());
    assert_eq!(file.read("layer.777").unwrap().slice::<i32>(), [777]);
    let deep = format!("{{\"a\":{}", "{\"a\":".repeat(1 << 20));
    let (_, most) = peak(|| assert!(SafeTensors::parse(safetensors_file(&deep, 0)).is_err()));
    assert!(most < 3 * deep.len(), "{most} of {}", deep.len());
}
