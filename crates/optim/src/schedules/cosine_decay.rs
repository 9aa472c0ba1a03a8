//! A rate that falls along half a wave of a cosine.
use super::Entry;
use crate::{Rate, Schedule, Settings, schedule::require};
use bouton_tensor::{DType, Fault, Tensor};
use std::f64::consts::PI;

/// `init * ((1 - alpha) * (0.5 * (1 + cos(pi * t)))^exponent + alpha)` with `t = min(step, decay_steps) / decay_steps`:
/// from `init` down to `alpha * init`.
///
/// Optax's `cosine_decay_schedule`; without warm restarts, Loshchilov and Hutter, <https://arxiv.org/abs/1608.03983>.
///
/// ```
/// let schedule = bouton_optim::Schedule::from(bouton_optim::cosine_decay(0.5, 10));
/// assert_eq!((schedule.rate(0)?, schedule.rate(10)?, schedule.rate(99)?), (0.5, 0.0, 0.0));
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
pub fn cosine_decay(init: f64, decay_steps: u32) -> CosineDecay {
    CosineDecay {
        init,
        decay_steps,
        alpha: 0.0,
        exponent: 1.0,
    }
}

/// See [`cosine_decay`].
#[derive(Clone, Debug)]
pub struct CosineDecay {
    init: f64,
    decay_steps: u32,
    alpha: f64,
    exponent: f64,
}

impl CosineDecay {
    /// The share of the first rate that stays at the end.
    pub fn alpha(self, alpha: f64) -> Self {
        CosineDecay { alpha, ..self }
    }

    /// The power that the wave is taken to.
    pub fn exponent(self, exponent: f64) -> Self {
        CosineDecay { exponent, ..self }
    }
}

impl From<CosineDecay> for Schedule {
    fn from(rate: CosineDecay) -> Schedule {
        Schedule::new(rate)
    }
}

impl Rate for CosineDecay {
    fn name(&self) -> &'static str {
        "cosine_decay"
    }

    fn settings(&self) -> Settings {
        vec![
            ("init", format!("{:?}", self.init)),
            ("decay_steps", self.decay_steps.to_string()),
            ("alpha", format!("{:?}", self.alpha)),
            ("exponent", format!("{:?}", self.exponent)),
        ]
    }

    fn check(&self) -> Result<(), Fault> {
        require(
            "init",
            self.init,
            "a finite number of at least 0",
            self.init >= 0.0,
        )?;
        require(
            "decay_steps",
            self.decay_steps.into(),
            "at least 1",
            self.decay_steps > 0,
        )?;
        require(
            "alpha",
            self.alpha,
            "from 0 to 1",
            (0.0..=1.0).contains(&self.alpha),
        )?;
        require(
            "exponent",
            self.exponent,
            "a finite number above 0",
            self.exponent > 0.0,
        )
    }

    fn at(&self, step: &Tensor, dtype: DType) -> Tensor {
        let number = |x: f64| Tensor::full(dtype, [], x);
        let steps = number(self.decay_steps.into());
        let wave =
            number(0.5) * (number(1.0) + (number(PI) * (step.minimum(&steps) / steps)).cos());
        let wave = if self.exponent == 1.0 {
            wave
        } else {
            wave.pow(number(self.exponent))
        };
        number(self.init) * (number(1.0 - self.alpha) * wave + number(self.alpha))
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "cosine_decay",
    sample: || cosine_decay(0.1, 100).into(),
};
