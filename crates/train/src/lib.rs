//! Training and evaluation: a model, a loss and an optimizer reduced over data.
//!
//! A [`Trainer`] compiles forward pass, loss, gradients, optimizer and metrics into one program and runs it on every
//! batch; what it gives is a [`Trained`] model with the history of its epochs. An [`Evaluator`] gives [`Scores`].
//!
//! ```
//! use bouton_nn::{Batch, Dim, Model, losses, metrics};
//! use bouton_train::{Evaluator, Progress, Trainer};
//!
//! let digits = bouton_data::digits(1000, 200, 42)?;
//! let model = Model::input("images", [Batch, Dim(784)]).dense(32).relu().dense(10).softmax();
//! let trained = Trainer::new(&model, losses::categorical_cross_entropy(), bouton_optim::adam(5e-3))
//!     .metric(metrics::accuracy())
//!     .epochs(8)
//!     .progress(Progress::Silent)
//!     .run(digits.train.batches(64).shuffle(42))?;
//! let scores = Evaluator::new(&model).metric(metrics::accuracy()).run(digits.test.batches(100), &trained)?;
//! assert_eq!(scores.examples(), 200);
//! assert!(scores.get("accuracy").is_some_and(|a| a > 0.8), "{scores}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod error;
mod evaluator;
mod event;
mod history;
mod measures;
mod progress;
mod run;
mod scores;
mod step;
mod totals;
mod trained;
mod trainer;

pub use error::{Error, ErrorKind, Result};
pub use evaluator::Evaluator;
pub use event::{Answer, Event, Signal, Status};
pub use history::EpochRecord;
pub use progress::Progress;
pub use scores::Scores;
pub use trained::{Parameters, Trained};
pub use trainer::Trainer;
