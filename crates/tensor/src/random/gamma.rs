//! The gamma distribution and those made of it.
use super::{normal, split};
use crate::{
    Operand, Result, Shape, Tensor, blame,
    families::operands::{as_tensor, common_type},
    here, keep,
    ops::random_gamma::random_gamma,
};

/// Numbers of the gamma distribution with this concentration (its shape parameter) and scale 1.
///
/// # Shapes
/// The concentration broadcasts to `shape`.
///
/// # Types
/// Drawn in the float type of the concentration; of a number or integers, in `f32`. A concentration that is not above 0
/// gives NaN.
///
/// # Gradient
/// There is none by the concentration.
///
/// # Errors
/// The concentration must broadcast to `shape`; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let x = random::gamma(&random::key(42), 3.0, [1000]);
/// assert!((x.mean().item()? - 3.0).abs() < 0.2);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables (2000), as `jax.random.gamma`.
#[track_caller]
pub fn gamma(key: &Tensor, concentration: impl Into<Operand>, shape: impl Into<Shape>) -> Tensor {
    let (a, shape) = (as_tensor(concentration.into()), shape.into());
    blame(here(), || draw(key, a, shape, false)).into()
}

/// Logarithms of [`gamma`]: of small concentrations they are of use where the numbers themselves are 0.
///
/// # Errors
/// As [`gamma`].
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let (key, a) = (random::key(42), 3.0);
/// let difference = random::log_gamma(&key, a, [100]) - random::gamma(&key, a, [100]).log();
/// assert!(difference.abs().max().item()? < 1e-5);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
#[track_caller]
pub fn log_gamma(
    key: &Tensor,
    concentration: impl Into<Operand>,
    shape: impl Into<Shape>,
) -> Tensor {
    let (a, shape) = (as_tensor(concentration.into()), shape.into());
    blame(here(), || draw(key, a, shape, true)).into()
}

fn draw(key: &Tensor, a: Tensor, shape: Shape, logarithm: bool) -> Result<Tensor> {
    let a = a.convert(a.dtype()?.to_float()).broadcast_to(shape);
    Ok(random_gamma(key, &a, logarithm))
}

/// Numbers of the beta distribution with these two concentrations.
///
/// # Shapes
/// The concentrations broadcast to `shape`.
///
/// # Types
/// Drawn in the common float type of the concentrations.
///
/// # Errors
/// As [`gamma`].
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let x = random::beta(&random::key(42), 2.0, 6.0, [1000]);
/// assert!((x.mean().item()? - 0.25).abs() < 0.02);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `jax.random.beta`.
#[track_caller]
pub fn beta(
    key: &Tensor,
    a: impl Into<Operand>,
    b: impl Into<Operand>,
    shape: impl Into<Shape>,
) -> Tensor {
    let (a, b, shape) = (a.into(), b.into(), shape.into());
    blame(here(), || -> Result<Tensor> {
        let [a, b] = common_type([a, b]);
        let keys = split(key, 2);
        let [a, b] = [
            draw(&keys[0], a, shape.clone(), true)?,
            draw(&keys[1], b, shape, true)?,
        ];
        let most = a.maximum(&b);
        let (a, b) = ((a - &most).exp(), (b - most).exp());
        Ok(&a / (&a + b))
    })
    .into()
}

/// Rows of numbers that add up to 1, of the Dirichlet distribution with these concentrations.
///
/// # Shapes
/// The concentrations `[.., n]` give `shape` and `n` behind it; the axes before `n` broadcast to `shape`.
///
/// # Errors
/// As [`gamma`]; the concentrations must have an axis.
///
/// # Example
/// ```
/// # use bouton_tensor::{random, tensor};
/// let x = random::dirichlet(&random::key(42), tensor![1.0, 2.0, 3.0], [4]);
/// assert!(x.sum_axes(-1).all_close(tensor![1.0, 1.0, 1.0, 1.0]).item()? == 1.0);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// Gamma numbers by their sum, as `jax.random.dirichlet`.
#[track_caller]
pub fn dirichlet(
    key: &Tensor,
    concentrations: impl Into<Operand>,
    shape: impl Into<Shape>,
) -> Tensor {
    let (a, shape) = (as_tensor(concentrations.into()), shape.into());
    blame(here(), || -> Result<Tensor> {
        let Some(&n) = a.shape()?.last() else {
            let fault = crate::Fault::shape("the concentrations must have an axis");
            return Ok(Tensor::fault("random::dirichlet", fault, &[key, &a]));
        };
        let all: Shape = shape.iter().copied().chain([n]).collect();
        Ok(draw(key, a, all, true)?.softmax(keep(-1)))
    })
    .into()
}

/// Numbers of the chi-squared distribution with these degrees of freedom: sums of so many squares of normal numbers.
///
/// # Errors
/// As [`gamma`].
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let x = random::chi_squared(&random::key(42), 5.0, [1000]);
/// assert!((x.mean().item()? - 5.0).abs() < 0.3);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `jax.random.chisquare`.
#[track_caller]
pub fn chi_squared(key: &Tensor, freedom: impl Into<Operand>, shape: impl Into<Shape>) -> Tensor {
    let (freedom, shape) = (as_tensor(freedom.into()), shape.into());
    blame(here(), || -> Result<Tensor> {
        let freedom = freedom.convert(freedom.dtype()?.to_float());
        Ok(draw(key, freedom * 0.5, shape, true)?.exp() * 2.0)
    })
    .into()
}

/// Numbers of Student's t distribution with these degrees of freedom.
///
/// # Errors
/// As [`gamma`].
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let x = random::student_t(&random::key(42), 5.0, [1000]);
/// assert!(x.mean().item()?.abs() < 0.2);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `jax.random.t`.
#[track_caller]
pub fn student_t(key: &Tensor, freedom: impl Into<Operand>, shape: impl Into<Shape>) -> Tensor {
    let (freedom, shape) = (as_tensor(freedom.into()), shape.into());
    blame(here(), || -> Result<Tensor> {
        let dtype = freedom.dtype()?.to_float();
        let keys = split(key, 2);
        let half = freedom.convert(dtype) * 0.5;
        let n = normal(&keys[0], dtype, &shape);
        Ok(n * (&half / draw(&keys[1], half.clone(), shape, false)?).sqrt())
    })
    .into()
}
