//! The tables name what the folders hold, and every entry makes what it names.
use bouton_nn::{layers, losses, metrics};

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
    check("layers", layers::TABLE.iter().map(|e| e.name).collect());
    check("losses", losses::TABLE.iter().map(|e| e.name).collect());
    check("metrics", metrics::TABLE.iter().map(|e| e.name).collect());
}

#[test]
fn entries_make_what_they_name() {
    for entry in losses::TABLE {
        assert_eq!((entry.make)().to_string(), entry.name);
        assert_eq!(losses::find(entry.name).unwrap().name, entry.name);
    }
    for entry in metrics::TABLE {
        assert_eq!((entry.sample)().name(), entry.name);
    }
    for entry in layers::TABLE.iter().filter(|e| e.name != "custom") {
        let line = (entry.sample)().to_string();
        assert!(
            line.contains(&format!("output: {}_0 ", entry.name)),
            "{line}"
        );
    }
}
