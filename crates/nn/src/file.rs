//! Model files: architecture and parameters in one file.
//!
//! The format is safetensors; the architecture is JSON under the key `bouton` of its metadata. The same model and
//! parameters always give the same bytes.
use crate::{
    Axis, Model, Name, Params, Policy, layers,
    model::{Node, What},
    plan::Plan,
};
use bouton_formats::{SafeTensors, atomic, safetensors};
use bouton_tensor::{Array, DType, Error, ErrorKind, Place, Tensor, Type, here};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt, fs,
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
        atomic::write(path, |file| file.write_all(&bytes))
            .map_err(|e| FileError::new(path, FileErrorKind::Write, e.to_string()))
    }

    /// What [`ModelFile::write`] wrote.
    ///
    /// # Errors
    /// A file that cannot be read, is not a model file, is damaged, or comes from a newer version.
    #[track_caller]
    pub fn read(path: impl AsRef<Path>) -> Result<ModelFile, FileError> {
        let path = path.as_ref();
        let bytes =
            fs::read(path).map_err(|e| FileError::new(path, FileErrorKind::Read, e.to_string()))?;
        ModelFile::parse(path, bytes)
    }

    /// What a file called `name` holds, from memory.
    ///
    /// # Errors
    /// As [`ModelFile::read`]; messages call the file `name`.
    #[track_caller]
    pub fn parse(
        name: impl AsRef<Path>,
        content: impl Into<Vec<u8>>,
    ) -> Result<ModelFile, FileError> {
        let at = here();
        decode(content.into(), at).map_err(|(kind, text)| FileError::new(name.as_ref(), kind, text))
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
    atomic::check_writable(path)
        .map_err(|e| FileError::new(path, FileErrorKind::Write, e.to_string()))
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
    let metadata = BTreeMap::from([(KEY.to_string(), architecture)]);
    safetensors::to_bytes(arrays, &metadata).map_err(|e| unsaveable(e.to_string()))
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

fn decode(content: Vec<u8>, at: Place) -> Outcome<ModelFile> {
    let damaged = |text: String| (FileErrorKind::Damaged, text);
    let foreign = |text: String| (FileErrorKind::Foreign, text);
    let is_ours = content.get(8..).is_some_and(|h| h.starts_with(START));
    let tensors = SafeTensors::parse(content).map_err(|e| match is_ours {
        true => damaged(e.rule().to_string()),
        false => foreign(e.rule().to_string()),
    })?;
    let text = tensors.metadata().get(KEY);
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
    let expected = network.param_types();
    if tensors.len() != expected.len() {
        return Err(damaged(format!(
            "it holds {} tensors, the model has {}",
            tensors.len(),
            expected.len()
        )));
    }
    let read = |(name, ty): (Name, Type)| {
        let found = tensors.ty(&name.to_string());
        let found = found.map_err(|e| damaged(e.to_string()))?;
        if !found.dtype.is_float() {
            return Err(damaged(format!("{name} is {found}, not a float")));
        }
        if found.shape != ty.shape {
            return Err(damaged(format!(
                "{name} must be {}; it is {}",
                ty.shape, found.shape
            )));
        }
        let array = tensors.read(&name.to_string());
        let array = array.map_err(|e| damaged(e.to_string()))?;
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
