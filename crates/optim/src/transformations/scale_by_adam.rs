//! Updates divided by the root of their mean square: Adam's direction.
use super::Entry;
use crate::{
    Leaf, Now, Optimizer, Settings, Slots, Transformation,
    precision::{constant, flush, of},
    schedule::require,
};
use bouton_tensor::{DType, Fault, Tensor};

/// ```text
/// m = b1 m + (1 - b1) u          v = b2 v + (1 - b2) u^2
/// (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t) + eps_root) + eps)
/// ```
/// with `t` the number of this step, from 1. Kingma and Ba, <https://arxiv.org/abs/1412.6980>, as Optax's
/// `scale_by_adam`: `1 - b^t` is computed in the type of the updates, which for `f32` and `b2 = 0.999` is 1.3e-5 away
/// from the exact value in the first step. Denormal `m` and `v` are zero.
#[derive(Clone, Debug)]
pub struct ScaleByAdam {
    /// Decay of the mean; 0.9.
    pub b1: f64,
    /// Decay of the mean square; 0.999.
    pub b2: f64,
    /// Added to the root; 1e-8.
    pub eps: f64,
    /// Added under the root; 0 (Polaris: 1e-15).
    pub eps_root: f64,
}

impl Default for ScaleByAdam {
    fn default() -> ScaleByAdam {
        ScaleByAdam {
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            eps_root: 0.0,
        }
    }
}

impl Transformation for ScaleByAdam {
    fn name(&self) -> &'static str {
        "scale_by_adam"
    }

    fn settings(&self) -> Settings {
        let ScaleByAdam {
            b1,
            b2,
            eps,
            eps_root,
        } = self;
        [("b1", b1), ("b2", b2), ("eps", eps), ("eps_root", eps_root)]
            .map(|(k, v)| (k, format!("{v:?}")))
            .into()
    }

    fn check(&self) -> Result<(), Fault> {
        for (name, b) in [("b1", self.b1), ("b2", self.b2)] {
            require(name, b, "at least 0 and below 1", (0.0..1.0).contains(&b))?;
        }
        for (name, eps) in [("eps", self.eps), ("eps_root", self.eps_root)] {
            require(name, eps, "a finite number of at least 0", eps >= 0.0)?;
        }
        Ok(())
    }

    fn init(&self, params: &[Leaf]) -> Vec<(String, Tensor)> {
        let slots = |kind| params.iter().map(move |p| p.zeros(kind));
        slots("m").chain(slots("v")).collect()
    }

    fn update(&self, updates: Vec<Tensor>, slots: &mut Slots, now: &Now) -> Vec<Tensor> {
        let mut moment = |decay: f64, u: &Tensor, x: &Tensor| {
            slots.replace(|m| flush(&(constant(decay, u) * m + constant(1.0 - decay, u) * x)))
        };
        let means: Vec<Tensor> = updates.iter().map(|u| moment(self.b1, u, u)).collect();
        let squares: Vec<Tensor> = updates
            .iter()
            .map(|u| moment(self.b2, u, &(u * u)))
            .collect();
        let single = Corrections::new(self, now.step, DType::F32);
        let scaled = |((u, m), v): ((&Tensor, Tensor), Tensor)| match u.dtype().map(of) {
            Ok(DType::F64) => self.direction(&m, &v, &Corrections::new(self, now.step, DType::F64)),
            _ => self.direction(&m, &v, &single),
        };
        updates.iter().zip(means).zip(squares).map(scaled).collect()
    }
}

impl ScaleByAdam {
    /// One multiplication where the formula divides: the corrections are one number each, inverted once.
    fn direction(&self, m: &Tensor, v: &Tensor, by: &Corrections) -> Tensor {
        let mean_square = v * &by.square;
        let mean_square = if self.eps_root == 0.0 {
            mean_square
        } else {
            mean_square + constant(self.eps_root, v)
        };
        m * &by.mean / (mean_square.sqrt() + constant(self.eps, v))
    }
}

struct Corrections {
    mean: Tensor,
    square: Tensor,
}

impl Corrections {
    fn new(adam: &ScaleByAdam, step: &Tensor, dtype: DType) -> Corrections {
        let inverse = |b| Tensor::full(dtype, [], 1.0) / correction(b, step, dtype);
        Corrections {
            mean: inverse(adam.b1),
            square: inverse(adam.b2),
        }
    }
}

/// `1 - b^(step + 1)`, each operation in `dtype`.
fn correction(b: f64, step: &Tensor, dtype: DType) -> Tensor {
    let number = |x| Tensor::full(dtype, [], x);
    number(1.0) - number(b).pow(step.convert(dtype) + number(1.0))
}

pub(crate) const ENTRY: Entry = Entry {
    name: "scale_by_adam",
    sample: || Optimizer::new(ScaleByAdam::default()),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_optaxs_within_an_ulp_of_the_power() {
        let at = |b, step: i32| {
            correction(b, &Tensor::scalar(step), DType::F32)
                .item()
                .unwrap()
        };
        // 1 - f32(0.999), where exact arithmetic gives 0.001.
        assert_eq!(at(0.999, 0), f64::from(1.0 - 0.999f32));
        for (b, step) in [(0.9, 0), (0.9, 24), (0.999, 1), (0.999, 199), (0.95, 7)] {
            let exact = 1.0 - f64::from(b as f32).powi(step + 1);
            assert!(
                (at(b, step) - exact).abs() <= 2f64.powi(-23),
                "{b} {step}: {} {exact}",
                at(b, step)
            );
        }
    }
}
