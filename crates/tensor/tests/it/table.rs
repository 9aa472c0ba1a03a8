//! The laws over the table of operations.
use crate::{
    draws::{Draws, seed},
    laws::{self, Law, types},
};
use bouton_tensor::{Entry, Sample, ops::TABLE, printed};
use std::path::Path;

/// Laws that an operation breaks on purpose.
const EXCEPT: &[(&str, &str, &str)] = &[(
    "stop_gradient",
    "jvp_is_differences",
    "it hides its derivative",
)];

/// Inputs that an operation cannot have.
const WITHOUT: &[(&str, &str, &str)] = &[
    ("constant", "empty", "a constant is a scalar"),
    ("constant", "size 1", "a constant is a scalar"),
    ("constant", "several axes", "a constant is a scalar"),
    ("concatenate", "0-d", "a scalar has no axis"),
    (
        "convolution",
        "0-d",
        "groups and features have an axis each",
    ),
    ("cumulative_argmax", "0-d", "a scalar has no axis"),
    ("cumulative_argmin", "0-d", "a scalar has no axis"),
    ("linear_recurrence", "0-d", "a scalar has no axis"),
    ("iota", "0-d", "a scalar has no axis"),
    ("argmax", "0-d", "a scalar has no axis"),
    ("argmin", "0-d", "a scalar has no axis"),
    ("argsort", "0-d", "a scalar has no axis"),
    ("sort", "0-d", "a scalar has no axis"),
    ("top_k", "0-d", "a scalar has no axis"),
    ("cumulative_sum", "0-d", "a scalar has no axis"),
    ("cholesky", "0-d", "a matrix has two axes"),
    ("eigh", "0-d", "a matrix has two axes"),
    ("expm", "0-d", "a matrix has two axes"),
    ("lu", "0-d", "a matrix has two axes"),
    ("pinv", "0-d", "a matrix has two axes"),
    ("qr", "0-d", "a matrix has two axes"),
    ("solve", "0-d", "a matrix has two axes"),
    ("svd", "0-d", "a matrix has two axes"),
    ("triangular_solve", "0-d", "a matrix has two axes"),
    ("random_bits", "size 1", "a key has two words"),
];

#[track_caller]
fn report(failures: Vec<String>) {
    assert!(
        failures.is_empty(),
        "BOUTON_SEED={}; {} failures:\n{}",
        seed(),
        failures.len(),
        failures.join("\n")
    );
}

/// Checks a law on every sample and on fresh inputs of the same types.
#[track_caller]
fn check(name: &str, law: fn(&Sample, &mut Draws) -> Law) {
    let mut failures = vec![];
    for entry in TABLE
        .iter()
        .filter(|e| !EXCEPT.iter().any(|x| (x.0, x.1) == (e.name, name)))
    {
        for (i, sample) in (entry.samples)().into_iter().enumerate() {
            let mut draws = Draws::new((name, entry.name, i));
            let fresh = draws.fresh(&sample);
            for (what, s) in [("sample", &sample), ("fresh inputs like sample", &fresh)] {
                if let Err(e) = law(s, &mut draws) {
                    failures.push(format!(
                        "{} on {:?}, {what} {i}: {e}",
                        printed(&*s.op),
                        types(&s.inputs)
                    ));
                }
            }
        }
    }
    report(failures);
}

#[test]
fn infer_is_eval() {
    check("infer_is_eval", laws::infer_is_eval);
}

#[test]
fn jvp_is_differences() {
    check("jvp_is_differences", laws::jvp_is_differences);
}

#[test]
fn vjp_is_jvp() {
    check("vjp_is_jvp", laws::vjp_is_jvp);
}

#[test]
fn vmap_is_loop() {
    check("vmap_is_loop", laws::vmap_is_loop);
}

#[test]
fn grad_of_grad_is_differences() {
    check(
        "grad_of_grad_is_differences",
        laws::grad_of_grad_is_differences,
    );
}

#[test]
fn printed_tells_attributes() {
    let failures = TABLE
        .iter()
        .filter_map(|e| laws::printed_tells_attributes(&(e.samples)()).err());
    report(failures.collect());
}

