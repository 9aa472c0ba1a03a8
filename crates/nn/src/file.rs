//! Model files: architecture and parameters in one file.
//!
//! The format is safetensors; the architecture is JSON under the key `bouton` of its metadata. The same model and
//! parameters always give the same bytes.
use crate::{
    Axis, Model, Name, Params, Policy, layers,
    model::{Node, What},
    plan::Plan,
};
use bouton_tensor::{Array, DType, Error, ErrorKind, Place, Tensor, Type, here};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

const KEY: &str = "bouton";
/// What a file of ours begins with, behind the length of the header.
const START: &[u8] = br#"{"__metadata__":{"bouton":"#;
const VERSION: u32 = 1;

/// What a model file holds.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// The architecture.
    pub model: Model,
    /// The weights.
    pub params: Params,
    /// The name of the data that the weights were trained on last, where it has one.
    pub trained_on: Option<String>,
}

impl ModelFile {
    /// Writes one file: first beside it, then moved into place, so that a file of this name is either the old one or
    /// the whole new one.
    ///
    /// # Errors
    /// A layer from a closure; parameters of another model or with an error; a file that cannot be written.
    #[track_caller]
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let bytes = encode(self).map_err(|(kind, text)| FileError::new(path, kind, text))?;
        write_whole(path, &bytes)
            .map_err(|e| FileError::new(path, FileErrorKind::Write, e.to_string()))
    }

    /// What [`ModelFile::write`] wrote.
    ///
    /// # Errors
    /// A file that cannot be read, is not a model file, is damaged, or comes from a newer version.
    #[track_caller]
    pub fn read(path: impl AsRef<Path>) -> Result<ModelFile, FileError> {
        let (path, at) = (path.as_ref(), here());
        let bytes =
            fs::read(path).map_err(|e| FileError::new(path, FileErrorKind::Read, e.to_string()))?;
        decode(&bytes, at).map_err(|(kind, text)| FileError::new(path, kind, text))
    }
}

impl Model {
    /// Writes the model with these parameters to one file.
    ///
    /// # Errors
    /// As [`ModelFile::write`].
    #[track_caller]
    pub fn save(&self, path: impl AsRef<Path>, params: &Params) -> Result<(), FileError> {
        let file = ModelFile {
            model: self.clone(),
            params: params.clone(),
            trained_on: None,
        };
        file.write(path)
    }

    /// The model and the parameters in a file.
    ///
    /// # Errors
    /// As [`ModelFile::read`].
    #[track_caller]
    pub fn load(path: impl AsRef<Path>) -> Result<(Model, Params), FileError> {
        let ModelFile { model, params, .. } = ModelFile::read(path)?;
        Ok((model, params))
    }
}

/// Whether a file could be written there; leaves nothing behind. For asking before hours of training.
///
/// # Errors
/// A folder that does not exist or cannot be written to, or a path that is a folder.
pub fn check_writable(path: impl AsRef<Path>) -> Result<(), FileError> {
    let path = path.as_ref();
    let tried = if path.is_dir() {
        Err(io::Error::from(io::ErrorKind::IsADirectory))
    } else {
        beside(path)
            .and_then(|beside| fs::File::create(&beside).and_then(|_| fs::remove_file(&beside)))
    };
    tried.map_err(|e| FileError::new(path, FileErrorKind::Write, e.to_string()))
}

/// What went wrong with which model file.
#[derive(Debug)]
pub struct FileError {
    path: PathBuf,
    kind: FileErrorKind,
    text: String,
}

/// What kind of mistake it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileErrorKind {
    /// The model cannot be saved.
    Unsaveable,
    /// The file cannot be written.
    Write,
    /// The file cannot be read.
    Read,
    /// The file is not a model file of ours.
    Foreign,
    /// The file is cut short, or its parts contradict each other.
    Damaged,
    /// The file comes from a newer version.
    Newer,
}

impl FileError {
    fn new(path: &Path, kind: FileErrorKind, text: String) -> FileError {
        FileError {
            path: path.to_path_buf(),
            kind,
            text,
        }
    }

    /// The kind of mistake.
    pub fn kind(&self) -> FileErrorKind {
        self.kind
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let what = match self.kind {
            FileErrorKind::Unsaveable => "the model cannot be saved",
            FileErrorKind::Write => "the file cannot be written",
            FileErrorKind::Read => "the file cannot be read",
            FileErrorKind::Foreign => "this is not a Bouton model file",
            FileErrorKind::Damaged => "the model file is damaged",
            FileErrorKind::Newer => "the model file comes from a newer version of Bouton",
        };
        write!(f, "{}: {what}: {}", self.path.display(), self.text)
    }
}

impl std::error::Error for FileError {}

impl From<FileError> for Error {
    fn from(e: FileError) -> Error {
        Error::general(ErrorKind::Value, "model file", e.to_string())
    }
}

type Outcome<T> = Result<T, (FileErrorKind, String)>;

