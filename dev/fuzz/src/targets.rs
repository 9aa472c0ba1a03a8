//! The readers that are fed, and what their files are made of.
use bouton_array::Array;
use bouton_data::Idx;
use bouton_formats::{
    SafeTensors, npy,
    npz::{self, Compression},
    safetensors,
};
use bouton_nn::file::ModelFile;

/// A reader of files.
pub(crate) struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Reads everything in a file. Where its format has a writer for any content, it panics if that does not write what was read.
    pub read: fn(&[u8]) -> Outcome,
    /// Words of the format.
    pub words: &'static [&'static [u8]],
    /// Puts in order what most damage destroys, so that what is behind it is reached.
    pub mend: fn(&mut [u8]),
    /// The most bytes of memory for each byte of a file, besides [`BESIDES`].
    pub expansion: usize,
}

/// How reading ended.
pub(crate) enum Outcome {
    Read,
    Refused { kind: String, message: String },
}

/// Bytes that any file may cost: decoders, messages, the first piece of what is unpacked.
pub(crate) const BESIDES: usize = 8 << 20;

/// All readers of files.
pub(crate) const TARGETS: [Target; 5] = [
    Target {
        name: "npy",
        read: |file| {
            let read = npy::parse(file).inspect(|array| {
                let again = npy::to_bytes(array).and_then(|bytes| npy::parse(&bytes));
                assert!(
                    again.is_ok_and(|again| again.same_bits(array)),
                    "it does not write what it reads"
                );
            });
            outcome(read, |e| format!("{:?}", e.kind()))
        },
        words: &[
            b"\x93NUMPY\x01\x00",
            b"\x93NUMPY\x02\x00",
            b"'descr': ",
            b"'fortran_order': ",
            b"'shape': ",
            b"True",
            b"False",
            b"'<f4'",
            b"'>i8'",
            b"'|b1'",
            b"'|O'",
            b"(0,)",
            b"()",
            b"(1, 2)",
            b", ",
            b"{",
            b"}",
        ],
        mend: |_| (),
        expansion: 16,
    },
    Target {
        name: "npz",
        read: |file| {
            let read = npz::parse(file).inspect(|arrays| {
                let bytes = npz::to_bytes(arrays.iter().map(|(n, a)| (n, a)), Compression::Stored);
                let again = bytes.and_then(|bytes| npz::parse(&bytes));
                assert!(
                    again.is_ok_and(|again| same(&again, arrays)),
                    "it does not write what it reads"
                );
            });
            outcome(read, |e| format!("{:?}", e.kind()))
        },
        words: &[
            b"PK\x01\x02",
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"PK\x06\x06",
            b"PK\x06\x07",
            b"\x01\x00\x10\x00",
            b"\xff\xff\xff\xff",
            b"\x08\x00",
            b".npy",
            b"../",
            b"/",
            b"\x93NUMPY",
        ],
        mend: set_checksums,
        // Deflate makes up to 1,032 bytes of one, which are held up to three times while they grow.
        expansion: 4000,
    },
    Target {
        name: "safetensors",
        read: |file| {
            let read = SafeTensors::parse(file).and_then(|file| {
                let tensors = file.read_all()?;
                let bytes = safetensors::to_bytes(tensors.clone(), file.metadata())?;
                let again = SafeTensors::parse(bytes)?;
                let same = |(name, array): &(String, Array)| {
                    again.read(name).is_ok_and(|a| a.same_bits(array))
                };
                assert!(
                    tensors.iter().all(same) && again.metadata() == file.metadata(),
                    "it does not write what it reads"
                );
                Ok(())
            });
            outcome(read, |e| format!("{:?}", e.kind()))
        },
        words: &[
            b"\"dtype\":",
            b"\"shape\":",
            b"\"data_offsets\":",
            b"\"__metadata__\":",
            b"\"F32\"",
            b"\"BF16\"",
            b"\"F8_E4M3\"",
            b"\"BOOL\"",
            b"[0,4]",
            b"[]",
            b"{}",
            b"{",
            b"}",
            b",",
            b":",
            b"\\u00e9",
            b"\\ud83d",
            b"\\\"",
        ],
        mend: set_header_length,
        expansion: 64,
    },
    Target {
        name: "idx",
        read: |file| outcome(Idx::parse("x", file), |e| format!("{:?}", e.kind())),
        words: &[
            b"\x00\x00\x08\x01",
            b"\x00\x00\x08\x03",
            b"\x1f\x8b\x08\x00",
            b"\x00\x00\x00\x00",
        ],
        mend: |_| (),
        expansion: 4000,
    },
    Target {
        name: "model",
        read: |file| outcome(ModelFile::parse("x", file), |e| format!("{:?}", e.kind())),
        words: &[
            b"\\\"version\\\":1",
            b"\\\"nodes\\\":[",
            b"\\\"kind\\\":\\\"dense\\\"",
            b"\\\"inputs\\\":[0]",
            b"\\\"settings\\\":{",
            b"\\\"axes\\\":[null,3]",
            b"\\\"relu\\\"",
            b"\\\"conv\\\"",
            b"\\\"max_pool\\\"",
            b"\\\"flatten\\\"",
            b"null",
            b"\"dtype\":",
            b"\"data_offsets\":[0,4]",
            b"{",
            b"}",
            b"[",
            b"]",
        ],
        mend: set_header_length,
        expansion: 256,
    },
];

