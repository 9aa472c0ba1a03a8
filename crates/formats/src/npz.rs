//! `.npz`, NumPy's file of several arrays: a zip archive with one `.npy` file for each.
//!
//! Arrays come in the order of the archive, under their members' names without `.npy`. Members may be stored
//! (`numpy.savez`) or deflated (`numpy.savez_compressed`); archives and members may be larger than 4 GB.
//!
//! A name must be what can be a file's: not empty, not absolute, without `\`, `:` or control characters, and no part of it `.` or
//! `..`. Nothing here unpacks to a disk; but somebody may. No name may come twice. The same arrays give the same bytes.
use crate::{
    Error, Result, atomic,
    elements::{self, FIRST},
    map, npy,
    zip::{Archive, Member, Method, Writer},
};
use bouton_array::Array;
use std::{
    borrow::Borrow,
    collections::BTreeSet,
    io::{self, Cursor, Read, Seek, Write},
    path::Path,
};

/// What the name of a member has behind the name of its array.
const ENDING: &str = ".npy";

/// Whether members are made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// As they are: fast. Floats hardly become smaller anyway.
    #[default]
    Stored,
    /// By deflate.
    Deflated,
}

/// Reads all arrays of a file, in its order.
///
/// # Errors
/// - `File`: the system must let an ordinary file be read.
/// - `Format`: the archive must be whole and its members sound, each a `.npy` file that keeps the rules of
///   [`npy::read`]; names must be possible for files and come once.
/// - `Unsupported`: members must be stored or deflated, not encrypted, and of elements that an array has.
///
/// # Example
/// ```
/// use bouton_array::Array;
/// use bouton_formats::npz::{self, Compression};
///
/// let path = std::env::temp_dir().join(format!("bouton-npz-{}.npz", std::process::id()));
/// let (x, y) = (Array::from_literal([1.0f32, 2.0])?, Array::scalar(7i32));
/// npz::write(&path, [("x", &x), ("y", &y)], Compression::Deflated)?;
///
/// let arrays = npz::read(&path)?;
/// let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["x", "y"]);
/// assert!(arrays[1].1.same_bits(&y));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: impl AsRef<Path>) -> Result<Vec<(String, Array)>> {
    let path = path.as_ref();
    let (file, _) = map::open("npz", path)?;
    from(file).map_err(|e| e.in_file(path))
}

/// The arrays in what a file holds. Errors as [`read`].
///
/// # Example
/// See [`to_bytes`].
pub fn parse(content: &[u8]) -> Result<Vec<(String, Array)>> {
    from(Cursor::new(content))
}

/// Writes a file of these arrays; as [`atomic::write`] does, the whole file or none.
///
/// # Errors
/// - `Argument`: names must be possible for files and come once; an array must be one that
///   [`npy::write`] takes.
/// - `File`: the system must let the file be written.
///
/// # Example
/// See [`read`].
pub fn write<N: AsRef<str>, A: Borrow<Array>>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (N, A)>,
    compression: Compression,
) -> Result<()> {
    let path = path.as_ref();
    let arrays: Vec<(N, A)> = arrays.into_iter().collect();
    let heads = heads(&arrays).map_err(|e| e.in_file(path))?;
    atomic::write(path, |file| archive(file, &arrays, &heads, compression))
        .map_err(|e| Error::system("npz: write", e).in_file(path))
}

