//! A model: an immutable graph of layers.
use crate::{
    Axis, Layer, Network, Policy, Scope, Template, display, layers::custom::Custom, plan::Plan,
};
use bouton_tensor::{DType, Error, Fault, Output, Place, Result, Tensor, blame, here};
use std::{fmt, sync::Arc};

/// A graph of layers from inputs to an output; a value: every method gives a new model that shares what it can.
///
/// Mistakes come out where the model is built or shown. Layers get the names of their kinds, counted from the inputs:
/// `dense_0`, `relu_0`, `dense_1`.
#[derive(Clone)]
pub struct Model {
    pub(crate) output: Arc<Node>,
    pub(crate) policy: Option<Policy>,
    /// The first mistake made while putting it together.
    pub(crate) fault: Option<Error>,
}

/// One input or layer.
pub(crate) struct Node {
    pub(crate) what: What,
    pub(crate) inputs: Vec<Arc<Node>>,
    /// The name that the user gave it.
    pub(crate) name: Option<String>,
    pub(crate) place: Place,
}

#[derive(Clone)]
pub(crate) enum What {
    /// Floats, or `i32` for whole numbers.
    Input(Vec<Axis>, DType),
    Layer(Arc<dyn Layer>),
}

/// Without this, dropping a deep model would overflow the stack.
impl Drop for Node {
    fn drop(&mut self) {
        let mut stack = std::mem::take(&mut self.inputs);
        while let Some(node) = stack.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                stack.append(&mut node.inputs);
            }
        }
    }
}

impl Model {
    /// An input: `Model::input("images", [Batch, Dim(784)])` or `Model::input("images", (Batch, 28, 28, 1))`.
    #[track_caller]
    pub fn input(name: &str, shape: impl Template) -> Model {
        let what = What::Input(shape.axes(), DType::F32);
        Model::at(what, vec![], Some(name.to_string()), here())
    }

    /// An input of whole numbers, such as tokens: `Model::indices("tokens", [Batch, Dim(128)])`. Data of any integer type
    /// is taken.
    #[track_caller]
    pub fn indices(name: &str, shape: impl Template) -> Model {
        let what = What::Input(shape.axes(), DType::I32);
        Model::at(what, vec![], Some(name.to_string()), here())
    }

    pub(crate) fn at(
        what: What,
        inputs: Vec<Arc<Node>>,
        name: Option<String>,
        place: Place,
    ) -> Model {
        Model {
            output: Arc::new(Node {
                what,
                inputs,
                name,
                place,
            }),
            policy: None,
            fault: None,
        }
    }

    /// The model with one more layer at its end.
    ///
    /// # Errors
    /// A layer that takes more than one input; see [`Model::combine`].
    #[track_caller]
    pub fn layer(&self, layer: impl Layer) -> Model {
        self.combine(layer, &[])
    }

    /// A layer on the outputs of this and other models.
    ///
    /// # Errors
    /// A layer that takes another number of inputs; models with different precision policies.
    #[track_caller]
    pub fn combine(&self, layer: impl Layer, others: &[&Model]) -> Model {
        let place = here();
        let parts = || [self].into_iter().chain(others.iter().copied());
        let (given, taken) = (parts().count(), layer.inputs());
        let refused = if given != taken {
            Some(Fault::shape(format!(
                "the layer takes {taken} inputs; {given} were given"
            )))
        } else if parts().any(|m| m.policy != self.policy) {
            let fault = Fault::value("the models have different precision policies");
            Some(fault.help("combine first, then set one policy with .with_policy(..)"))
        } else {
            None
        };
        let refused = refused.map(|fault| Error::new(layer.kind(), fault, place));
        let inputs = parts().map(|m| m.output.clone()).collect();
        let earlier = parts().find_map(|m| m.fault.clone());
        let whole = Model::at(What::Layer(Arc::new(layer)), inputs, None, place);
        Model {
            policy: self.policy,
            fault: earlier.or(refused),
            ..whole
        }
    }

    /// A layer from a closure, which is given the scope and the input and returns a tensor or a `Result` of one.
    ///
    /// Its parameters are declared where it asks for them. A model with such a layer cannot be saved.
    ///
    /// ```
    /// use bouton_nn::{Batch, Dim, Model, init};
    /// let model = Model::input("x", [Batch, Dim(3)]).custom("shift", |scope, x| {
    ///     let [_, n] = x.dims()?;
    ///     Ok(x + scope.parameter("by", [n], init::ones()))
    /// });
    /// assert_eq!(model.build()?.param_types()[0].1.to_string(), "f32[3]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn custom<O: Output<Value = Tensor>>(
        &self,
        name: &str,
        f: impl Fn(&mut Scope, &Tensor) -> O + Send + Sync + 'static,
    ) -> Model {
        self.layer(Custom::new(name, f))
    }

    /// The model with another name for its last layer.
    pub fn named(&self, name: &str) -> Model {
        let Node {
            what,
            inputs,
            place,
            ..
        } = &*self.output;
        let renamed = Model::at(what.clone(), inputs.clone(), Some(name.to_string()), place);
        Model {
            output: renamed.output,
            ..self.clone()
        }
    }

    /// The model computed with these element types.
    ///
    /// # Errors
    /// A type that is not a float.
    #[track_caller]
    pub fn with_policy(&self, policy: Policy) -> Model {
        let at = here();
        let refused = policy.not_float().map(|(part, dtype)| {
            let fault = Fault::dtype(format!("{part} must be a float, not {dtype}"));
            Error::new("with_policy", fault, at)
        });
        let fault = self.fault.clone().or(refused);
        Model {
            policy: Some(policy),
            fault,
            ..self.clone()
        }
    }

    /// The precision policy, if one was set.
    pub fn policy(&self) -> Option<Policy> {
        self.policy
    }

    /// Runs every layer once on inputs of the right types, and makes plain functions of the model.
    ///
    /// # Errors
    /// A mistake in the model: shapes that do not fit a layer, names that come twice.
    #[track_caller]
    pub fn build(&self) -> Result<Network> {
        Network::new(Plan::new(self)?, here())
    }

    /// The layers as a table: shapes, options, parameters, totals.
    ///
    /// # Errors
    /// As [`Model::build`].
    #[track_caller]
    pub fn table(&self) -> Result<String> {
        self.build().map(|network| display::table::table(&network))
    }

    /// The graph in Mermaid's language, from the top down.
    ///
    /// # Errors
    /// As [`Model::build`].
    #[track_caller]
    pub fn mermaid(&self) -> Result<String> {
        self.build()
            .map(|network| display::mermaid::mermaid(&network))
    }
}

impl fmt::Display for Model {
    /// Inputs, output and the number of nodes, in one line; or the mistake in it.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match blame(self.output.place, || self.build()) {
            Ok(network) => f.write_str(&display::line(&network)),
            Err(e) => write!(f, "Model with an error: {e}"),
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