fn outcome<T, E: ToString>(result: Result<T, E>, kind: impl Fn(&E) -> String) -> Outcome {
    match result {
        Ok(_) => Outcome::Read,
        Err(e) => Outcome::Refused {
            kind: kind(&e),
            message: e.to_string(),
        },
    }
}

fn same(a: &[(String, Array)], b: &[(String, Array)]) -> bool {
    let same = |((m, x), (n, y)): (&(String, Array), &(String, Array))| m == n && x.same_bits(y);
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// Makes the length at the start of a safetensors file that of the object behind it.
fn set_header_length(file: &mut [u8]) {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    let mut end = file.len();
    for (i, c) in file.iter().enumerate().skip(8) {
        match c {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            end = i + 1;
            break;
        }
    }
    if let Some(length) = file.first_chunk_mut::<8>() {
        *length = (end as u64 - 8).to_le_bytes();
    }
}

/// Makes the checksums in the directory of an archive those of its stored members, wherever those lie.
fn set_checksums(file: &mut [u8]) {
    let number = |file: &[u8], at: usize, width: usize| -> Option<usize> {
        let bytes = file.get(at..at + width)?;
        Some(bytes.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
    };
    for record in 0..file.len() {
        if !file[record..].starts_with(b"PK\x01\x02") || number(file, record + 10, 2) != Some(0) {
            continue;
        }
        let sum = || {
            let (packed, start) = (number(file, record + 20, 4)?, number(file, record + 42, 4)?);
            let start = start + 30 + number(file, start + 26, 2)? + number(file, start + 28, 2)?;
            Some(checksum(file.get(start..start + packed)?))
        };
        if let Some(sum) = sum()
            && let Some(place) = file.get_mut(record + 16..record + 20)
        {
            place.copy_from_slice(&sum.to_le_bytes());
        }
    }
}

/// CRC-32 as archives have it, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| {
        if sum & 1 == 1 {
            sum >> 1 ^ 0xedb8_8320
        } else {
            sum >> 1
        }
    };
    !bytes
        .iter()
        .fold(u32::MAX, |sum, b| (0..8).fold(sum ^ u32::from(*b), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mended_files_are_read() {
        let array = Array::scalar(1.5f32);
        let sound = npz::to_bytes([("x", &array)], Compression::Stored).unwrap();
        let mut file = sound.clone();
        let place = sound
            .windows(4)
            .position(|w| w == 1.5f32.to_le_bytes())
            .unwrap();
        file[place + 2] ^= 1;
        assert!(npz::parse(&file).is_err());
        set_checksums(&mut file);
        assert!(!npz::parse(&file).unwrap()[0].1.same_bits(&array));
        file[place + 2] ^= 1;
        set_checksums(&mut file);
        assert_eq!(file, sound);

        let sound = safetensors::to_bytes([("x", &array)], &Default::default()).unwrap();
        let mut file = sound.clone();
        file[0] ^= 0xff;
        assert!(SafeTensors::parse(&file[..]).is_err());
        file.splice(13..13, *b" ");
        set_header_length(&mut file);
        // The spaces behind the header are bytes of tensors now.
        assert!(
            SafeTensors::parse(&file[..])
                .unwrap_err()
                .rule()
                .contains("must fill the file")
        );
    }

    #[test]
    fn every_target_reads_its_corpus_or_refuses_it_in_words() {
        for target in &TARGETS {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("corpus")
                .join(target.name);
            let mut read = 0;
            for entry in std::fs::read_dir(folder).unwrap() {
                let content = std::fs::read(entry.unwrap().path()).unwrap();
                read += usize::from(matches!((target.read)(&content), Outcome::Read));
            }
            assert!(read >= 3, "{}: {read}", target.name);
        }
    }
}
