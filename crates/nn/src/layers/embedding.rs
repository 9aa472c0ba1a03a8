//! A vector of numbers for every token.
use super::{Entry, load, to_data};
use crate::{Batch, Dim, Initializer, Layer, Model, Scope, init};
use bouton_tensor::{Error, Fault, Result, Tensor, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// Row `x` of the kernel for every token `x` of an input that [`Model::indices`] declared: `.embedding(30522, 768)`.
    ///
    /// A token below 0 is taken as 0, one beyond the vocabulary as its last.
    ///
    /// # Shapes
    /// `[..] -> [.., size]`; parameter `kernel` `[vocabulary, size]`, uniform within 0.01 at first.
    ///
    /// # Errors
    /// Tokens must be integers.
    ///
    /// # Example
    /// ```
    /// use bouton_nn::{Batch, Dim, Model};
    /// use bouton_tensor::{random, tensor};
    /// let network = Model::indices("tokens", [Batch, Dim(3)]).embedding(10, 2).build()?;
    /// let params = network.init(&random::key(0));
    /// let y = network.predict(&params, tensor![[1, 9, 1]]);
    /// assert_eq!(y.dims()?, [1, 3, 2]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's.
    #[track_caller]
    pub fn embedding(&self, vocabulary: usize, size: usize) -> Model {
        self.layer(Embedding::new(vocabulary, size))
    }
}

/// The settings of [`Model::embedding`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    vocabulary: usize,
    size: usize,
    kernel: Initializer,
}

impl Embedding {
    /// `size` numbers for each of `vocabulary` tokens.
    pub fn new(vocabulary: usize, size: usize) -> Embedding {
        Embedding {
            vocabulary,
            size,
            kernel: init::uniform(0.01),
        }
    }

    /// How the kernel starts.
    pub fn kernel(self, initializer: Initializer) -> Embedding {
        Embedding {
            kernel: initializer,
            ..self
        }
    }
}

impl Layer for Embedding {
    fn kind(&self) -> &str {
        "embedding"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        match self.kernel == Embedding::new(0, 0).kernel {
            true => vec![],
            false => vec![("kernel", self.kernel.to_string())],
        }
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let ty = inputs[0].ty()?;
        let refused = |fault: Fault| Err(Error::new("embedding", fault.inputs([&ty]), here()));
        if self.vocabulary == 0 || self.size == 0 {
            let rule = "there must be at least one token, and one number for each";
            return refused(Fault::value(rule));
        }
        if !ty.dtype.is_integer() {
            let fault = Fault::dtype(format!("tokens must be integers, not {}", ty.dtype));
            return refused(fault.help("declare the input with Model::indices"));
        }
        let kernel = scope.parameter("kernel", [self.vocabulary, self.size], self.kernel.clone());
        Ok(kernel.take(&inputs[0], 0))
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "embedding",
    load: load::<Embedding>,
    sample: || {
        let tokens = Model::indices("tokens", [Batch, Dim(5)]);
        tokens.layer(Embedding::new(7, 3).kernel(init::normal(0.0, 1.0)))
    },
};
