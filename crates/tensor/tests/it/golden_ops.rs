//! Operations against JAX, NumPy and exact arithmetic, on every record of the golden files that has a counterpart.
use crate::golden::{Golden, read};
use bouton_tensor::{DType, Tensor, concatenate, step};

/// Records without a counterpart, and why.
const WITHOUT: &[(&str, &str)] = &[
    (
        "jax_take",
        "for the record: JAX's other ways with an index outside",
    ),
    (
        "jax_take_along_axis",
        "for the record: JAX's other ways with an index outside",
    ),
    (
        "round_nearest_afz",
        "halves go to the even number, as in NumPy",
    ),
];

/// What a record asks for, computed; `None` without a counterpart.
fn computed(g: &Golden) -> Option<Tensor> {
    let x: Vec<Tensor> = g.inputs().iter().cloned().map(Tensor::from_array).collect();
    let wanted = g.results()[0].ty();
    let axes = || {
        g.numbers::<i32>("axes")
            .into_iter()
            .collect::<bouton_tensor::Axes>()
    };
    let axis = || g.number::<i32>("axis");
    let is_integer = x
        .first()
        .is_some_and(|x| x.dtype().is_ok_and(|d| d.is_integer()));
    Some(match g.name.as_str() {
        "abs" => x[0].abs(),
        "negate" => x[0].negate(),
        "sign" => x[0].sign(),
        "not" => x[0].not(),
        "popcnt" => x[0].population_count(),
        "exponential" => x[0].exp(),
        "exponential_minus_one" => x[0].exp_m1(),
        "log" => x[0].log(),
        "log_plus_one" => x[0].log_1p(),
        "sqrt" => x[0].sqrt(),
        "rsqrt" => x[0].rsqrt(),
        "cbrt" => x[0].cbrt(),
        "sine" => x[0].sin(),
        "cosine" => x[0].cos(),
        "tanh" => x[0].tanh(),
        "logistic" => x[0].logistic(),
        "erf" => x[0].erf(),
        "floor" => x[0].floor(),
        "ceil" => x[0].ceil(),
        "round_nearest_even" => x[0].round(),
        "is_finite" => x[0].is_finite(),
        "add" => &x[0] + &x[1],
        "subtract" => &x[0] - &x[1],
        "multiply" => &x[0] * &x[1],
        "divide" | "divide_by_zero" if is_integer => x[0].quotient(&x[1]),
        "divide" => &x[0] / &x[1],
        "remainder" | "remainder_by_zero" => &x[0] % &x[1],
        "power" => x[0].pow(&x[1]),
        "atan2" => x[0].atan2(&x[1]),
        // Of two booleans these are `or` and `and`.
        "maximum" if wanted.dtype == DType::Bool => x[0].or(&x[1]),
        "minimum" if wanted.dtype == DType::Bool => x[0].and(&x[1]),
        "maximum" | "maximum_zeros" => x[0].maximum(&x[1]),
        "minimum" | "minimum_zeros" => x[0].minimum(&x[1]),
        "and" => &x[0] & &x[1],
        "or" => &x[0] | &x[1],
        "xor" => &x[0] ^ &x[1],
        "shift_left" => &x[0] << &x[1],
        "shift_right_logical" => x[0].shift_right_logical(&x[1]),
        "shift_right_arithmetic" => x[0].shift_right_arithmetic(&x[1]),
        "compare" => match g.get("direction") {
            Some("EQ") => x[0].eq(&x[1]),
            Some("NE") => x[0].ne(&x[1]),
            Some("LT") => x[0].lt(&x[1]),
            Some("LE") => x[0].le(&x[1]),
            Some("GT") => x[0].gt(&x[1]),
            _ => x[0].ge(&x[1]),
        },
        "select" => x[0].select(&x[1], &x[2]),
        "clamp" => x[1].clamp(&x[0], &x[2]),
        "convert" => x[0].convert(wanted.dtype),
        "reduce_sum" => x[0].sum_axes(axes()),
        "reduce_prod" => x[0].product_axes(axes()),
        "reduce_max" => x[0].max_axes(axes()),
        "reduce_min" => x[0].min_axes(axes()),
        "reduce_and" => x[0].all_axes(axes()),
        "reduce_or" => x[0].any_axes(axes()),
        "argmax" => x[0].argmax_axis(axis()),
        "argmin" => x[0].argmin_axis(axis()),
        "dot_general" => {
            let pairs = |name: &str| {
                let side = |s: &str| g.numbers::<usize>(&format!("{s}_{name}"));
                side("lhs").into_iter().zip(side("rhs")).collect::<Vec<_>>()
            };
            x[0].dot_general(&x[1], &pairs("batch"), &pairs("contract"))
        }
        "pad" => {
            let (low, high, interior) =
                (g.numbers("low"), g.numbers("high"), g.numbers("interior"));
            let padding: Vec<(i64, i64, usize)> = (0..low.len())
                .map(|i| (low[i], high[i], interior[i]))
                .collect();
            x[0].pad(&x[1], &padding)
        }
        "slice" => {
            let (start, limit, strides) = (
                g.numbers::<usize>("start"),
                g.numbers::<usize>("limit"),
                g.numbers("strides"),
            );
            let spans: Vec<_> = (0..start.len())
                .map(|i| step(start[i]..limit[i], strides[i]))
                .collect();
            x[0].slice(spans)
        }
        "concatenate" => concatenate(&x, axis()),
        "transpose" => x[0].transpose(g.numbers::<usize>("permutation")),
        "reverse" => x[0].reverse(axes()),
        "reshape" => x[0].reshape(&wanted.shape),
        "broadcast_in_dim" => x[0].broadcast_in_dim(&wanted.shape, &g.numbers("axes")),
        "iota" => Tensor::iota(wanted.dtype, &wanted.shape, axis()),
        "take" => x[0].take(&x[1], axis()),
        "take_along_axis" => x[0].take_along_axis(&x[1], axis()),
        "one_hot" => x[0].one_hot_as(g.number("classes"), wanted.dtype),
        "softmax" | "softmax_edge" => x[0].softmax(axis()),
        "log_softmax" | "log_softmax_edge" => x[0].log_softmax(axis()),
        "logsumexp" | "logsumexp_edge" => x[0].logsumexp(axis()),
        "mean" | "mean_empty" => x[0].mean_axes(axes()),
        "variance" => x[0].variance_axes(axes(), 0),
        "standard_deviation" => x[0].standard_deviation_axes(axes(), 0),
        _ => return None,
    })
}

