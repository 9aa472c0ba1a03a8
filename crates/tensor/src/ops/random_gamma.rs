//! Numbers of the gamma distribution.
use crate::{
    DType, Entry, Tensor,
    families::drawing::{Drawing, Stream, drawing, entry},
};
use bouton_array::math::Real;

/// For each concentration a number of the gamma distribution, or its logarithm.
#[track_caller]
pub(crate) fn random_gamma(key: &Tensor, concentration: &Tensor, logarithm: bool) -> Tensor {
    drawing(RandomGamma { logarithm }, key, concentration)
}

#[derive(Clone, Copy, Debug)]
struct RandomGamma {
    logarithm: bool,
}

impl Drawing for RandomGamma {
    const NAME: &'static str = "random_gamma";

    fn result(&self, parameter: DType) -> DType {
        parameter
    }

    /// G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, 2000, with JAX's use of keys: of a
    /// concentration below 1, the number for one more times a power of a uniform one.
    fn draw<R: Real>(&self, key: Stream, i: usize, n: usize, concentration: R) -> R {
        // Also where it is NaN: no loop would end.
        if concentration.partial_cmp(&R::ZERO) != Some(std::cmp::Ordering::Greater) {
            return R::NAN;
        }
        let third = R::from_f64(1.0 / 3.0);
        let large = concentration >= R::ONE;
        let d = if large {
            concentration - third
        } else {
            concentration + R::ONE - third
        };
        if d.to_f64() == f64::INFINITY {
            return R::INFINITY;
        }
        let c = third / d.sqrt();
        let key = key.split(n, i);
        let (loops, boosts) = (key.split(2, 0), key.split(2, 1));
        let v = accepted(loops, d, c);
        let power = R::ONE / concentration;
        match self.logarithm {
            false => {
                let boost = (R::ONE - boosts.uniform::<R>(1, 0)).pow(power);
                d * v * if large { R::ONE } else { boost }
            }
            true => {
                let boost = (-boosts.uniform::<R>(1, 0)).ln_1p() * power;
                d.ln() + v.ln() + if large { R::ZERO } else { boost }
            }
        }
    }

    fn members() -> Vec<RandomGamma> {
        [false, true]
            .map(|logarithm| RandomGamma { logarithm })
            .to_vec()
    }
}

/// The first cube that is accepted.
fn accepted<R: Real>(mut key: Stream, d: R, c: R) -> R {
    let (half, squeeze) = (R::from_f64(0.5), R::from_f64(0.0331));
    loop {
        let [next, mut normals, uniforms] = [0, 1, 2].map(|i| key.split(3, i));
        key = next;
        let (x, v) = loop {
            let x = normals.split(2, 1).normal::<R>();
            let v = R::ONE + x * c;
            if v > R::ZERO {
                break (x, v);
            }
            normals = normals.split(2, 0);
        };
        let (x, v) = (x * x, v * v * v);
        let u = uniforms.uniform::<R>(1, 0);
        let rejected =
            u >= R::ONE - squeeze * (x * x) && u.ln() >= x * half + d * ((R::ONE - v) + v.ln());
        if !rejected {
            return v;
        }
    }
}

pub(crate) const ENTRY: Entry = entry::<RandomGamma>();