#[test]
fn faults_say_their_words() {
    let says = |e: &Entry| {
        let file = format!("tensor/src/ops/{}.rs", e.name);
        let check = |(wrong, rule)| {
            laws::fault_says(&wrong, rule, &[&file, "tensor/src/families/"])
                .err()
                .map(|m| format!("{}: {m}", e.name))
        };
        (e.faults)()
            .into_iter()
            .filter_map(check)
            .collect::<Vec<_>>()
    };
    report(TABLE.iter().flat_map(|e| says(e)).collect());
}

#[test]
fn samples_cover_all_kinds_of_inputs() {
    let covers = |entry: &Entry, kind: &str| {
        let fits = |dims: &[usize]| match kind {
            "0-d" => dims.is_empty(),
            "size 1" => !dims.is_empty() && dims.iter().all(|&d| d == 1),
            "empty" => dims.contains(&0),
            _ => dims.len() > 1,
        };
        // Of an operation without inputs, its results count.
        (entry.samples)().iter().any(|s| match s.inputs.is_empty() {
            true => {
                s.op.infer(&[])
                    .is_ok_and(|y| y.iter().any(|t| fits(&t.shape)))
            }
            false => s.inputs.iter().any(|x| fits(x.shape())),
        })
    };
    let mut failures = vec![];
    for entry in TABLE {
        for kind in ["0-d", "size 1", "empty", "several axes"] {
            let excused = WITHOUT.iter().any(|w| (w.0, w.1) == (entry.name, kind));
            if covers(entry, kind) == excused {
                let what = if excused {
                    "is excused from, but has,"
                } else {
                    "lacks"
                };
                failures.push(format!("{} {what} a sample: {kind}", entry.name));
            }
        }
    }
    report(failures);
}

#[test]
fn the_table_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = names
        .filter_map(|n| n.strip_suffix(".rs").map(str::to_string))
        .filter(|n| n != "mod")
        .collect();
    files.sort();
    let table: Vec<&str> = TABLE.iter().map(|e| e.name).collect();
    assert_eq!(table, files);
    for entry in TABLE {
        let strange = (entry.samples)()
            .into_iter()
            .find(|s| s.op.name() != entry.name);
        assert!(
            strange.is_none(),
            "a sample of {} is another operation: {strange:?}",
            entry.name,
            strange = strange.map(|s| s.op)
        );
    }
}

/// The first line of the last statement; one may run over lines in braces.
fn last_statement(lines: &str) -> &str {
    let (mut depth, mut last) = (0, "");
    for line in lines.lines() {
        if depth == 0 {
            last = line;
        }
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
    }
    last
}

#[test]
fn stablehlo_is_the_golden_text() {
    let mut text = String::from(
        "# StableHLO of every sample: name, input types, lines, result types. BOUTON_UPDATE=1 writes this file.\n",
    );
    for entry in TABLE {
        for s in (entry.samples)() {
            let xt = types(&s.inputs);
            let y =
                s.op.infer(&xt)
                    .unwrap_or_else(|f| panic!("{}: {}", entry.name, f.rule()));
            let names: Vec<String> = (0..xt.len()).map(|i| format!("%x{i}")).collect();
            let lines = s.op.stablehlo(
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
                &xt,
                &y,
            );
            let last = last_statement(&lines);
            assert!(
                last.starts_with("%0 = ") || last.starts_with(&format!("%0:{} = ", y.len())),
                "{}: the last statement must define %0: {lines}",
                entry.name
            );
            text += &format!("\n{} {xt:?} -> {y:?}\n{lines}\n", printed(&*s.op));
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/stablehlo.txt");
    if std::env::var_os("BOUTON_UPDATE").is_some_and(|v| v == "1") {
        std::fs::write(&file, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    let differing = text
        .lines()
        .zip(golden.lines())
        .position(|(a, b)| a != b)
        .unwrap_or(golden.lines().count().min(text.lines().count()));
    let line = |t: &str| t.lines().nth(differing).unwrap_or("<end>").to_string();
    assert!(
        text == golden,
        "line {} of {file:?} differs; BOUTON_UPDATE=1 writes it anew\n  is     {}\n  golden {}",
        differing + 1,
        line(&text),
        line(&golden)
    );
}
