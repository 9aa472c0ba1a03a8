//! What is written reads back with the same bits, and the same arrays give the same bytes.
use crate::{
    arrays::{Draws, numpy_types},
    folder::Folder,
};
use bouton_array::{Array, DType};
use bouton_formats::{
    SafeTensors, npy,
    npz::{self, Compression},
    safetensors,
};
use std::collections::BTreeMap;

const SEED: u64 = 20;

#[test]
fn npy_files_of_every_type_and_shape() {
    let folder = Folder::new();
    let path = folder.file("x.npy");
    let mut draws = Draws(SEED);
    for dtype in numpy_types() {
        for _ in 0..50 {
            let shape = draws.shape();
            let array = draws.array(dtype, &shape);
            let bytes = npy::to_bytes(&array).unwrap();
            assert!(
                npy::parse(&bytes).unwrap().same_bits(&array),
                "{}",
                array.ty()
            );
            assert!((bytes.len() - array.bytes().len()).is_multiple_of(64));
        }
        let array = draws.array(dtype, &[7, 3]);
        npy::write(&path, &array).unwrap();
        assert!(npy::read(&path).unwrap().same_bits(&array));
        assert_eq!(
            std::fs::read(&path).unwrap(),
            npy::to_bytes(&array).unwrap()
        );
    }
}

/// Up to six arrays of any type and shape with names.
fn several(draws: &mut Draws, types: &[DType]) -> Vec<(String, Array)> {
    let n = draws.below(7);
    let one = |i| {
        let (dtype, shape) = (types[draws.below(types.len())], draws.shape());
        let name = [
            "w",
            "layers[0].kernel",
            "größe",
            "a/b.c",
            "[1]",
            "x y",
            ".npy",
        ][draws.below(7)];
        (format!("{name}{i}"), draws.array(dtype, &shape))
    };
    (0..n).map(one).collect()
}

#[track_caller]
fn same(found: &[(String, Array)], expected: &[(String, Array)]) {
    assert_eq!(found.len(), expected.len());
    for ((a, x), (b, y)) in found.iter().zip(expected) {
        assert!(a == b && x.same_bits(y), "{a} {x:?}, expected {b} {y:?}");
    }
}

#[test]
fn npz_files_of_every_type_and_shape() {
    let folder = Folder::new();
    let path = folder.file("x.npz");
    let types: Vec<DType> = numpy_types().collect();
    let mut draws = Draws(SEED);
    for _ in 0..100 {
        let arrays = several(&mut draws, &types);
        for compression in [Compression::Stored, Compression::Deflated] {
            let list = || arrays.iter().map(|(name, array)| (name, array));
            let bytes = npz::to_bytes(list(), compression).unwrap();
            same(&npz::parse(&bytes).unwrap(), &arrays);
            assert_eq!(npz::to_bytes(list(), compression).unwrap(), bytes);
        }
    }
    let arrays = several(&mut draws, &types);
    for compression in [Compression::Stored, Compression::Deflated] {
        npz::write(&path, arrays.clone(), compression).unwrap();
        same(&npz::read(&path).unwrap(), &arrays);
    }
}

#[test]
fn a_long_deflated_member_is_read_as_it_grows() {
    let long = Array::from_vec(
        [3, 1 << 20],
        (0..3 << 20).map(|i| i / 1000).collect::<Vec<i32>>(),
    );
    let arrays = [("long".to_string(), long.unwrap())];
    let bytes = npz::to_bytes(arrays.clone(), Compression::Deflated).unwrap();
    assert!(bytes.len() < 1 << 18, "{} bytes", bytes.len());
    same(&npz::parse(&bytes).unwrap(), &arrays);
}

#[test]
fn safetensors_files_of_every_type_and_shape() {
    let folder = Folder::new();
    let path = folder.file("x.safetensors");
    let mut draws = Draws(SEED);
    for i in 0..100 {
        let mut arrays = several(&mut draws, &DType::ALL);
        let metadata =
            BTreeMap::from_iter((0..i % 3).map(|k| (format!("k\"{k}"), "größe\n".repeat(k))));
        let bytes = safetensors::to_bytes(arrays.clone(), &metadata).unwrap();
        let file = SafeTensors::parse(bytes.clone()).unwrap();
        assert_eq!((file.metadata(), file.len()), (&metadata, arrays.len()));
        assert_eq!(file.is_empty(), arrays.is_empty());
        for (name, array) in &arrays {
            assert!(file.contains(name) && file.read(name).unwrap().same_bits(array));
            assert_eq!(file.ty(name).unwrap(), *array.ty());
        }
        // Elements are aligned in the file, whatever the order that they were given in.
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert!(header.is_multiple_of(8));
        arrays.reverse();
        assert_eq!(
            safetensors::to_bytes(arrays.clone(), &metadata).unwrap(),
            bytes
        );
        safetensors::write(&path, arrays, &metadata).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        same(
            &safetensors::read(&path).unwrap(),
            &file.read_all().unwrap(),
        );
    }
}

#[cfg(unix)] // other systems do not let a mapped file be replaced
#[test]
fn a_mapped_file_that_is_replaced_stays_what_it_was() {
    let folder = Folder::new();
    let path = folder.file("x.safetensors");
    let write =
        |x: f32| safetensors::write(&path, [("x", Array::scalar(x))], &BTreeMap::new()).unwrap();
    write(1.0);
    let old = SafeTensors::open(&path).unwrap();
    write(2.0);
    let new = SafeTensors::open(&path).unwrap();
    assert_eq!(old.read("x").unwrap().slice::<f32>(), [1.0]);
    assert_eq!(new.read("x").unwrap().slice::<f32>(), [2.0]);
}
