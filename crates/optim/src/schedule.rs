//! A learning rate: a number, or a function of the step.
use crate::{Settings, chain::printed, schedules::constant::Constant};
use bouton_tensor::{DType, Fault, Result, Tensor, blame, here};
use std::{
    fmt::{self, Debug},
    sync::Arc,
};

/// A learning rate as a function of the updates made so far. Made from a number, from a schedule of
/// [`schedules`](crate::schedules), or from a closure by [`Schedule::function`]; printed with its settings.
#[derive(Clone)]
pub struct Schedule(Arc<dyn Rate>);

/// The rule of a schedule.
pub trait Rate: Send + Sync + 'static {
    /// The name: of the file, the function and the printed form.
    fn name(&self) -> &'static str;

    /// The settings that the printed form shows.
    fn settings(&self) -> Settings;

    /// The printed form.
    fn printed(&self) -> String {
        printed(self.name(), &self.settings())
    }

    /// Whether the settings make sense.
    ///
    /// # Errors
    /// The rule that one of them breaks.
    fn check(&self) -> Result<(), Fault>;

    /// The rate, one number of type `dtype`, when `step` (one number of the same type) updates were made.
    fn at(&self, step: &Tensor, dtype: DType) -> Tensor;
}

impl Schedule {
    /// The schedule of this rule.
    pub fn new(rate: impl Rate) -> Schedule {
        Schedule(Arc::new(rate))
    }

    /// A closure as a schedule: it is given the number of updates made so far as one float, and returns one.
    ///
    /// ```
    /// let warmup = bouton_optim::Schedule::function("warmup", |step| (step + 1.0).minimum(100.0) * 1e-5);
    /// assert_eq!(warmup.to_string(), "warmup { .. }");
    /// assert_eq!(warmup.rate(0)? as f32, 1e-5);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    pub fn function(
        name: &'static str,
        f: impl Fn(&Tensor) -> Tensor + Send + Sync + 'static,
    ) -> Schedule {
        Schedule::new(Function { name, f })
    }

    /// Whether the settings make sense.
    ///
    /// # Errors
    /// The rule that a setting breaks.
    pub fn check(&self) -> Result<(), Fault> {
        self.0.check()
    }

    /// The rate, one number of type `dtype`, when `step` updates (one `i32`) were made.
    ///
    /// # Errors
    /// A closure that does not return one number.
    #[track_caller]
    pub fn at(&self, step: &Tensor, dtype: DType) -> Tensor {
        blame(here(), || {
            let rate = self.0.at(&step.convert(dtype), dtype);
            match rate.ty() {
                Ok(ty) if ty.rank() != 0 => Tensor::fault(
                    self.to_string(),
                    Fault::shape("a schedule must return one number"),
                    &[&rate],
                ),
                Ok(_) => rate.convert(dtype),
                Err(_) => rate,
            }
        })
    }

    /// The rate when `step` updates were made, in `f64`.
    ///
    /// # Errors
    /// As [`Schedule::at`].
    #[track_caller]
    pub fn rate(&self, step: u32) -> Result<f64> {
        self.at(
            &Tensor::scalar(i32::try_from(step).unwrap_or(i32::MAX)),
            DType::F64,
        )
        .item()
    }
}

impl From<f64> for Schedule {
    fn from(rate: f64) -> Schedule {
        Schedule::new(Constant(rate))
    }
}

impl From<f32> for Schedule {
    /// The shortest decimal that is this `f32`.
    fn from(rate: f32) -> Schedule {
        Schedule::from(rate.to_string().parse().unwrap_or(f64::from(rate)))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.printed())
    }
}

impl Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Function<F> {
    name: &'static str,
    f: F,
}

impl<F: Fn(&Tensor) -> Tensor + Send + Sync + 'static> Rate for Function<F> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn settings(&self) -> Settings {
        vec![]
    }
    fn printed(&self) -> String {
        format!("{} {{ .. }}", self.name)
    }
    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
    fn at(&self, step: &Tensor, _: DType) -> Tensor {
        (self.f)(step)
    }
}

/// `Ok` if `value` is a finite number for which `holds`, and otherwise that `name` must be `what`.
pub(crate) fn require(name: &str, value: f64, what: &str, holds: bool) -> Result<(), Fault> {
    if value.is_finite() && holds {
        return Ok(());
    }
    Err(Fault::value(format!(
        "{name} must be {what}, not {value:?}"
    )))
}
