//! Tensors and trees of tensors as files: NumPy's `.npy` and `.npz`, and safetensors.
//!
//! # Names
//! In a file of several tensors every leaf of a tree has the name that its path has in messages, without the dot in front:
//! `kernel`, `layers[0].kernel`, `[1].head[0]`. The entries of a map have their keys, so that what a loader gives is saved under
//! the names it was loaded with. A tensor that is the whole tree is called `tensor`. Names that come twice, such as those of a map
//! that holds `a.b` beside a map `a` that holds `b`, are an error.
//!
//! # Errors
//! An error of kind [`ErrorKind::File`] says which rule which file broke: it cannot be read or written, is not what its format
//! demands, or holds elements that a tensor cannot have. A tree that does not fit a file is [`ErrorKind::Structure`],
//! [`ErrorKind::Shape`] or [`ErrorKind::Type`], with the leaf's name and the caller's line; what a format cannot hold, such as `bf16` in
//! `.npy` or a name that comes twice, is [`ErrorKind::Value`] with that line. A tensor that carries an error, or has no value, gives
//! that error. Whatever goes wrong, a file that is saved is the whole new one or the old one.
//!
//! # Example
//! ```
//! use bouton_tensor::{io, tensor};
//!
//! # fn main() -> bouton_tensor::Result<()> {
//! let path = std::env::temp_dir().join(format!("bouton-io-{}.safetensors", std::process::id()));
//! let params = (tensor![1.0, 2.0], tensor![0.5]);
//! io::save_safetensors(&path, &params)?;
//!
//! let all = io::load_safetensors(&path)?;
//! assert_eq!(format!("{all:?}"), r#"{"[0]": f32[2] [1.0, 2.0], "[1]": f32[1] [0.5]}"#);
//! let (kernel, _bias) = io::load_safetensors_like(&path, &params)?;
//! assert_eq!(kernel.to_vec::<f32>()?, [1.0, 2.0]);
//! # let _ = std::fs::remove_file(&path);
//! # Ok(())
//! # }
//! ```
use crate::{
    Array, Error, ErrorKind, Fault, Path as Leaf, Place, Result, Tensor, Tree, Type, eval, here,
};
use bouton_formats::{self as formats, SafeTensors, npy, npz, safetensors};
use std::{collections::BTreeMap, path::Path};

pub use bouton_formats::npz::Compression;

/// Reads the tensor in a `.npy` file.
///
/// # Errors
/// `File`; see the [module](self) and [`bouton_formats::npy::read`].
///
/// # Example
/// ```
/// use bouton_tensor::{io, tensor};
///
/// # fn main() -> bouton_tensor::Result<()> {
/// let path = std::env::temp_dir().join(format!("bouton-io-{}.npy", std::process::id()));
/// io::save_npy(&path, &(2.0 * tensor![1.0, 2.0]))?;
/// assert_eq!(format!("{:?}", io::load_npy(&path)?), "f32[2] [2.0, 4.0]");
/// # let _ = std::fs::remove_file(&path);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn load_npy(path: impl AsRef<Path>) -> Result<Tensor> {
    let at = here();
    let array = npy::read(path).map_err(|e| refused("load_npy", &e, at))?;
    Ok(Tensor::from_array(array))
}

/// Writes a tensor as a `.npy` file.
///
/// # Errors
/// The error that the tensor carries; `Value`: the type must be one that NumPy has, which `bf16` is not; `File`: the system must
/// let the file be written.
///
/// # Example
/// See [`load_npy`].
#[track_caller]
pub fn save_npy(path: impl AsRef<Path>, tensor: &Tensor) -> Result<()> {
    let at = here();
    npy::write(path, &tensor.to_array()?).map_err(|e| refused("save_npy", &e, at))
}

/// Reads all tensors of a `.npz` file by their names.
///
/// # Errors
/// `File`; see the [module](self) and [`bouton_formats::npz::read`].
///
/// # Example
/// ```
/// use bouton_tensor::{io::{self, Compression}, tensor};
///
/// # fn main() -> bouton_tensor::Result<()> {
/// let path = std::env::temp_dir().join(format!("bouton-io-{}.npz", std::process::id()));
/// io::save_npz(&path, &[tensor![1, 2], tensor![3]], Compression::Stored)?;
/// assert_eq!(format!("{:?}", io::load_npz(&path)?["[0]"]), "i32[2] [1, 2]");
/// # let _ = std::fs::remove_file(&path);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn load_npz(path: impl AsRef<Path>) -> Result<BTreeMap<String, Tensor>> {
    let at = here();
    let arrays = npz::read(path).map_err(|e| refused("load_npz", &e, at))?;
    Ok(tensors(arrays))
}