/// The architecture as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    trained_on: Option<String>,
    policy: Option<Policy>,
    nodes: Vec<WrittenNode>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNode {
    kind: String,
    /// The name, unless it is automatic.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    /// Of an input: its axes, `null` for the batch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    axes: Option<Vec<Option<usize>>>,
    /// Of an input of whole numbers: `i32`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    elements: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    inputs: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    settings: Option<serde_json::Value>,
}

fn encode(file: &ModelFile) -> Outcome<Vec<u8>> {
    let ModelFile { model, params, .. } = file;
    let unsaveable = |text: String| (FileErrorKind::Unsaveable, text);
    let network = model.build().map_err(|e| unsaveable(e.to_string()))?;
    let expected = network.param_types();
    let same = expected.len() == params.len()
        && expected
            .iter()
            .zip(params.iter())
            .all(|((a, _), (b, _))| a == b);
    if !same {
        return Err(unsaveable(format!(
            "the parameters are not this model's; those given are {}",
            params.list()
        )));
    }
    let architecture = Written {
        trained_on: file.trained_on.clone(),
        ..written(&network.built().plan)?
    };
    let architecture =
        serde_json::to_string(&architecture).map_err(|e| unsaveable(e.to_string()))?;
    let arrays = params
        .iter()
        .map(|(name, value)| Ok((name.to_string(), value.to_array()?)));
    let arrays = arrays
        .collect::<Result<Vec<(String, Array)>, Error>>()
        .map_err(|e| unsaveable(e.to_string()))?;
    for ((name, array), (_, ty)) in arrays.iter().zip(&expected) {
        if array.shape() != &ty.shape {
            return Err(unsaveable(format!(
                "the parameter {name} must be {ty}; it is {}",
                array.ty()
            )));
        }
    }
    let views = arrays.iter().map(|(name, array)| {
        let view = TensorView::new(stored(array.dtype()), array.shape().to_vec(), array.bytes());
        Ok((name.as_str(), view.map_err(|e| unsaveable(e.to_string()))?))
    });
    let views = views.collect::<Outcome<Vec<_>>>()?;
    // One key only: with more, the order in the file would change from run to run.
    let metadata = HashMap::from([(KEY.to_string(), architecture)]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| unsaveable(e.to_string()))
}

fn written(plan: &Plan) -> Outcome<Written> {
    let node = |node: &crate::plan::Planned| {
        let name = node.is_named.then(|| node.name.clone());
        let (kind, inputs) = (node.kind().to_string(), node.inputs.clone());
        match &node.what {
            What::Input(axes, dtype) => {
                let elements = (*dtype != DType::F32).then(|| dtype.to_string());
                let axes = axes
                    .iter()
                    .map(|a| if let Axis::Dim(n) = a { Some(*n) } else { None })
                    .collect();
                Ok(WrittenNode {
                    kind,
                    name,
                    axes: Some(axes),
                    elements,
                    inputs,
                    settings: None,
                })
            }
            What::Layer(layer) => match layer.to_data() {
                Some(settings) => Ok(WrittenNode {
                    kind,
                    name,
                    axes: None,
                    elements: None,
                    inputs,
                    settings: Some(settings),
                }),
                None => {
                    let (file, line) = (node.place.file(), node.place.line());
                    let text = format!(
                        "the layer {:?} defined at {file}:{line} is a closure",
                        node.name
                    );
                    Err((FileErrorKind::Unsaveable, text))
                }
            },
        }
    };
    Ok(Written {
        version: VERSION,
        trained_on: None,
        policy: plan.policy,
        nodes: plan.nodes.iter().map(node).collect::<Outcome<_>>()?,
    })
}

