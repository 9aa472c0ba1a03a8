//! The suite of all operations for every compiler: the same results as the reference evaluation.
use crate::{
    draws::{Draws, seed},
    laws::{compiled_is_reference, types},
};
use bouton_tensor::{DType, compiler::compiler, ops::TABLE, printed};

/// Operations whose floats may differ by rounding, with the reason; all others give the same bits.
const ROUNDED: &[(&str, &str)] = &[
    ("dot_general", "partial sums in the order of the tiles"),
    ("product", "partial products in the order of the lanes"),
    ("scatter_add", "sums in the type itself"),
    ("sum", "partial sums in the order of the lanes"),
];

/// Steps of the type as a relative error, for so few terms as a sample has.
fn rounding(dtype: DType) -> f64 {
    match dtype {
        DType::F64 => 1e-14,
        DType::F32 => 1e-6,
        DType::F16 => 2e-3,
        _ => 1.6e-2,
    }
}

#[track_caller]
fn check(name: &str) {
    let chosen = compiler(name).unwrap();
    let mut failures = vec![];
    for entry in TABLE {
        for (i, sample) in (entry.samples)().into_iter().enumerate() {
            let fresh = Draws::new((name, entry.name, i)).fresh(&sample);
            for (what, s) in [("sample", &sample), ("fresh inputs like sample", &fresh)] {
                let rounds = ROUNDED.iter().any(|r| r.0 == entry.name);
                let float = s.inputs.iter().map(|x| x.dtype()).find(|d| d.is_float());
                let tolerance = float.filter(|_| rounds).map_or(0.0, rounding);
                if let Err(e) = compiled_is_reference(&*chosen, s, tolerance) {
                    failures.push(format!(
                        "{} on {:?}, {what} {i}: {e}",
                        printed(&*s.op),
                        types(&s.inputs)
                    ));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "BOUTON_SEED={}; {name}: {} failures:\n{}",
        seed(),
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn cpu_is_reference() {
    check("cpu");
}

#[test]
fn the_reference_interpreter_is_reference() {
    check("reference");
}
