//! What cannot be written, and what is not there, is said in words.
use crate::folder::Folder;
use bouton_array::{Array, DType, Type, bf16};
use bouton_formats::{
    Error, ErrorKind, SafeTensors, npy,
    npz::{self, Compression},
    safetensors,
};
use std::{collections::BTreeMap, error::Error as _};

#[track_caller]
fn check<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind, message: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(error.to_string(), message);
    assert_eq!(format!("{error:?}"), message);
}

fn x() -> Array {
    Array::scalar(1.0f32)
}

/// More axes than anybody has.
fn deep() -> Array {
    Array::zeros(&Type::new(DType::F32, vec![1; 65])).unwrap()
}

#[test]
fn what_numpy_has_no_name_for_is_not_written() {
    let folder = Folder::new();
    let half = Array::scalar(bf16::ONE);
    let rule = "npy: the element type must be one that NumPy has; bf16 is not";
    let help = "\n  help: convert it to another element type, or write safetensors";
    check(
        npy::to_bytes(&half),
        ErrorKind::Argument,
        &format!("{rule}{help}"),
    );
    let path = folder.file("x");
    let file = format!("\n  file: {}", path.display());
    check(
        npy::write(&path, &half),
        ErrorKind::Argument,
        &format!("{rule}{file}{help}"),
    );
    let name = "\n  name: w";
    check(
        npz::write(&path, [("v", x()), ("w", half)], Compression::Stored),
        ErrorKind::Argument,
        &format!("{rule}{name}{file}{help}"),
    );
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn names_are_checked_before_anything_is_written() {
    let several =
        |names: &[&str]| npz::to_bytes(names.iter().map(|n| (*n, x())), Compression::Stored);
    check(
        several(&["a", "a"]),
        ErrorKind::Argument,
        "npz: a name must come once; \"a\" comes twice",
    );
    let rule = "npz: a name must be a path below a folder, without empty parts, . and ..; ";
    check(
        several(&[""]),
        ErrorKind::Argument,
        &format!("{rule}\"\" is not"),
    );
    check(
        several(&["a/../b"]),
        ErrorKind::Argument,
        &format!("{rule}\"a/../b\" is not"),
    );
    check(
        several(&["a\nb"]),
        ErrorKind::Argument,
        "npz: a name must be free of \\, : and control characters; \"a\\nb\" is not",
    );
    check(
        several(&["a".repeat(65_532).as_str()]),
        ErrorKind::Argument,
        "npz: a name must have fewer than 65,532 bytes; one has 65532",
    );
    assert!(several(&["a".repeat(65_531).as_str(), "a.npy", "a", "[0].x y"]).is_ok());
    let several =
        |names: &[&str]| safetensors::to_bytes(names.iter().map(|n| (*n, x())), &BTreeMap::new());
    check(
        several(&["a", "a"]),
        ErrorKind::Argument,
        "safetensors: a name must come once; \"a\" comes twice",
    );
    check(
        several(&["__metadata__"]),
        ErrorKind::Argument,
        "safetensors: a tensor must not be called __metadata__",
    );
    assert!(several(&["", "../a", "\0"]).is_ok());
}

#[test]
fn more_axes_than_64_are_not_written() {
    let rule = "an array must have at most 64 axes; this one has 65";
    check(
        npy::to_bytes(&deep()),
        ErrorKind::Argument,
        &format!("npy: {rule}"),
    );
    check(
        safetensors::to_bytes([("x", deep())], &BTreeMap::new()),
        ErrorKind::Argument,
        &format!("safetensors: tensor \"x\": {rule}"),
    );
    let most = Array::zeros(&Type::new(DType::F32, vec![1; 64])).unwrap();
    assert!(
        npy::parse(&npy::to_bytes(&most).unwrap())
            .unwrap()
            .same_bits(&most)
    );
}

#[test]
fn files_that_are_not_there_are_named() {
    let folder = Folder::new();
    let path = folder.file("missing/x");
    let gone = std::fs::metadata(&path).unwrap_err();
    let refused = |what: &str| format!("{what}: {gone}\n  file: {}", path.display());
    check(npy::read(&path), ErrorKind::File, &refused("npy: open"));
    check(npz::read(&path), ErrorKind::File, &refused("npz: open"));
    check(
        safetensors::read(&path),
        ErrorKind::File,
        &refused("safetensors: open"),
    );
    check(
        npy::write(&path, &x()),
        ErrorKind::File,
        &refused("npy: write"),
    );
    check(
        npz::write(&path, [("x", x())], Compression::Stored),
        ErrorKind::File,
        &refused("npz: write"),
    );
    check(
        safetensors::write(&path, [("x", x())], &BTreeMap::new()),
        ErrorKind::File,
        &refused("safetensors: write"),
    );
    assert!(npy::read(&path).unwrap_err().source().is_some());
}

#[test]
fn tensors_that_are_not_there_are_named_with_those_that_are() {
    let names = |n: usize| (0..n).map(|i| (format!("t{i}"), x()));
    let missing = |n| {
        let content = safetensors::to_bytes(names(n), &BTreeMap::new()).unwrap();
        SafeTensors::parse(content).unwrap().read("w")
    };
    let rule = "safetensors: there must be a tensor \"w\"; there are ";
    check(missing(0), ErrorKind::Missing, &format!("{rule}none"));
    check(missing(2), ErrorKind::Missing, &format!("{rule}t0, t1"));
    check(
        missing(12),
        ErrorKind::Missing,
        &format!("{rule}t0, t1, t10, t11, t2, t3, t4, t5, and 4 more"),
    );
}
