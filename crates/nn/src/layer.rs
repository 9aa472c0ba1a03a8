//! What a layer is: one function that asks a scope for its parameters and computes.
use crate::Scope;
use bouton_tensor::{Result, Tensor};
use std::fmt::Debug;

/// A layer: settings, and a function of its inputs.
///
/// The function runs once when a model is built, on inputs of the right types, to find out which parameters it asks
/// for; then in every `predict` and `train`.
pub trait Layer: Debug + Send + Sync + 'static {
    /// The kind, such as `dense`: names of layers are counted by it.
    fn kind(&self) -> &str;

    /// The settings that are not as usual, as the table shows them.
    fn options(&self) -> Vec<(&'static str, String)>;

    /// How many inputs the function takes.
    fn inputs(&self) -> usize {
        1
    }

    /// The output.
    ///
    /// # Errors
    /// What the layer finds wrong with its inputs. An error may as well ride on the output.
    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor>;

    /// Whether a precision policy has it compute in the output's type, because narrow floats lose too much in it.
    fn is_delicate(&self) -> bool {
        false
    }

    /// Whether [`Layer::apply`] is the user's own code: an error in it then points to its lines, and otherwise to the
    /// line that built or ran the model.
    fn is_user_code(&self) -> bool {
        false
    }

    /// Which probabilities the output is, if it is: a loss is then computed from the input of the layer.
    fn probabilities(&self) -> Option<Probabilities> {
        None
    }

    /// The settings as data for a model file; `None` if it cannot be saved, such as a closure.
    fn to_data(&self) -> Option<serde_json::Value>;
}

/// How a layer makes probabilities of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probabilities {
    /// One of several classes, along the last axis.
    Softmax,
    /// Each on its own.
    Sigmoid,
}
