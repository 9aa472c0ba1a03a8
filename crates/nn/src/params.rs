//! The parameters of a model: shared names and a flat list of tensors.
use bouton_tensor::{Error, Fault, Path, Result, Tensor, Tree, here};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// The name of a parameter, printed as `dense_0.kernel`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The layer's name.
    pub layer: String,
    /// The parameter's name within the layer.
    pub parameter: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{}", self.layer, self.parameter)
    }
}

/// Parameters by name, in the order of the layers. A tree: differentiate at it, pass it through `jit`.
///
/// Cloning is cheap; the names are shared.
#[derive(Clone)]
pub struct Params {
    names: Arc<[Name]>,
    values: Vec<Tensor>,
}

impl Params {
    /// These values under these names.
    ///
    /// # Errors
    /// A name that comes twice.
    #[track_caller]
    pub fn new(named: impl IntoIterator<Item = (Name, Tensor)>) -> Result<Params> {
        let (names, values): (Vec<Name>, Vec<Tensor>) = named.into_iter().unzip();
        let mut sorted: Vec<&Name> = names.iter().collect();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|w| w[0] == w[1]) {
            let fault = Fault::structure(format!("the name {} comes twice", twice[0]));
            return Err(Error::new("params", fault, here()));
        }
        Ok(Params::of(names.into(), values))
    }

    /// As many values as names, which differ.
    pub(crate) fn of(names: Arc<[Name]>, values: Vec<Tensor>) -> Params {
        Params { names, values }
    }

    pub(crate) fn names(&self) -> &Arc<[Name]> {
        &self.names
    }

    pub(crate) fn values(&self) -> &[Tensor] {
        &self.values
    }

    /// The parameter called `dense_0.kernel`, say.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.iter()
            .find(|(n, _)| n.to_string() == name)
            .map(|(_, value)| value)
    }

    /// The same parameters with another value under a name.
    ///
    /// # Errors
    /// A name that is not there; another type or shape.
    #[track_caller]
    pub fn with(&self, name: &str, value: impl Into<Tensor>) -> Result<Params> {
        let (value, mut changed) = (value.into(), self.clone());
        let Some(i) = self.names.iter().position(|n| n.to_string() == name) else {
            let rule = format!("there is no parameter {name:?}; there are {}", self.list());
            return Err(Error::new("params", Fault::structure(rule), here()));
        };
        let (old, new) = (self.values[i].ty()?, value.ty()?);
        if old != new {
            let fault = Fault::shape(format!("{name} is {old}, the new value {new}"));
            return Err(Error::new("params", fault, here()));
        }
        changed.values[i] = value;
        Ok(changed)
    }

    /// The same parameters with the values of `changed` under its names, such as what an optimizer made of some of them,
    /// or a network's state after a step.
    ///
    /// # Errors
    /// A name that is not there.
    #[track_caller]
    pub fn merge(&self, changed: &Params) -> Result<Params> {
        let place: BTreeMap<&Name, usize> = self.names.iter().zip(0..).collect();
        let mut merged = self.clone();
        for (name, value) in changed.iter() {
            let Some(&i) = place.get(name) else {
                let rule = format!("there is no parameter {name}; there are {}", self.list());
                return Err(Error::new("params", Fault::structure(rule), here()));
            };
            merged.values[i] = value.clone();
        }
        Ok(merged)
    }

    /// Every parameter with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Tensor)> {
        self.names.iter().zip(&self.values)
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The number of elements of all tensors.
    ///
    /// # Errors
    /// An error that one of them carries.
    pub fn count(&self) -> Result<usize> {
        self.values.iter().map(|t| Ok(t.ty()?.size())).sum()
    }

    /// The bytes of all tensors.
    ///
    /// # Errors
    /// An error that one of them carries.
    pub fn bytes(&self) -> Result<usize> {
        self.values.iter().map(|t| Ok(t.ty()?.bytes())).sum()
    }

    /// The parameters by layer with their types, and totals.
    ///
    /// # Errors
    /// An error that one of them carries.
    pub fn tree(&self) -> Result<String> {
        let width = self
            .names
            .iter()
            .map(|n| n.parameter.chars().count())
            .max()
            .unwrap_or(0);
        let mut lines = vec![];
        let mut layer = None;
        for (name, value) in self.iter() {
            if layer.replace(&name.layer) != Some(&name.layer) {
                lines.push(name.layer.clone());
            }
            lines.push(format!("  {:width$}  {}", name.parameter, value.ty()?));
        }
        lines.push(format!(
            "{} parameters, {} bytes",
            self.count()?,
            self.bytes()?
        ));
        Ok(lines.join("\n"))
    }

    /// All names, for a message.
    pub(crate) fn list(&self) -> String {
        let names: Vec<String> = self.names.iter().map(Name::to_string).collect();
        if names.is_empty() {
            "none".to_string()
        } else {
            names.join(", ")
        }
    }
}

impl Tree for Params {
    type Owned = Params;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Params {
        let leaf = |(name, value): (&Name, &Tensor)| {
            let layer = Path::Field(&at, &name.layer);
            f(Path::Field(&layer, &name.parameter), value)
        };
        Params::of(self.names.clone(), self.iter().map(leaf).collect())
    }
}

impl fmt::Debug for Params {
    /// Names and values, abbreviated.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(name, value)| (name.to_string(), value)))
            .finish()
    }
}
