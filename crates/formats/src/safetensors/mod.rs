//! `.safetensors`: named tensors and text, behind a header that says where each lies.
//!
//! A file is 8 bytes with the length of the header, the header (JSON), then the tensors' bytes, little-endian and row-major. The
//! format: <https://github.com/huggingface/safetensors>.
//!
//! The header is held to every rule before a tensor is looked at: at most 100 MB, each name once, every tensor as long as its
//! type says, one behind the other without overlap or hole up to the end of the file. Element types that an array cannot have,
//! such as `F8_E4M3`, are an error when such a tensor is asked for and not before.
mod json;
mod layout;

use crate::{Error, Result, atomic, elements, map::Map};
use bouton_array::{Array, Type};
use layout::{Entry, LONGEST, Layout, METADATA, TYPES};
use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// An open file of tensors; each is read when it is asked for.
///
/// ```
/// use bouton_array::Array;
/// use bouton_formats::{SafeTensors, safetensors};
///
/// let path = std::env::temp_dir().join(format!("bouton-safetensors-{}.safetensors", std::process::id()));
/// let (kernel, bias) = (Array::from_literal([[1.0f32, 2.0]])?, Array::from_literal([0.5f32, 0.25])?);
/// safetensors::write(&path, [("kernel", &kernel), ("bias", &bias)], &Default::default())?;
///
/// let file = SafeTensors::open(&path)?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["bias", "kernel"]);
/// assert_eq!(file.ty("kernel")?.to_string(), "f32[1, 2]");
/// assert_eq!(file.read("bias")?.as_slice::<f32>()?, [0.5, 0.25]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SafeTensors {
    content: Content,
    /// Where the tensors' bytes begin.
    start: usize,
    layout: Layout,
    path: Option<PathBuf>,
}

#[derive(Debug)]
enum Content {
    Map(Map),
    Bytes(Vec<u8>),
}

/// What a file says of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored<'a> {
    /// The tensor's name.
    pub name: &'a str,
    /// The file's word for the element type, such as `F32`, whether an array can have it or not.
    pub dtype: &'a str,
    /// The size of every axis.
    pub shape: &'a [usize],
    /// How many bytes it has.
    pub bytes: usize,
}

impl SafeTensors {
    /// Opens a file: maps it into memory and checks its header. Of the tensors nothing is read yet, so that opening a large file
    /// costs nothing and reading a tensor costs its own bytes.
    ///
    /// While it is open no other process may change the file in place, or cut it short: what is read would be undefined, or end the
    /// program. Replacing it as a whole, as [`write`](write()) does, is harmless.
    ///
    /// # Errors
    /// - `File`: the system must let an ordinary file be read.
    /// - `Format`: the header must keep the rules of the format; see the [module](self).
    pub fn open(path: impl AsRef<Path>) -> Result<SafeTensors> {
        let path = path.as_ref();
        let content = Content::Map(Map::open("safetensors", path)?);
        let file = SafeTensors::new(content).map_err(|e| e.in_file(path))?;
        Ok(SafeTensors {
            path: Some(path.to_path_buf()),
            ..file
        })
    }

    /// What a file holds, from memory. Errors as [`SafeTensors::open`].
    pub fn parse(content: impl Into<Vec<u8>>) -> Result<SafeTensors> {
        SafeTensors::new(Content::Bytes(content.into()))
    }

    fn new(content: Content) -> Result<SafeTensors> {
        let bytes = content.bytes();
        let broken = |rule: String| Error::broken(format!("safetensors: {rule}"));
        let Some((size, rest)) = bytes.split_first_chunk() else {
            let rule = format!(
                "a file must begin with the 8 bytes of a length; it has {}",
                bytes.len()
            );
            return Err(broken(rule));
        };
        let size = u64::from_le_bytes(*size);
        let most = LONGEST.min(rest.len() as u64);
        if size > most {
            let rule =
                format!("the header must have at most {most} bytes here; the file says {size}");
            return Err(broken(rule).with_help(
                "the file is damaged, was not copied whole, or is no safetensors file",
            ));
        }
        let (header, data) = rest.split_at(size as usize);
        let layout = layout::read(header, data.len()).map_err(broken)?;
        let start = bytes.len() - data.len();
        Ok(SafeTensors {
            start,
            layout,
            content,
            path: None,
        })
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.layout.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.layout.entries.is_empty()
    }