/// Reads the tensors of a `.npz` file that `template` has, and gives a tree like it. Other tensors of the file are left alone.
///
/// # Errors
/// `File`; and every leaf must be in the file under its name, with the template's type.
///
/// # Example
/// As [`load_safetensors_like`].
#[track_caller]
pub fn load_npz_like<T: Tree>(path: impl AsRef<Path>, template: &T) -> Result<T::Owned> {
    const SUBJECT: &str = "load_npz_like";
    let (path, at) = (path.as_ref(), here());
    let arrays = npz::read(path).map_err(|e| refused(SUBJECT, &e, at))?;
    let source = Source::Arrays(arrays.into_iter().collect());
    fill(SUBJECT, path, template, at, &source)
}

/// Writes the tensors of a tree as a `.npz` file, in the tree's order. Names: see the [module](self).
///
/// # Errors
/// The first error that a tensor carries; `Value`: names must come once and be possible for files, types be NumPy's; `File`: the
/// system must let the file be written.
///
/// # Example
/// See [`load_npz`].
#[track_caller]
pub fn save_npz<T: Tree>(path: impl AsRef<Path>, tree: &T, compression: Compression) -> Result<()> {
    let at = here();
    let arrays = arrays(tree)?;
    npz::write(path, arrays, compression).map_err(|e| refused("save_npz", &e, at))
}

/// Reads all tensors of a `.safetensors` file by their names.
///
/// Texts that came with them are [`SafeTensors::metadata`]; a file of many tensors of which few are wanted is best read with
/// [`load_safetensors_like`], or [`SafeTensors`] itself.
///
/// # Errors
/// `File`; see the [module](self) and [`SafeTensors::open`].
///
/// # Example
/// See the [module](self).
#[track_caller]
pub fn load_safetensors(path: impl AsRef<Path>) -> Result<BTreeMap<String, Tensor>> {
    let at = here();
    let arrays = safetensors::read(path).map_err(|e| refused("load_safetensors", &e, at))?;
    Ok(tensors(arrays))
}

/// Reads the tensors of a `.safetensors` file that `template` has, and gives a tree like it. Nothing else of the file is read.
///
/// # Errors
/// `File`; and every leaf must be in the file under its name, with the template's type.
///
/// # Example
/// ```
/// use bouton_tensor::{DType, Tensor, io, tensor};
///
/// # fn main() -> bouton_tensor::Result<()> {
/// let path = std::env::temp_dir().join(format!("bouton-io-like-{}.safetensors", std::process::id()));
/// io::save_safetensors(&path, &vec![tensor![1.0, 2.0], tensor![3.0]])?;
/// let template = vec![Tensor::zeros(DType::F32, [2])];
/// assert_eq!(io::load_safetensors_like(&path, &template)?[0].to_vec::<f32>()?, [1.0, 2.0]);
///
/// let error = io::load_safetensors_like(&path, &vec![Tensor::zeros(DType::F32, [3])]).unwrap_err();
/// assert!(error.to_string().starts_with("load_safetensors_like: [0] must be f32[3]; the file holds f32[2]"));
/// # let _ = std::fs::remove_file(&path);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn load_safetensors_like<T: Tree>(path: impl AsRef<Path>, template: &T) -> Result<T::Owned> {
    const SUBJECT: &str = "load_safetensors_like";
    let (path, at) = (path.as_ref(), here());
    let file = SafeTensors::open(path).map_err(|e| refused(SUBJECT, &e, at))?;
    fill(SUBJECT, path, template, at, &Source::File(file))
}

/// Writes the tensors of a tree as a `.safetensors` file. The same tensors give the same bytes. Names: see the [module](self).
///
/// # Errors
/// The first error that a tensor carries; `Value`: names must come once and not be `__metadata__`; `File`: the system must let the
/// file be written.
///
/// # Example
/// See the [module](self).
#[track_caller]
pub fn save_safetensors<T: Tree>(path: impl AsRef<Path>, tree: &T) -> Result<()> {
    let at = here();
    let arrays = arrays(tree)?;
    safetensors::write(path, arrays, &BTreeMap::new())
        .map_err(|e| refused("save_safetensors", &e, at))
}

/// What leaves are filled from.
enum Source {
    Arrays(BTreeMap<String, Array>),
    File(SafeTensors),
}

