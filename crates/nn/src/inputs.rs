//! What a network is given: one tensor, or several by name.
use bouton_tensor::Tensor;

/// The inputs of a network: a tensor, a reference to one, or pairs of names and tensors.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(crate) named: Vec<(Option<String>, Tensor)>,
}

impl Inputs {
    pub(crate) fn one(x: Tensor) -> Inputs {
        Inputs {
            named: vec![(None, x)],
        }
    }
}

impl From<Tensor> for Inputs {
    fn from(x: Tensor) -> Inputs {
        Inputs::one(x)
    }
}

impl From<&Tensor> for Inputs {
    fn from(x: &Tensor) -> Inputs {
        Inputs::one(x.clone())
    }
}

impl<const N: usize> From<[(&str, &Tensor); N]> for Inputs {
    fn from(named: [(&str, &Tensor); N]) -> Inputs {
        Inputs {
            named: named
                .into_iter()
                .map(|(name, x)| (Some(name.to_string()), x.clone()))
                .collect(),
        }
    }
}

impl From<Vec<(String, Tensor)>> for Inputs {
    fn from(named: Vec<(String, Tensor)>) -> Inputs {
        Inputs {
            named: named.into_iter().map(|(name, x)| (Some(name), x)).collect(),
        }
    }
}
