//! Zip archives as `.npz` files are: a list of members, stored or deflated, and a directory of them at the end.
//!
//! The format is APPNOTE 6.3.10 of PKWARE. Of it, what `.npz` files do not have is refused: encryption, several disks, other
//! methods of compression, archives with something before or between their members' records that overlaps.
mod read;
mod write;

pub(crate) use read::Archive;
pub(crate) use write::Writer;

/// What each record begins with.
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;

/// Lengths of the records without what varies in them.
const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
const END_SIZE: usize = 22;
const END_64_SIZE: usize = 56;
const LOCATOR_64_SIZE: usize = 20;

/// The field of sizes that do not fit in 32 bits.
const EXTRA_64: u16 = 1;

/// How the bytes of a member are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// As they are.
    Stored = 0,
    /// By deflate, RFC 1951.
    Deflated = 8,
}

/// A member, as the directory describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub name: String,
    pub method: Method,
    crc: u32,
    /// Bytes in the archive.
    packed: u64,
    /// Bytes unpacked, as the archive says.
    pub size: u64,
    /// Where its own record begins.
    offset: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};

    /// An archive in which sizes and numbers from `limit` on are written with 64 bits.
    fn archive(limit: u64, method: Method) -> Vec<u8> {
        let mut bytes = vec![];
        let mut writer = Writer::new(&mut bytes, limit);
        for (name, content) in [
            ("a", &b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"[..]),
            ("é/b", b""),
            ("c", b"xyz"),
        ] {
            writer.member(name, method, &[content]).unwrap();
        }
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn archives_read_back_with_32_and_64_bits() {
        for method in [Method::Stored, Method::Deflated] {
            for limit in [0, 3, 40, u64::from(u32::MAX)] {
                let bytes = archive(limit, method);
                let (mut archive, members) = Archive::open(Cursor::new(&bytes[..])).unwrap();
                let mut found = vec![];
                for member in &members {
                    let mut text = String::new();
                    archive
                        .member(member)
                        .unwrap()
                        .read_to_string(&mut text)
                        .unwrap();
                    assert_eq!((member.size, member.method), (text.len() as u64, method));
                    found.push((member.name.as_str(), text));
                }
                let expected = [
                    ("a", "a".repeat(32)),
                    ("é/b", String::new()),
                    ("c", "xyz".to_string()),
                ];
                assert_eq!(found, expected, "{method:?}, 64 bits from {limit}");
            }
        }
    }
}