impl Source {
    fn ty(&self, name: &str) -> Option<formats::Result<Type>> {
        match self {
            Source::Arrays(arrays) => arrays.get(name).map(|array| Ok(array.ty().clone())),
            Source::File(file) => file.contains(name).then(|| file.ty(name)),
        }
    }

    fn read(&self, name: &str) -> formats::Result<Option<Array>> {
        match self {
            Source::Arrays(arrays) => Ok(arrays.get(name).cloned()),
            Source::File(file) => file.read(name).map(Some),
        }
    }

    /// The first names, for a message.
    fn list(&self) -> String {
        const SHOWN: usize = 8;
        let names: Vec<&str> = match self {
            Source::Arrays(arrays) => arrays.keys().map(String::as_str).collect(),
            Source::File(file) => file.names().collect(),
        };
        match names.len() {
            0 => "none".to_string(),
            n if n > SHOWN => format!("{}, and {} more", names[..SHOWN].join(", "), n - SHOWN),
            _ => names.join(", "),
        }
    }
}

/// A tree like `template` with the leaves of `source`. The first leaf that does not fit is the error.
fn fill<T: Tree>(
    subject: &str,
    path: &Path,
    template: &T,
    at: Place,
    source: &Source,
) -> Result<T::Owned> {
    let wrong = |fault: Fault| {
        let file = format!("file: {}", path.display());
        Error::new(subject, fault.given([file]), at)
    };
    let read = |name: &str, leaf: &Tensor| -> Result<Tensor> {
        let wanted = leaf.ty()?;
        let Some(found) = source.ty(name) else {
            let list = source.list();
            let rule = format!("{name} must be in the file; it holds {list}");
            return Err(wrong(Fault::structure(rule)));
        };
        let found = found.map_err(|e| refused(subject, &e, at))?;
        if found != wanted {
            let rule = format!("{name} must be {wanted}; the file holds {found}");
            let same_shape = found.shape == wanted.shape;
            return Err(wrong(match same_shape {
                true => Fault::dtype(rule),
                false => Fault::shape(rule),
            }));
        }
        let array = source.read(name).map_err(|e| refused(subject, &e, at))?;
        Ok(array.map_or_else(|| leaf.clone(), Tensor::from_array))
    };
    let mut first = None;
    let filled = template.map(Leaf::Root, &mut |at, leaf| {
        if first.is_some() {
            return leaf.clone();
        }
        read(&name(&at), leaf).unwrap_or_else(|e| {
            first = Some(e);
            leaf.clone()
        })
    });
    match first {
        Some(e) => Err(e),
        None => Ok(filled),
    }
}

/// The name of a leaf in a file.
fn name(at: &Leaf) -> String {
    let path = at.to_string();
    match path.strip_prefix('.').unwrap_or(&path) {
        "" => "tensor".to_string(),
        name => name.to_string(),
    }
}

/// The leaves of a tree with their names, computed together.
#[track_caller]
fn arrays<T: Tree>(tree: &T) -> Result<Vec<(String, Array)>> {
    let mut leaves = vec![];
    let _ = tree.map(Leaf::Root, &mut |at, leaf| {
        leaves.push((name(&at), leaf.clone()));
        leaf.clone()
    });
    let tensors: Vec<Tensor> = leaves.iter().map(|(_, leaf)| leaf.clone()).collect();
    eval(&tensors)?;
    let array = |(name, leaf): (String, Tensor)| Ok((name, leaf.to_array()?));
    leaves.into_iter().map(array).collect()
}

fn tensors(arrays: Vec<(String, Array)>) -> BTreeMap<String, Tensor> {
    let tensor = |(name, array)| (name, Tensor::from_array(array));
    arrays.into_iter().map(tensor).collect()
}

/// What a reader or a writer refused. A wrong argument is the caller's mistake and names the line; a file is nobody's.
fn refused(subject: &str, e: &formats::Error, at: Place) -> Error {
    let facts = e.facts().map(|(label, value)| format!("{label}: {value}"));
    if e.kind() == formats::ErrorKind::Argument {
        let fault = Fault::value(e.rule()).given(facts);
        let fault = match e.help() {
            Some(help) => fault.help(help),
            None => fault,
        };
        return Error::new(subject, fault, at);
    }
    let error = Error::general(ErrorKind::File, subject, e.rule());
    let error = facts.fold(error, Error::within);
    match e.help() {
        Some(help) => error.help(help),
        None => error,
    }
}
