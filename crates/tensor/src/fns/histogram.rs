//! How often elements come up, and between which neighbours they lie.
use crate::{DType, Fault, Operand, Result, Tensor, blame, families::operands::as_tensor, here};

impl Tensor {
    /// How often each of the numbers 0 to `length - 1` comes up among the elements, as `i32`; other numbers are left out.
    ///
    /// # Shapes
    /// Any `-> [length]`.
    ///
    /// # Errors
    /// The elements must be integers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0, 2, 2, 7].bincount(4)), "i32[4] [1, 0, 2, 0]");
    /// ```
    ///
    /// JAX's `bincount(x, length=..)`.
    #[track_caller]
    pub fn bincount(&self, length: usize) -> Tensor {
        blame(here(), || {
            counted(self, "bincount", length, |inside| {
                inside.convert(DType::I32)
            })
        })
        .into()
    }

    /// For each of the numbers 0 to `length - 1` the sum of the weights of the elements that are this number.
    ///
    /// # Shapes
    /// The weights have the tensor's shape, or broadcast to it. Any `-> [length]`.
    ///
    /// # Errors
    /// The elements must be integers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![0, 2, 2].bincount_weighted(tensor![0.5, 1.0, 2.0], 3);
    /// assert_eq!(format!("{y:?}"), "f32[3] [0.5, 0.0, 3.0]");
    /// ```
    #[track_caller]
    pub fn bincount_weighted(&self, weights: impl Into<Operand>, length: usize) -> Tensor {
        let weights = as_tensor(weights.into());
        blame(here(), || {
            counted(self, "bincount_weighted", length, |inside| {
                let zeros = weights.zeros_like();
                inside.select(&weights, zeros)
            })
        })
        .into()
    }

    /// How many elements lie in each of `bins` equal parts of the range from `low` to `high`, as `i32`, and the
    /// `bins + 1` ends of the parts. A part has its lower end, the last one both; what lies outside is left out.
    ///
    /// # Shapes
    /// Any `-> [bins], [bins + 1]`.
    ///
    /// # Errors
    /// There must be a part; `low` must be below `high`.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (counts, edges) = tensor![1.0, 2.0, 1.5, 9.0].histogram(2, 1.0, 3.0);
    /// assert_eq!(format!("{counts:?} {edges:?}"), "i32[2] [2, 1] f32[3] [1.0, 2.0, 3.0]");
    /// ```
    ///
    /// NumPy's `histogram(x, bins, range=(low, high))`.
    #[track_caller]
    pub fn histogram(&self, bins: usize, low: f64, high: f64) -> (Tensor, Tensor) {
        blame(here(), || {
            if bins == 0 || !(low < high && (high - low).is_finite()) {
                let rule = "there must be a part, and low must be below high, both finite";
                let e = Tensor::fault("histogram", Fault::value(rule), &[self]);
                return (e.clone(), e);
            }
            let x = self.to_float();
            let edges = match x.dtype() {
                Ok(dtype) => edges(bins, low, high).convert(dtype),
                Err(e) => Tensor::from_error(e),
            };
            let part = x.digitize(&edges) - 1;
            let part = x.eq(edges.at(-1)).select(bins as i64 - 1, part);
            (part.bincount(bins), edges)
        })
    }

    /// For each element how many of the increasing `edges` are not above it, as `i32`. NaN lies above all.
    ///
    /// # Shapes
    /// `[..], [n] -> [..]`.
    ///
    /// # Errors
    /// As [`Tensor::searchsorted`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![0.5, 1.0, 7.0].digitize(tensor![1.0, 2.0])), "i32[3] [0, 1, 2]");
    /// ```
    ///
    /// NumPy's `digitize`.
    #[track_caller]
    pub fn digitize(&self, edges: impl Into<Operand>) -> Tensor {
        let edges = as_tensor(edges.into());
        blame(here(), || edges.searchsorted_right(self))
    }

    /// Straight lines between the points `(xp, fp)`, taken at each element; what lies outside takes the value of the
    /// nearest end. `xp` must increase.
    ///
    /// # Shapes
    /// `[..], [n], [n] -> [..]`.
    ///
    /// # Types
    /// Promoted to a common float; integers are taken as `f32`.
    ///
    /// # Gradient
    /// By the elements the slopes of the lines; by `fp` the weights of the two points.
    ///
    /// # Errors
    /// `xp` and `fp` must be of one axis and of the same size, at least 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![0.5, 5.0].interp(tensor![0.0, 1.0, 2.0], tensor![0.0, 10.0, 40.0]);
    /// assert_eq!(format!("{y:?}"), "f32[2] [5.0, 40.0]");
    /// ```
    ///
    /// NumPy's `interp`.
    #[track_caller]
    pub fn interp(&self, xp: impl Into<Operand>, fp: impl Into<Operand>) -> Tensor {
        let (xp, fp) = (as_tensor(xp.into()), as_tensor(fp.into()));
        blame(here(), || lines(self, xp, fp)).into()
    }
}

/// The ends of equal parts of a range, in `f64`.
fn edges(parts: usize, low: f64, high: f64) -> Tensor {
    let i = Tensor::iota(DType::F64, [parts.saturating_add(1)], 0);
    let edge = &i / parts as f64 * (high - low) + low;
    i.eq(parts as f64).select(high, edge)
}

fn counted(
    x: &Tensor,
    subject: &str,
    length: usize,
    weights: impl FnOnce(Tensor) -> Tensor,
) -> Result<Tensor> {
    let ty = x.ty()?;
    if !ty.dtype.is_integer() {
        let fault = Fault::dtype(format!("the elements must be integers, not {}", ty.dtype));
        let fault = fault.help("convert them first, for example with .convert(DType::I32)");
        return Ok(Tensor::fault(subject, fault, &[x]));
    }
    let wide = x.convert(DType::I64);
    let inside = wide.ge(0).and(wide.lt(length as i64));
    let weights = weights(inside);
    let zeros = Tensor::zeros(weights.dtype()?, [length]);
    if length == 0 {
        return Ok(zeros);
    }
    // An index outside would count at the nearest end: its weight is zero.
    let weights = weights.broadcast_to(&ty.shape).flatten();
    Ok(zeros.scatter_add(wide.flatten(), weights, 0))
}

fn lines(x: &Tensor, xp: Tensor, fp: Tensor) -> Result<Tensor> {
    let (p, f) = (xp.shape()?, fp.shape()?);
    if p.rank() != 1 || p != f || p[0] == 0 {
        let rule = "the points must be two lists of the same size, at least 1";
        return Ok(Tensor::fault("interp", Fault::shape(rule), &[x, &xp, &fp]));
    }
    let dtype = [&xp, &fp, x]
        .iter()
        .map(|t| t.dtype())
        .try_fold(DType::Bool, |all, d| Ok::<_, crate::Error>(all.promote(d?)))?
        .to_float();
    let [x, xp, fp] = [x, &xp, &fp].map(|t| t.convert(dtype));
    let last = p[0] as i64 - 1;
    let right = xp.searchsorted_right(&x).clamp(last.min(1), last);
    let left = (&right - 1).maximum(0);
    let at = |t: &Tensor, i: &Tensor| t.take(i, 0);
    let (x0, x1, f0, f1) = (
        at(&xp, &left),
        at(&xp, &right),
        at(&fp, &left),
        at(&fp, &right),
    );
    let width = &x1 - &x0;
    let flat = width.eq(0.0);
    let part = (&x - &x0) / flat.select(width.ones_like(), &width);
    let y = &f0 + part.clamp(0.0, 1.0) * (&f1 - &f0);
    Ok(y)
}
