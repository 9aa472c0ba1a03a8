//! Diagonals of matrices: taken, made and put in place.
use crate::{
    DType, Fault, Operand, Result, Tensor, blame, families::matrices::two_axes,
    families::operands::as_tensor, here, step,
};

impl Tensor {
    /// The elements on a diagonal of each matrix: that which starts `offset` columns right of the first element, or
    /// `-offset` rows below it. One that lies outside is empty.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., k]`.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2, 3], [4, 5, 6]];
    /// assert_eq!(format!("{:?} {:?}", x.take_diagonal(0), x.take_diagonal(-1)), "i32[2] [1, 5] i32[1] [4]");
    /// ```
    ///
    /// Nx's `take_diagonal`; NumPy's `diagonal` of the last two axes.
    #[track_caller]
    pub fn take_diagonal(&self, offset: i64) -> Tensor {
        blame(here(), || taken(self, offset, "take_diagonal")).into()
    }

    /// Square matrices that have these vectors on a diagonal, as [`Tensor::take_diagonal`] counts them, and zeros elsewhere.
    ///
    /// # Shapes
    /// `[.., k] -> [.., n, n]`, where `n` is `k` and the distance of the diagonal.
    ///
    /// # Errors
    /// There must be an axis; the result must not be too large.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2].make_diagonal(0)), "i32[2, 2]\n[\n  [1, 0],\n  [0, 2]\n]");
    /// ```
    ///
    /// Nx's `make_diagonal`; NumPy's `diag` of a vector.
    #[track_caller]
    pub fn make_diagonal(&self, offset: i64) -> Tensor {
        blame(here(), || -> Result<Tensor> {
            let shape = self.shape()?;
            let fault =
                |rule: &str| Ok(Tensor::fault("make_diagonal", Fault::shape(rule), &[self]));
            let Some((&k, batch)) = shape.split_last() else {
                return fault("there must be an axis; a scalar has none");
            };
            let far = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            let Some(n) = k.checked_add(far).filter(|n| n.checked_mul(*n).is_some()) else {
                return fault("the result is too large to address");
            };
            let zeros = match self.dtype()? {
                DType::Bool => Tensor::full(DType::Bool, [], false),
                dtype => Tensor::zeros(dtype, []),
            };
            let to = [batch, &[n, n]].concat();
            Ok(put(&zeros.broadcast_to(to), self, offset, [n, n], k))
        })
        .into()
    }

    /// The tensor with other elements on a diagonal, which [`Tensor::take_diagonal`] counts.
    ///
    /// # Shapes
    /// `[.., m, n], [.., k] -> [.., m, n]`; the axes before the diagonal's broadcast to those of the tensor.
    ///
    /// # Types
    /// The diagonal is converted to the tensor's type.
    ///
    /// # Errors
    /// There must be two axes; the diagonal must have as many elements as the one it replaces, and broadcast.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 2], [3, 4]].put_diagonal(tensor![7, 8], 0);
    /// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [7, 2],\n  [3, 8]\n]");
    /// ```
    ///
    /// Nx's `put_diagonal`.
    #[track_caller]
    pub fn put_diagonal(&self, diagonal: impl Into<Operand>, offset: i64) -> Tensor {
        let diagonal = as_tensor(diagonal.into());
        blame(here(), || -> Result<Tensor> {
            let (ty, own) = (self.ty()?, diagonal.shape()?);
            let fault = |fault| Ok(Tensor::fault("put_diagonal", fault, &[self, &diagonal]));
            let [m, n] = match two_axes(&ty) {
                Ok(sizes) => sizes,
                Err(e) => return fault(e),
            };
            let k = length([m, n], offset);
            if own.last() != Some(&k) {
                let found = own
                    .last()
                    .map_or("no axis".to_string(), |n| format!("{n} elements"));
                return fault(Fault::shape(format!(
                    "the diagonal must have {k} elements; it has {found}"
                )));
            }
            let to = [&ty.shape[..ty.rank() - 2], &[k]].concat();
            let diagonal = diagonal.convert(ty.dtype).broadcast_to(to);
            Ok(put(self, &diagonal, offset, [m, n], k))
        })
        .into()
    }

    /// The sum of the diagonal of each matrix.
    ///
    /// # Shapes
    /// `[.., m, n] -> [..]`.
    ///
    /// # Types
    /// As [`Tensor::sum`].
    ///
    /// # Errors
    /// There must be two axes; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2], [3, 4]].trace()), "i32 5");
    /// ```
    ///
    /// NumPy's `trace` of the last two axes.
    #[track_caller]
    pub fn trace(&self) -> Tensor {
        blame(here(), || taken(self, 0, "trace").map(|d| d.sum_axes(-1))).into()
    }
}

/// How many elements a diagonal has.
fn length([m, n]: [usize; 2], offset: i64) -> usize {
    let far = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    match offset < 0 {
        true => m.saturating_sub(far).min(n),
        false => n.saturating_sub(far).min(m),
    }
}

fn taken(x: &Tensor, offset: i64, subject: &str) -> Result<Tensor> {
    let ty = x.ty()?;
    let [m, n] = match two_axes(&ty) {
        Ok(sizes) => sizes,
        Err(fault) => return Ok(Tensor::fault(subject, fault, &[x])),
    };
    let (k, batch) = (length([m, n], offset), &ty.shape[..ty.rank() - 2]);
    if k == 0 {
        return Ok(Tensor::zeros(ty.dtype, [batch, &[0]].concat()));
    }
    // Neighbours on a diagonal are a row and an element apart.
    let far = offset.unsigned_abs() as usize;
    let start = if offset < 0 { far * n } else { far };
    let last = step(start..start + (k - 1) * (n + 1) + 1, n + 1);
    let spans = batch.iter().map(|&d| step(0..d, 1)).chain([last]);
    let rows = x.reshape([batch, &[m * n]].concat());
    Ok(rows.slice(spans.collect::<Vec<_>>()))
}

/// `x` with `diagonal`, of `k` elements, in its place.
fn put(x: &Tensor, diagonal: &Tensor, offset: i64, [m, n]: [usize; 2], k: usize) -> Tensor {
    if k == 0 {
        return x.clone();
    }
    let Ok(rank) = diagonal.rank() else {
        return diagonal.clone();
    };
    // Above, the row says which element it is; below, the column.
    let side = if offset < 0 { n } else { m };
    let mut padding = vec![(0, 0, 0); rank];
    padding[rank - 1].1 = (side - k) as i64;
    let filler = match diagonal.dtype() {
        Ok(dtype) => Tensor::zeros(dtype, []),
        Err(_) => diagonal.clone(),
    };
    let long = diagonal.pad(filler, &padding);
    let values = if offset < 0 {
        long.as_row()
    } else {
        long.as_column()
    };
    let place = |axis| Tensor::iota(DType::I64, [m, n], axis);
    let here = (place(1) - place(0)).eq(offset);
    here.broadcast_like(x).select(values.broadcast_like(x), x)
}