fn decode(bytes: &[u8], at: Place) -> Outcome<ModelFile> {
    let damaged = |text: String| (FileErrorKind::Damaged, text);
    let foreign = |text: String| (FileErrorKind::Foreign, text);
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| {
        let text = match e {
            SafeTensorError::InvalidHeaderLength | SafeTensorError::MetadataIncompleteBuffer => {
                "its length is not what its header says".to_string()
            }
            e => e.to_string(),
        };
        match bytes.get(8..) {
            Some(header) if header.starts_with(START) => damaged(text),
            _ => foreign(text),
        }
    })?;
    let text = header.metadata().as_ref().and_then(|m| m.get(KEY));
    let text = text.ok_or_else(|| foreign("it holds tensors, but no model".to_string()))?;
    let architecture: serde_json::Value =
        serde_json::from_str(text).map_err(|e| damaged(e.to_string()))?;
    let version = architecture
        .get("version")
        .and_then(serde_json::Value::as_u64);
    if version.is_none_or(|v| v > u64::from(VERSION)) {
        let text = format!(
            "it has version {}, this one reads up to {VERSION}",
            version.map_or("none".into(), |v| v.to_string())
        );
        return Err((
            if version.is_some() {
                FileErrorKind::Newer
            } else {
                FileErrorKind::Damaged
            },
            text,
        ));
    }
    let architecture: Written =
        serde_json::from_value(architecture).map_err(|e| damaged(e.to_string()))?;
    let trained_on = architecture.trained_on.clone();
    let model = model_of(architecture, at)?;
    let network = model.build().map_err(|e| damaged(e.to_string()))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
    let expected = network.param_types();
    if tensors.len() != expected.len() {
        return Err(damaged(format!(
            "it holds {} tensors, the model has {}",
            tensors.len(),
            expected.len()
        )));
    }
    let read = |(name, ty): (Name, Type)| {
        let view = tensors
            .tensor(&name.to_string())
            .map_err(|e| damaged(e.to_string()))?;
        let dtype = loaded(view.dtype()).filter(|d| d.is_float());
        let dtype =
            dtype.ok_or_else(|| damaged(format!("{name} is {:?}, not a float", view.dtype())))?;
        if view.shape() != ty.shape.dims() {
            return Err(damaged(format!(
                "{name} must be {}; it is {:?}",
                ty.shape,
                view.shape()
            )));
        }
        let array = Array::from_bytes(&ty.with_dtype(dtype), view.data())
            .map_err(|e| damaged(e.to_string()))?;
        Ok((name, Tensor::from_array(array)))
    };
    let params = expected
        .into_iter()
        .map(read)
        .collect::<Outcome<Vec<_>>>()?;
    Ok(ModelFile {
        model,
        params: Params::new(params).map_err(|e| damaged(e.to_string()))?,
        trained_on,
    })
}

fn model_of(architecture: Written, at: Place) -> Outcome<Model> {
    let damaged = |text: String| (FileErrorKind::Damaged, text);
    let mut nodes: Vec<Arc<Node>> = vec![];
    for WrittenNode {
        kind,
        name,
        axes,
        elements,
        inputs,
        settings,
    } in architecture.nodes
    {
        let taken = inputs.iter().map(|&i| nodes.get(i).cloned());
        let inputs = taken.collect::<Option<Vec<_>>>();
        let inputs = inputs
            .ok_or_else(|| damaged(format!("a layer {kind:?} takes a layer that comes later")))?;
        let what = match (axes, settings) {
            (Some(axes), None) => {
                let dtype = match elements.as_deref() {
                    None => DType::F32,
                    Some("i32") => DType::I32,
                    Some(other) => {
                        return Err(damaged(format!("an input {kind:?} of {other:?}")));
                    }
                };
                let axes = axes.into_iter();
                let axes = axes.map(|a| a.map_or(Axis::Batch, Axis::Dim)).collect();
                What::Input(axes, dtype)
            }
            (None, Some(settings)) => {
                let entry = layers::find(&kind)
                    .ok_or_else(|| damaged(format!("there is no layer {kind:?}")))?;
                let layer = (entry.load)(settings).map_err(|e| damaged(format!("{kind}: {e}")))?;
                if layer.inputs() != inputs.len() {
                    return Err(damaged(format!(
                        "a layer {kind:?} takes {} inputs, not {}",
                        layer.inputs(),
                        inputs.len()
                    )));
                }
                What::Layer(layer)
            }
            _ => return Err(damaged(format!("{kind:?} is neither an input nor a layer"))),
        };
        nodes.push(Model::at(what, inputs, name, at).output.clone());
    }
    let output = nodes
        .pop()
        .ok_or_else(|| damaged("it holds no layers".to_string()))?;
    Ok(Model {
        output,
        policy: architecture.policy,
        fault: None,
    })
}

const TYPES: [(DType, Dtype); 13] = [
    (DType::Bool, Dtype::BOOL),
    (DType::U8, Dtype::U8),
    (DType::U16, Dtype::U16),
    (DType::U32, Dtype::U32),
    (DType::U64, Dtype::U64),
    (DType::I8, Dtype::I8),
    (DType::I16, Dtype::I16),
    (DType::I32, Dtype::I32),
    (DType::I64, Dtype::I64),
    (DType::F16, Dtype::F16),
    (DType::BF16, Dtype::BF16),
    (DType::F32, Dtype::F32),
    (DType::F64, Dtype::F64),
];

fn stored(dtype: DType) -> Dtype {
    TYPES
        .iter()
        .find(|(ours, _)| *ours == dtype)
        .map_or(Dtype::F32, |(_, theirs)| *theirs)
}

fn loaded(dtype: Dtype) -> Option<DType> {
    TYPES
        .iter()
        .find(|(_, theirs)| *theirs == dtype)
        .map(|(ours, _)| *ours)
}

/// Written beside, flushed to the disk, moved into place.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path)?;
    let written = fs::File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error says what went wrong; the half-written file may be gone already.
        let _ = fs::remove_file(&beside);
        return written;
    }
    // The name is on the disk only when the folder is. Not every system can flush one.
    if let Ok(folder) = fs::File::open(folder(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    Ok(folder(path).join(hidden))
}
