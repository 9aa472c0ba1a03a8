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

/// What the loss is averaged over; metrics always over the examples of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LossMean {
    /// The examples of an epoch.
    #[default]
    Epoch,
    /// All batches since the start of the run, every batch counting the same.
    SinceStart,
}

impl LossMean {
    /// The totals after a batch in which the quantities, the loss first, had these sums and weights.
    pub(crate) fn add(self, totals: &[Total], batch: Vec<Total>) -> Vec<Total> {
        let wide = |t: Tensor| t.convert(DType::F64);
        let both = totals.iter().zip(batch).enumerate();
        both.map(|(i, ((sum, weight), (s, w)))| match self {
            LossMean::SinceStart if i == 0 => (sum + wide(s) / wide(w), weight + 1.0),
            _ => (sum + wide(s), weight + wide(w)),
        })
        .collect()
    }

    /// Starts an epoch, in place.
    pub(crate) fn start_epoch(self, totals: &mut [Array]) {
        clear(match self {
            LossMean::Epoch => totals,
            LossMean::SinceStart => &mut totals[2..],
        });
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