/// Records of folding nothing, which is refused rather than answered with the worst value of the type.
fn refused(g: &Golden) -> bool {
    let nothing = |axis: usize| g.inputs()[0].shape()[axis] == 0;
    matches!(g.name.as_str(), "reduce_max" | "reduce_min")
        && g.numbers::<usize>("axes").into_iter().any(nothing)
}

#[track_caller]
fn check(text: &str) {
    let records = read(text);
    let mut failures = vec![];
    for g in &records {
        let excused = WITHOUT.iter().any(|w| w.0 == g.name);
        let Some(y) = computed(g).filter(|_| !excused) else {
            if !excused {
                failures.push(format!(
                    "{} in line {} has no counterpart here",
                    g.name, g.line
                ));
            }
            continue;
        };
        let outcome = match y.to_array() {
            Err(e) if refused(g) && e.to_string().contains("of nothing has no value") => Ok(()),
            Err(e) => Err(format!("{} in line {}: {e}", g.name, g.line)),
            Ok(_) if refused(g) => Err(format!("{} in line {} was to be refused", g.name, g.line)),

            Ok(y) => g.compare(&y),
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

#[test]
fn elementwise() {
    check(include_str!("../golden/ops_elementwise.txt"));
}

#[test]
fn conversions_and_choices() {
    check(include_str!("../golden/ops_convert.txt"));
}

#[test]
fn folds_products_and_movement() {
    check(include_str!("../golden/ops.txt"));
}
