//! Optimizers: what turns gradients into better parameters.
//!
//! An [`Optimizer`] is a chain of gradient transformations over the flat list of leaves of any tree. Its state is a
//! tree too, so that a whole step compiles as one program. Learning rates are numbers or [`Schedule`]s.
//!
//! ```
//! use bouton_tensor::{grad, tensor};
//!
//! let optimizer = bouton_optim::sgd(0.25);
//! let x = tensor![4.0, -2.0];
//! let state = optimizer.init(&x);
//! let slope = grad(&x, |x| (&x * &x).sum());
//! let (x, state) = optimizer.update(slope, state, x);
//! assert_eq!(format!("{x:?}"), "f32[2] [2.0, -1.0]");
//! assert_eq!(format!("{:?}", state.step()), "i32 1");
//! ```

mod chain;
mod optimizer;
pub mod optimizers;
mod precision;
mod schedule;
pub mod schedules;
mod state;
mod transformation;
pub mod transformations;

pub use chain::Chain;
pub use optimizer::Optimizer;
pub use optimizers::{
    adam::{Adam, adam},
    adamw::{AdamW, adamw},
    sgd::{Sgd, sgd},
};
pub use schedule::{Rate, Schedule};
pub use schedules::{
    constant::constant,
    cosine_decay::{CosineDecay, cosine_decay},
    exponential_decay::{ExponentialDecay, exponential_decay},
};
pub use state::State;
pub use transformation::{Leaf, Now, Settings, Slots, Transformation};