/// What [`write`](write()) writes, as bytes.
///
/// # Errors
/// `Argument`, as [`write`](write()).
///
/// # Example
/// ```
/// use bouton_array::Array;
/// use bouton_formats::npz::{self, Compression};
///
/// let file = npz::to_bytes([("x", Array::scalar(1.5f64))], Compression::Stored)?;
/// assert_eq!(format!("{:?}", npz::parse(&file)?), "[(\"x\", f64 1.5)]");
///
/// let error = npz::to_bytes([("../x", Array::scalar(1.5f64))], Compression::Stored).unwrap_err();
/// assert!(error.rule().starts_with("npz: a name must be a path below a folder"));
/// # Ok::<(), bouton_formats::Error>(())
/// ```
pub fn to_bytes<N: AsRef<str>, A: Borrow<Array>>(
    arrays: impl IntoIterator<Item = (N, A)>,
    compression: Compression,
) -> Result<Vec<u8>> {
    let arrays: Vec<(N, A)> = arrays.into_iter().collect();
    let heads = heads(&arrays)?;
    let mut bytes = vec![];
    archive(&mut bytes, &arrays, &heads, compression)
        .map_err(|e| Error::system("npz: write", e))?;
    Ok(bytes)
}

fn from(source: impl Read + Seek) -> Result<Vec<(String, Array)>> {
    let (mut archive, members) = Archive::open(source)?;
    let mut names = BTreeSet::new();
    for member in &members {
        let name = name(member);
        let rule = check(name).err().or_else(|| {
            let new = names.insert(name);
            (!new).then(|| format!("a name must come once; {name:?} comes twice"))
        });
        if let Some(rule) = rule {
            return Err(Error::broken(format!("npz: {rule}")));
        }
    }
    let mut arrays = Vec::new();
    for member in &members {
        let located = |e: Error| e.fact("member", &member.name);
        // The bytes of a stored member have been seen to be there; what a deflated one unpacks to has not.
        let sure = match member.method {
            Method::Stored => usize::MAX,
            Method::Deflated => FIRST,
        };
        let mut source = archive.member(member)?;
        let array = npy::from(&mut source, member.size, sure).map_err(located)?;
        arrays.push((name(member).to_string(), array));
    }
    Ok(arrays)
}

/// The name of a member's array.
fn name(member: &Member) -> &str {
    member.name.strip_suffix(ENDING).unwrap_or(&member.name)
}

/// Whether a file may have this name, and which rule says no.
fn check(name: &str) -> Result<(), String> {
    let bad = |c: char| c == '\\' || c == ':' || c.is_control();
    let rule = if name.contains(bad) {
        "must be free of \\, : and control characters"
    } else if name
        .split('/')
        .any(|part| part.is_empty() || part == "." || part == "..")
    {
        "must be a path below a folder, without empty parts, . and .."
    } else if name.len() + ENDING.len() > usize::from(u16::MAX) {
        return Err(format!(
            "a name must have fewer than 65,532 bytes; one has {}",
            name.len()
        ));
    } else {
        return Ok(());
    };
    Err(format!("a name {rule}; {name:?} is not"))
}

/// The headers of all members; what cannot be written is found before anything is.
fn heads<N: AsRef<str>, A: Borrow<Array>>(arrays: &[(N, A)]) -> Result<Vec<Vec<u8>>> {
    let mut names = BTreeSet::new();
    let head = |(name, array): &'_ (N, A)| {
        let name = name.as_ref();
        check(name).map_err(|rule| Error::argument(format!("npz: {rule}")))?;
        npy::head(array.borrow().ty()).map_err(|e| e.fact("name", name))
    };
    for (name, _) in arrays {
        let name = name.as_ref();
        if !names.insert(name) {
            let rule = format!("npz: a name must come once; {name:?} comes twice");
            return Err(Error::argument(rule));
        }
    }
    arrays.iter().map(head).collect()
}

fn archive<N: AsRef<str>, A: Borrow<Array>>(
    out: &mut dyn Write,
    arrays: &[(N, A)],
    heads: &[Vec<u8>],
    compression: Compression,
) -> io::Result<()> {
    let method = match compression {
        Compression::Stored => Method::Stored,
        Compression::Deflated => Method::Deflated,
    };
    let mut writer = Writer::new(out, u32::MAX.into());
    for ((name, array), head) in arrays.iter().zip(heads) {
        let parts = [&head[..], &elements::little_endian(array.borrow())];
        writer.member(&format!("{}{ENDING}", name.as_ref()), method, &parts)?;
    }
    writer.finish()
}
