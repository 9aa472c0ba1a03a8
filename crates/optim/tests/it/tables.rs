//! The tables name what the folders hold, and everything prints its own name.
use bouton_optim::{optimizers, schedules, transformations};

#[track_caller]
fn check(folder: &str, table: Vec<&str>) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(folder);
    let files = std::fs::read_dir(path)
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files
        .filter(|f| f != "mod.rs")
        .map(|f| f.trim_end_matches(".rs").to_string())
        .collect();
    files.sort();
    assert_eq!(table, files, "{folder}");
}

#[test]
fn every_file_is_in_its_table() {
    check(
        "optimizers",
        optimizers::TABLE.iter().map(|e| e.name).collect(),
    );
    check(
        "schedules",
        schedules::TABLE.iter().map(|e| e.name).collect(),
    );
    check(
        "transformations",
        transformations::TABLE.iter().map(|e| e.name).collect(),
    );
}

#[test]
fn entries_print_their_names() {
    for entry in optimizers::TABLE {
        assert_eq!((entry.make)(0.1.into()).name(), entry.name);
        assert_eq!(optimizers::find(entry.name).unwrap().name, entry.name);
    }
    assert!(optimizers::find("adamw2").is_none());
    for entry in transformations::TABLE {
        assert_eq!((entry.sample)().name(), entry.name);
    }
    for entry in schedules::TABLE.iter().filter(|e| e.name != "constant") {
        assert!((entry.sample)().to_string().starts_with(entry.name));
    }
}
