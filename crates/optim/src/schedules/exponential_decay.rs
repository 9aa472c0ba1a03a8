//! A rate that falls by the same factor in every stretch of steps.
use super::Entry;
use crate::{Rate, Schedule, Settings, schedule::require};
use bouton_tensor::{DType, Fault, Tensor};

/// `init * decay_rate^((step - transition_begin) / transition_steps)`, and `init` until `transition_begin`.
///
/// With [`ExponentialDecay::staircase`] the exponent is cut down to a whole number. Optax's `exponential_decay`.
///
/// ```
/// let schedule = bouton_optim::Schedule::from(bouton_optim::exponential_decay(0.5, 10, 0.5).staircase());
/// assert_eq!((schedule.rate(9)?, schedule.rate(10)?, schedule.rate(20)?), (0.5, 0.25, 0.125));
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
pub fn exponential_decay(init: f64, transition_steps: u32, decay_rate: f64) -> ExponentialDecay {
    ExponentialDecay {
        init,
        transition_steps,
        decay_rate,
        transition_begin: 0,
        staircase: false,
        end_value: None,
    }
}

/// See [`exponential_decay`].
#[derive(Clone, Debug)]
pub struct ExponentialDecay {
    init: f64,
    transition_steps: u32,
    decay_rate: f64,
    transition_begin: u32,
    staircase: bool,
    end_value: Option<f64>,
}

impl ExponentialDecay {
    /// The step up to which the rate stays as it is.
    pub fn transition_begin(self, step: u32) -> Self {
        ExponentialDecay {
            transition_begin: step,
            ..self
        }
    }

    /// Falls only at whole multiples of `transition_steps`.
    pub fn staircase(self) -> Self {
        ExponentialDecay {
            staircase: true,
            ..self
        }
    }

    /// The value that the rate does not go beyond.
    pub fn end_value(self, value: f64) -> Self {
        ExponentialDecay {
            end_value: Some(value),
            ..self
        }
    }
}

impl From<ExponentialDecay> for Schedule {
    fn from(rate: ExponentialDecay) -> Schedule {
        Schedule::new(rate)
    }
}

impl Rate for ExponentialDecay {
    fn name(&self) -> &'static str {
        "exponential_decay"
    }

    fn settings(&self) -> Settings {
        let mut settings = vec![
            ("init", format!("{:?}", self.init)),
            ("transition_steps", self.transition_steps.to_string()),
            ("decay_rate", format!("{:?}", self.decay_rate)),
            ("transition_begin", self.transition_begin.to_string()),
            ("staircase", self.staircase.to_string()),
        ];
        settings.extend(self.end_value.map(|v| ("end_value", format!("{v:?}"))));
        settings
    }

    fn check(&self) -> Result<(), Fault> {
        require(
            "init",
            self.init,
            "a finite number of at least 0",
            self.init >= 0.0,
        )?;
        require(
            "transition_steps",
            self.transition_steps.into(),
            "at least 1",
            self.transition_steps > 0,
        )?;
        require(
            "decay_rate",
            self.decay_rate,
            "a finite number above 0",
            self.decay_rate > 0.0,
        )?;
        let end = self.end_value.unwrap_or(0.0);
        require(
            "end_value",
            end,
            "a finite number of at least 0",
            end >= 0.0,
        )
    }

    fn at(&self, step: &Tensor, dtype: DType) -> Tensor {
        let number = |x: f64| Tensor::full(dtype, [], x);
        let past = (step - number(self.transition_begin.into())).maximum(number(0.0));
        let stretches = past / number(self.transition_steps.into());
        let exponent = if self.staircase {
            stretches.floor()
        } else {
            stretches
        };
        let rate = number(self.init) * number(self.decay_rate).pow(exponent);
        match self.end_value {
            None => rate,
            Some(end) if self.decay_rate < 1.0 => rate.maximum(number(end)),
            Some(end) => rate.minimum(number(end)),
        }
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "exponential_decay",
    sample: || exponential_decay(0.1, 10, 0.5).into(),
};
