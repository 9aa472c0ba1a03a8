//! Elements multiplied along axes.
use crate::{
    Array, Axes, DType, Entry, Fault, Tensor,
    families::{
        element_types::ElementTypes,
        reduction::{Fold, Reduction, entry, reduce},
    },
};
use bouton_ir as ir;

impl Tensor {
    /// The product of all elements. `bool` and integers of less than 32 bits are widened to 32.
    ///
    /// # Gradient
    /// The product of all others, right also where elements are zero; takes work that grows with the square of
    /// their number.
    ///
    /// # Errors
    /// No gradient of a product whose factors times themselves, over all products, are more than 2^28.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].product()), "f32 24.0");
    /// ```
    #[track_caller]
    pub fn product(&self) -> Tensor {
        reduce::<Product>(&self.aggregate(), None)
    }

    /// Product along the given axes, which go away, or stay with size 1: `x.product_axes(keep(-1))`.
    /// See [`Tensor::product`].
    ///
    /// # Errors
    /// An axis that does not exist or is named twice; a gradient that is too large.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1.0, 2.0], [3.0, 4.0]].product_axes(0)), "f32[2] [3.0, 8.0]");
    /// ```
    #[track_caller]
    pub fn product_axes(&self, axes: impl Into<Axes>) -> Tensor {
        reduce::<Product>(&self.aggregate(), Some(axes.into()))
    }
}

#[derive(Debug, Default)]
struct Product;

/// A gradient multiplies at most so many elements.
const LIMIT: usize = 1 << 28;

/// The product of all elements but each one, along the axes on which `y` has size 1. No division: elements may be 0.
fn of_the_others(x: &Tensor, y: &Tensor) -> Result<Tensor, Fault> {
    let (Ok(from), Ok(to)) = (x.shape(), y.shape()) else {
        return Ok(x.clone());
    };
    let (folded, kept): (Vec<usize>, Vec<usize>) = (0..from.rank()).partition(|&a| to[a] == 1);
    let order: Vec<usize> = kept.iter().chain(&folded).copied().collect();
    let n: usize = folded.iter().map(|&a| from[a]).product();
    let m: usize = kept.iter().map(|&a| from[a]).product();
    if m.checked_mul(n)
        .and_then(|w| w.checked_mul(n))
        .is_none_or(|w| w > LIMIT)
    {
        let rule = format!(
            "the gradient of {m} products of {n} factors would multiply more than 2^28 elements"
        );
        return Err(Fault::value(rule).help("sum logarithms instead: x.log().sum_axes(..).exp()"));
    }
    let rows = x.transpose(&order).reshape([m, 1, n]);
    let index = |axis| Tensor::iota(DType::I32, [n, n], axis);
    let diagonal = index(0).eq(index(1));
    let others = diagonal.select(1.0, rows).product_axes(2);
    let mut inverse = vec![0; order.len()];
    for (i, &axis) in order.iter().enumerate() {
        inverse[axis] = i;
    }
    let sizes: Vec<usize> = order.iter().map(|&a| from[a]).collect();
    Ok(others.reshape(sizes).transpose(inverse))
}

impl Reduction for Product {
    const NAME: &'static str = "product";
    const FORM: ir::Reduction = ir::Reduction::Product;
    const TYPES: ElementTypes = ElementTypes::Numbers;
    const STABLEHLO: &'static str = "multiply";
    const REFUSES_NOTHING: Option<&'static str> = None;

    fn start(dtype: DType) -> String {
        if dtype.is_float() {
            "1.0".into()
        } else {
            "1".into()
        }
    }

    fn eval(x: &Array, fold: &Fold) -> Array {
        match x.dtype() {
            DType::F64 => fold.run(x, 1.0, |p: f64, x: f64| p * x),
            dtype if dtype.is_float() => fold
                .run(&x.cast(DType::F32), 1.0, |p: f32, x: f32| p * x)
                .cast(dtype),
            // Modulo 2^64, and so modulo any smaller power.
            dtype => fold
                .run(&x.cast(DType::I64), 1, i64::wrapping_mul)
                .cast(dtype),
        }
    }

    fn vjp(x: &Tensor, y: &Tensor, d: &Tensor) -> Result<Option<Tensor>, Fault> {
        Ok(Some(d * of_the_others(x, y)?))
    }

    fn jvp(x: &Tensor, y: &Tensor, d: &Tensor, axes: &[usize]) -> Result<Option<Tensor>, Fault> {
        Ok(Some((d * of_the_others(x, y)?).sum_axes(axes)))
    }
}

pub(crate) const ENTRY: Entry = entry::<Product>();

#[cfg(test)]
mod tests {
    use crate::{DType, Tensor, grad, tensor};

    #[test]
    fn zeros_do_not_spoil_the_gradient() {
        let x = tensor![[2.0, 0.0, 3.0], [0.0, 5.0, 0.0]];
        let dx = grad(&x, |x| x.product_axes(1).sum());
        assert_eq!(
            format!("{dx:?}"),
            "f32[2, 3]\n[\n  [0.0, 6.0, 0.0],\n  [0.0, 0.0, 0.0]\n]"
        );
    }

    #[test]
    fn a_gradient_beyond_the_limit_is_refused() {
        let dx = grad(&Tensor::ones(DType::F32, [20_000]), |x| x.product());
        let text = dx.error().map(ToString::to_string).unwrap_or_default();
        let rule = "grad of product { axes: [0] }: the gradient of 1 products of 20000 factors would multiply more than 2^28 elements";
        assert_eq!(text.lines().next(), Some(rule));
    }
}