    /// The texts that came with the tensors.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.layout.metadata
    }

    /// The names, in the order of the tensors' bytes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layout.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.layout.by_name.contains_key(name)
    }

    /// What the file says of each tensor, in the order of their bytes; those that no array can hold too.
    pub fn stored(&self) -> impl Iterator<Item = Stored<'_>> {
        self.layout.entries.iter().map(|entry| Stored {
            name: &entry.name,
            dtype: &entry.dtype,
            shape: &entry.shape,
            bytes: entry.end - entry.begin,
        })
    }

    /// Element type and shape of a tensor.
    ///
    /// # Errors
    /// - `Missing`: there must be a tensor of this name.
    /// - `Unsupported`: its element type must be one that an array can have.
    pub fn ty(&self, name: &str) -> Result<Type> {
        self.ty_of(self.entry(name)?)
    }

    /// Reads a tensor.
    ///
    /// # Errors
    /// As [`SafeTensors::ty`]; and `Format`: a `bool` must be 0 or 1.
    pub fn read(&self, name: &str) -> Result<Array> {
        self.read_entry(self.entry(name)?)
    }

    /// Reads all tensors, in the order of their bytes.
    ///
    /// # Errors
    /// As [`SafeTensors::read`].
    pub fn read_all(&self) -> Result<Vec<(String, Array)>> {
        let entries = self.layout.entries.iter();
        entries
            .map(|entry| Ok((entry.name.clone(), self.read_entry(entry)?)))
            .collect()
    }

    fn entry(&self, name: &str) -> Result<&Entry> {
        let place = self.layout.by_name.get(name);
        place
            .and_then(|&i| self.layout.entries.get(i))
            .ok_or_else(|| {
                let rule = format!(
                    "safetensors: there must be a tensor {name:?}; there are {}",
                    self.list()
                );
                self.located(Error::missing(rule))
            })
    }

    /// The first names, for a message.
    fn list(&self) -> String {
        const SHOWN: usize = 8;
        let names: Vec<&str> = self.names().take(SHOWN).collect();
        match self.len() {
            0 => "none".to_string(),
            n if n > SHOWN => format!("{}, and {} more", names.join(", "), n - SHOWN),
            _ => names.join(", "),
        }
    }

    fn ty_of(&self, entry: &Entry) -> Result<Type> {
        entry.ty().ok_or_else(|| {
            let rule =
                "safetensors: the elements must be bool, integers or floats of 16 to 64 bits";
            let error = Error::unsupported(format!(
                "{rule}; those of {:?} are {}",
                entry.name, entry.dtype
            ));
            self.located(error.with_help("convert the tensor, such as to BF16, and save it again"))
        })
    }

    fn read_entry(&self, entry: &Entry) -> Result<Array> {
        let ty = self.ty_of(entry)?;
        let data = self.content.bytes().get(self.start..).unwrap_or_default();
        let mut bytes = data.get(entry.begin..entry.end).unwrap_or_default();
        let what = format!("safetensors: the tensor {:?}", entry.name);
        let array = elements::read(&ty, &mut bytes, usize::MAX)
            .map_err(|e| self.located(elements::unread(&what, e)))?;
        elements::settle(array, false).map_err(|rule| {
            self.located(Error::broken(format!("safetensors: {rule}")).fact("tensor", &entry.name))
        })
    }

    fn located(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Content::Map(map) => map.bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }
}

/// Reads all tensors of a file, in the order of their bytes. Errors as [`SafeTensors::open`] and [`SafeTensors::read`].
///
/// # Example
/// See [`write`](write()).
pub fn read(path: impl AsRef<Path>) -> Result<Vec<(String, Array)>> {
    SafeTensors::open(path)?.read_all()
}

