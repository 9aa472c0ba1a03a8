//! Sums of the loss and the metrics, kept inside of the compiled step and read when somebody looks.
use bouton_tensor::{Array, DType, Tensor, Type};

/// The sum of a quantity over examples and the weight it stands for, both `f64[]`: counts stay exact up to 2^53.
pub(crate) type Total = (Tensor, Tensor);

/// Nothing seen yet, of `n` quantities.
pub(crate) fn zeros(n: usize) -> Vec<Total> {
    (0..n)
        .map(|_| (Tensor::scalar(0f64), Tensor::scalar(0f64)))
        .collect()
}

/// How batches are averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Averaging {
    /// Over the examples of an epoch.
    #[default]
    Epoch,
    /// Over all batches since the start of the run, every batch counting the same.
    SinceStart,
}

impl Averaging {
    /// The totals after a batch in which the quantities had these sums and weights.
    pub(crate) fn add(self, totals: &[Total], batch: &[Total]) -> Vec<Total> {
        let wide = |t: &Tensor| t.convert(DType::F64);
        let both = totals.iter().zip(batch);
        both.map(|((sum, weight), (s, w))| match self {
            Averaging::Epoch => (sum + wide(s), weight + wide(w)),
            Averaging::SinceStart => (sum + wide(s) / wide(w), weight + 1.0),
        })
        .collect()
    }
}

/// The means that totals stand for, read from their arrays: sum, weight, sum, weight, ..
pub(crate) fn means(totals: &[Array]) -> impl Iterator<Item = f64> {
    totals
        .chunks_exact(2)
        .map(|total| total[0].get_f64(0) / total[1].get_f64(0))
}

/// Starts over, in place.
pub(crate) fn clear(totals: &mut [Array]) {
    for total in totals {
        debug_assert_eq!(total.ty(), &Type::scalar(DType::F64));
        total.slice_mut::<f64>().fill(0.0);
    }
}
