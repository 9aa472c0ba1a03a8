//! Functions against NumPy and SciPy, on every record of their golden file.
use crate::golden::{Golden, read};
use bouton_tensor::{Array, Indexing, PadMode, Tensor, einsum, meshgrid};

/// What a record asks for, computed.
fn computed(g: &Golden) -> Vec<Tensor> {
    let x: Vec<Tensor> = g.inputs().iter().cloned().map(Tensor::from_array).collect();
    let axis = || g.number::<i32>("axis");
    let size = || g.number::<usize>("size");
    let one = match g.name.as_str() {
        "asin" => x[0].asin(),
        "acos" => x[0].acos(),
        "atan" => x[0].atan(),
        "sinh" => x[0].sinh(),
        "cosh" => x[0].cosh(),
        "asinh" => x[0].asinh(),
        "acosh" => x[0].acosh(),
        "atanh" => x[0].atanh(),
        "log2" => x[0].log2(),
        "log10" => x[0].log10(),
        "exp2" => x[0].exp2(),
        "erfc" => x[0].erfc(),
        "trunc" => x[0].trunc(),
        "signbit" => x[0].signbit(),
        "sinc" => x[0].sinc(),
        "to_degrees" => x[0].to_degrees(),
        "to_radians" => x[0].to_radians(),
        "lgamma" => x[0].lgamma(),
        "digamma" => x[0].digamma(),
        "polygamma" => x[0].polygamma(g.number("order")),
        "population_count" => x[0].population_count(),
        "count_leading_zeros" => x[0].count_leading_zeros(),
        "nan_to_num" => x[0].nan_to_num(1.5, 2.5, -2.5),
        "copysign" => x[0].copysign(&x[1]),
        "hypot" => x[0].hypot(&x[1]),
        "logaddexp" => x[0].logaddexp(&x[1]),
        "xlogy" => x[0].xlogy(&x[1]),
        "xlog1py" => x[0].xlog1py(&x[1]),
        "floor_divide" => x[0].floor_divide(&x[1]),
        "modulo" => x[0].modulo(&x[1]),
        "gcd" => x[0].gcd(&x[1]),
        "lcm" => x[0].lcm(&x[1]),
        "roll" => x[0].roll(g.number("shift"), axis()),
        "rot90" => x[0].rot90(g.number("k")),
        "diff" => x[0].diff(g.number("order"), axis()),
        "move_axis" => x[0].move_axis(g.number("a"), g.number("b")),
        "swap_axes" => x[0].swap_axes(g.number("a"), g.number("b")),
        "pad_with" => {
            let mode = match g.get("mode") {
                Some("edge") => PadMode::Edge,
                Some("reflect") => PadMode::Reflect,
                Some("symmetric") => PadMode::Symmetric,
                _ => PadMode::Wrap,
            };
            let ends = g.numbers::<usize>("padding");
            let pairs: Vec<(usize, usize)> = ends.chunks(2).map(|p| (p[0], p[1])).collect();
            x[0].pad_with(mode, &pairs)
        }
        "meshgrid" => {
            let indexing = match g.get("indexing") {
                Some("xy") => Indexing::Xy,
                _ => Indexing::Ij,
            };
            return meshgrid(x, indexing);
        }
        "median" => x[0].median(axis()),
        "nan_median" => x[0].nan_median(axis()),
        "quantile" => x[0].quantile(&x[1], axis()),
        "nan_quantile" => x[0].nan_quantile(&x[1], axis()),
        "sort_descending" => x[0].sort_descending(axis()),
        "argsort_descending" => x[0].argsort_descending(axis()),
        "nan_sum" => x[0].nan_sum(axis()),
        "nan_product" => x[0].nan_product(axis()),
        "nan_max" => x[0].nan_max(axis()),
        "nan_min" => x[0].nan_min(axis()),
        "nan_mean" => x[0].nan_mean(axis()),
        "nan_variance" => x[0].nan_variance(axis(), 0),
        "nan_standard_deviation" => x[0].nan_standard_deviation(axis(), 0),
        "peak_to_peak" => x[0].peak_to_peak(axis()),
        "count_nonzero" => x[0].count_nonzero(axis()),
        "weighted_mean" => x[0].weighted_mean(&x[1], axis()),
        "top_k" => {
            let (values, indices) = x[0].top_k(g.number("k"));
            return vec![values, indices];
        }
        "mode" => x[0].mode(axis()),
        "cumulative_product" => x[0].cumulative_product(axis()),
        "cumulative_max" => x[0].cumulative_max(axis()),
        "cumulative_min" => x[0].cumulative_min(axis()),
        "searchsorted" => x[0].searchsorted(&x[1]),
        "searchsorted_right" => x[0].searchsorted_right(&x[1]),
        "digitize" => x[0].digitize(&x[1]),
        "bincount" => x[0].bincount(g.number("length")),
        "bincount_weighted" => x[0].bincount_weighted(&x[1], g.number("length")),
        "histogram" => {
            let (low, high) = (g.number("low"), g.number("high"));
            let (counts, edges) = x[0].histogram(g.number("bins"), low, high);
            return vec![counts, edges];
        }
        "interp" => x[0].interp(&x[1], &x[2]),
        "nonzero" => return x[0].nonzero(size()),
        "unique" => {
            let (values, counts) = x[0].unique(size());
            return vec![values, counts];
        }
        "compress" => x[0].compress(&x[1], size()),
        "einsum" => einsum(g.get("equation").unwrap_or(""), &x),
        "tensordot" => x[0].tensordot(&x[1], g.number("axes")),
        "inner" => x[0].inner(&x[1]),
        "vdot" => x[0].vdot(&x[1]),
        _ => return vec![],
    };
    vec![one]
}

#[test]
fn functions_of_numpy_and_scipy() {
    let records = read(include_str!("../golden/functions.txt"));
    let mut failures = vec![];
    for g in &records {
        let results = computed(g);
        if results.len() != g.results().len() {
            failures.push(format!("{} in line {}: no counterpart", g.name, g.line));
            continue;
        }
        let arrays: Result<Vec<Array>, _> = results.iter().map(Tensor::to_array).collect();
        let outcome = match arrays {
            Err(e) => Err(format!("{} in line {}: {e}", g.name, g.line)),
            Ok(y) => g.compare_all(&y),
        };
        failures.extend(outcome.err());
    }
    assert!(
        failures.is_empty(),
        "{} of {} records:\n{}",
        failures.len(),
        records.len(),
        failures.join("\n")
    );
}
