//! The house rules, applied to this workspace.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test stops at the first surprise

use bouton_tidy::{
    Breach, Tree, arrows, dependencies, places, sizes, tables, unfinished, unsafety, words,
};
use std::path::{Path, PathBuf};

/// Files over the limit, and why each is not split.
const LONG: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[track_caller]
fn check(rule: impl Fn(&Tree) -> Vec<Breach>) {
    let tree = Tree::read(&root()).unwrap();
    assert!(tree.rust().count() > 100, "the workspace was not found");
    let found: Vec<String> = rule(&tree).iter().map(Breach::to_string).collect();
    assert!(
        found.is_empty(),
        "{} breaches:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn arrows_point_down() {
    check(arrows::breaches);
}

#[test]
fn unsafe_code_is_where_it_may_be_and_says_why() {
    check(unsafety::breaches);
}

#[test]
fn files_are_short() {
    check(|tree| sizes::too_long(tree, LONG));
}

#[test]
fn first_lines_say_what_a_file_is_for() {
    check(sizes::first_lines);
}

#[test]
fn files_are_named_by_their_idea() {
    check(sizes::names);
}

#[test]
fn tables_are_their_folders() {
    check(tables::breaches);
}

#[test]
fn nothing_is_left_for_later() {
    check(unfinished::breaches);
}

#[test]
fn no_file_speaks_of_a_certain_machine() {
    check(words::breaches);
}

#[test]
fn documents_speak_of_files_that_exist() {
    check(places::breaches);
}

#[test]
fn third_party_crates_are_few() {
    let small = dependencies::third_party(&root(), "bouton", "").unwrap();
    let whole = dependencies::third_party(&root(), "bouton", "download,image,command").unwrap();
    println!("{} without features: {small:?}", small.len());
    println!(
        "{} with download, image and the command: {whole:?}",
        whole.len()
    );
    assert!(
        small.contains("half"),
        "the list is not the library's: {small:?}"
    );
    assert!(
        small.len() < dependencies::FEWER_THAN.0,
        "{} crates: {small:?}",
        small.len()
    );
    assert!(
        whole.len() < dependencies::FEWER_THAN.1,
        "{} crates: {whole:?}",
        whole.len()
    );
}