/// Writes a file of these tensors and texts; as [`atomic::write`] does, the whole file or none.
///
/// Tensors are sorted as the reference implementation does: the widest elements first, so that all are aligned, and by name.
/// So the same tensors and texts give the same bytes, whatever order they come in.
///
/// # Errors
/// - `Argument`: each name must come once and not be `__metadata__`, an array have at most 64 axes, the header at most 100 MB.
/// - `File`: the system must let the file be written.
///
/// # Example
/// ```
/// use bouton_array::Array;
/// use bouton_formats::safetensors;
/// use std::collections::BTreeMap;
///
/// let path = std::env::temp_dir().join(format!("bouton-write-{}.safetensors", std::process::id()));
/// let texts = BTreeMap::from([("trained_on".to_string(), "mnist".to_string())]);
/// safetensors::write(&path, [("step", Array::scalar(7i64))], &texts)?;
/// assert_eq!(format!("{:?}", safetensors::read(&path)?), "[(\"step\", i64 7)]");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<N: AsRef<str>, A: Borrow<Array>>(
    path: impl AsRef<Path>,
    tensors: impl IntoIterator<Item = (N, A)>,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let path = path.as_ref();
    let tensors: Vec<(N, A)> = tensors.into_iter().collect();
    let (header, sorted) = prepare(&tensors, metadata).map_err(|e| e.in_file(path))?;
    let whole = atomic::write(path, |file| {
        file.write_all(&header)?;
        let mut arrays = sorted.iter();
        arrays.try_for_each(|(_, array)| file.write_all(&elements::little_endian(array)))
    });
    whole.map_err(|e| Error::system("safetensors: write", e).in_file(path))
}

/// What [`write`](write()) writes, as bytes.
///
/// # Errors
/// `Argument`, as [`write`](write()).
///
/// # Example
/// ```
/// use bouton_array::Array;
/// use bouton_formats::{ErrorKind, SafeTensors, safetensors};
///
/// let file = safetensors::to_bytes([("x", Array::scalar(true))], &Default::default())?;
/// let error = SafeTensors::parse(file)?.read("y").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Missing);
/// assert_eq!(error.rule(), "safetensors: there must be a tensor \"y\"; there are x");
/// # Ok::<(), bouton_formats::Error>(())
/// ```
pub fn to_bytes<N: AsRef<str>, A: Borrow<Array>>(
    tensors: impl IntoIterator<Item = (N, A)>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let tensors: Vec<(N, A)> = tensors.into_iter().collect();
    let (mut bytes, sorted) = prepare(&tensors, metadata)?;
    for (_, array) in sorted {
        bytes.extend_from_slice(&elements::little_endian(array));
    }
    Ok(bytes)
}

/// The header, and the tensors in the order in which they follow it.
fn prepare<'a, N: AsRef<str>, A: Borrow<Array>>(
    tensors: &'a [(N, A)],
    metadata: &BTreeMap<String, String>,
) -> Result<(Vec<u8>, Vec<(&'a str, &'a Array)>)> {
    let refused = |rule: String| Err(Error::argument(format!("safetensors: {rule}")));
    let mut sorted: Vec<(&str, &Array)> = tensors
        .iter()
        .map(|(name, array)| (name.as_ref(), array.borrow()))
        .collect();
    let mut names = BTreeSet::new();
    for (name, array) in &sorted {
        if *name == METADATA {
            return refused(format!("a tensor must not be called {METADATA}"));
        }
        if !names.insert(*name) {
            return refused(format!("a name must come once; {name:?} comes twice"));
        }
        if let Err(rule) = elements::size(array.ty()) {
            return refused(format!("tensor {name:?}: {rule}"));
        }
    }
    let rank = |array: &Array| TYPES.iter().position(|(dtype, _)| *dtype == array.dtype());
    sorted.sort_by(|(a, x), (b, y)| rank(y).cmp(&rank(x)).then(a.cmp(b)));
    let header = layout::write(
        sorted.iter().map(|(name, array)| (*name, array.ty())),
        metadata,
    );
    if header.len() as u64 - 8 > LONGEST {
        return refused(format!(
            "the header must have at most {LONGEST} bytes; this one has {}",
            header.len() - 8
        ));
    }
    Ok((header, sorted))
}
