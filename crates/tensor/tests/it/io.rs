//! Tensors and trees as files: names, types and shapes, and whose mistake it is when they do not fit.
use bouton_tensor::{
    DType, Error, ErrorKind, Fault, Tensor, bf16, grad, here,
    io::{self, Compression},
    jit, tensor, tree,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A folder of a test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("bouton-io-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug)]
struct Dense<P> {
    kernel: P,
    bias: Option<P>,
}
tree!(Dense<P> { kernel, bias });

#[derive(Debug)]
struct Network<P> {
    layers: Vec<Dense<P>>,
    step: P,
}
tree!(Network<P> { layers, step });

fn network(x: f64) -> Network<Tensor> {
    let layer = |bias| Dense {
        kernel: x * tensor![[1.0, 2.0], [3.0, 4.0]],
        bias,
    };
    Network {
        layers: vec![layer(Some(x * tensor![0.5, 0.25])), layer(None)],
        step: tensor![7, 8],
    }
}

struct Mixed {
    a: Vec<Tensor>,
    more: BTreeMap<String, Tensor>,
}
tree!(Mixed { a, more });

const NAMES: [&str; 4] = [
    "layers[0].bias",
    "layers[0].kernel",
    "layers[1].kernel",
    "step",
];

#[track_caller]
fn same(a: &Network<Tensor>, b: &Network<Tensor>) {
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
}

#[test]
fn a_tree_comes_back_by_its_names() {
    let folder = Folder::new("tree");
    let (npz, safetensors) = (folder.file("x.npz"), folder.file("x.safetensors"));
    for compression in [Compression::Stored, Compression::Deflated] {
        io::save_npz(&npz, &network(2.0), compression).unwrap();
        let all = io::load_npz(&npz).unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), NAMES);
        same(
            &io::load_npz_like(&npz, &network(0.0)).unwrap(),
            &network(2.0),
        );
    }
    io::save_safetensors(&safetensors, &network(3.0)).unwrap();
    let all = io::load_safetensors(&safetensors).unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), NAMES);
    assert_eq!(format!("{:?}", all["step"]), "i32[2] [7, 8]");
    same(
        &io::load_safetensors_like(&safetensors, &network(0.0)).unwrap(),
        &network(3.0),
    );
    // What a loader gives is saved under the names that it has.
    let again = folder.file("again.safetensors");
    io::save_safetensors(&again, &all).unwrap();
    assert_eq!(fs::read(&again).unwrap(), fs::read(&safetensors).unwrap());
    // A template that has less reads less.
    let some = BTreeMap::from([("step".to_string(), tensor![0, 0])]);
    let some = io::load_safetensors_like(&safetensors, &some).unwrap();
    assert_eq!(format!("{some:?}"), "{\"step\": i32[2] [7, 8]}");
}

#[test]
fn one_tensor_has_a_name_too() {
    let folder = Folder::new("one");
    let (npy, npz) = (folder.file("x.npy"), folder.file("x.npz"));
    let x = tensor![1.5, 2.5];
    io::save_npy(&npy, &x).unwrap();
    assert_eq!(
        format!("{:?}", io::load_npy(&npy).unwrap()),
        "f32[2] [1.5, 2.5]"
    );
    io::save_npz(&npz, &x, Compression::Stored).unwrap();
    assert_eq!(
        format!("{:?}", io::load_npz(&npz).unwrap()),
        "{\"tensor\": f32[2] [1.5, 2.5]}"
    );
    let back = io::load_npz_like(&npz, &Tensor::zeros(DType::F32, [2])).unwrap();
    assert_eq!(back.to_vec::<f32>().unwrap(), [1.5, 2.5]);
}

#[test]
fn what_is_pending_is_computed_and_saved() {
    let folder = Folder::new("pending");
    let path = folder.file("x.safetensors");
    let x = tensor![3.0, 4.0];
    let y = grad(&x, |x| x.square().sum());
    io::save_safetensors(&path, &(&y, &(y.clone() + 1.0))).unwrap();
    let all = io::load_safetensors(&path).unwrap();
    assert_eq!(
        format!("{all:?}"),
        "{\"[0]\": f32[2] [6.0, 8.0], \"[1]\": f32[2] [7.0, 9.0]}"
    );
}

/// An error of this call, in this file.
#[track_caller]
fn check<T: std::fmt::Debug>(
    result: Result<T, Error>,
    kind: ErrorKind,
    start: &str,
    file: Option<&Path>,
) {
    let error = result.unwrap_err();
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    assert!(text.starts_with(start), "{text}");
    if let Some(file) = file {
        assert!(
            text.contains(&format!("\n  file: {}", file.display())),
            "{text}"
        );
    }
    // A file is nobody's mistake, and everything else the caller's.
    let place = error.place().map(|at| at.file());
    assert_eq!(
        place,
        (kind != ErrorKind::File).then_some(file!()),
        "{text}"
    );
}

#[test]
fn a_template_that_does_not_fit_names_the_leaf() {
    let folder = Folder::new("fit");
    let (npz, safetensors) = (folder.file("x.npz"), folder.file("x.safetensors"));
    io::save_npz(&npz, &network(1.0), Compression::Stored).unwrap();
    io::save_safetensors(&safetensors, &network(1.0)).unwrap();
    let wrong = |change: fn(&mut Network<Tensor>), kind: ErrorKind, rule: &str| {
        let mut template = network(0.0);
        change(&mut template);
        let start = format!("load_npz_like: {rule}");
        check(io::load_npz_like(&npz, &template), kind, &start, Some(&npz));
        let start = format!("load_safetensors_like: {rule}");
        check(
            io::load_safetensors_like(&safetensors, &template),
            kind,
            &start,
            Some(&safetensors),
        );
    };
    wrong(
        |n| n.layers[1].kernel = tensor![[1.0, 2.0]],
        ErrorKind::Shape,
        "layers[1].kernel must be f32[1, 2]; the file holds f32[2, 2]",
    );
    wrong(
        |n| n.step = tensor![1.0, 2.0],
        ErrorKind::Type,
        "step must be f32[2]; the file holds i32[2]",
    );
    wrong(
        |n| n.layers[1].bias = Some(tensor![1.0]),
        ErrorKind::Structure,
        "layers[1].bias must be in the file; it holds layers[0].",
    );
    let poisoned = Tensor::from_error(Error::new("mine", Fault::value("no"), here()));
    let error = io::load_npz_like(&npz, &poisoned).unwrap_err();
    assert!(error.is(poisoned.error().unwrap()));
}

#[test]
fn what_a_format_cannot_hold_is_the_callers_mistake() {
    let folder = Folder::new("hold");
    let path = folder.file("x");
    let half = Tensor::scalar(bf16::ONE);
    let rule = "the element type must be one that NumPy has; bf16 is not";
    check(
        io::save_npy(&path, &half),
        ErrorKind::Value,
        &format!("save_npy: npy: {rule}"),
        Some(&path),
    );
    let npz = io::save_npz(&path, &half, Compression::Stored);
    check(
        npz,
        ErrorKind::Value,
        &format!("save_npz: npy: {rule}"),
        Some(&path),
    );
    let mixed = Mixed {
        a: vec![tensor![1.0]],
        more: BTreeMap::from([("x.y".to_string(), tensor![2.0])]),
    };
    io::save_safetensors(&path, &mixed).unwrap();
    let names: Vec<String> = io::load_safetensors(&path).unwrap().into_keys().collect();
    assert_eq!(names, ["a[0]", "more.x.y"]);
    let nested = |key: &str| BTreeMap::from([(key.to_string(), tensor![1.0])]);
    let twice = BTreeMap::from([
        ("a".to_string(), nested("b.c")),
        ("a.b".to_string(), nested("c")),
    ]);
    let rule = "a name must come once; \"a.b.c\" comes twice";
    let safetensors = io::save_safetensors(&path, &twice);
    check(
        safetensors,
        ErrorKind::Value,
        &format!("save_safetensors: safetensors: {rule}"),
        Some(&path),
    );
    let npz = io::save_npz(&path, &twice, Compression::Stored);
    check(
        npz,
        ErrorKind::Value,
        &format!("save_npz: npz: {rule}"),
        Some(&path),
    );
}

#[test]
fn files_that_are_not_there_or_not_sound_are_nobodys_mistake() {
    let folder = Folder::new("sound");
    let path = folder.file("x");
    check(
        io::load_npy(&path),
        ErrorKind::File,
        "load_npy: npy: open: ",
        Some(&path),
    );
    check(
        io::load_npz(&path),
        ErrorKind::File,
        "load_npz: npz: open: ",
        Some(&path),
    );
    let safetensors = io::load_safetensors(&path);
    check(
        safetensors,
        ErrorKind::File,
        "load_safetensors: safetensors: open: ",
        Some(&path),
    );
    let missing = folder.file("missing/x");
    check(
        io::save_npy(&missing, &tensor![1]),
        ErrorKind::File,
        "save_npy: npy: write: ",
        Some(&missing),
    );
    fs::write(&path, b"{}").unwrap();
    check(
        io::load_npy(&path),
        ErrorKind::File,
        "load_npy: npy: a file must begin",
        Some(&path),
    );
    check(
        io::load_npz(&path),
        ErrorKind::File,
        "load_npz: npz: an archive must end",
        Some(&path),
    );
    let safetensors = io::load_safetensors_like(&path, &tensor![1]);
    check(
        safetensors,
        ErrorKind::File,
        "load_safetensors_like: safetensors: a file must",
        Some(&path),
    );
}

#[test]
fn errors_and_missing_values_come_out() {
    let folder = Folder::new("errors");
    let path = folder.file("x");
    let poisoned = Tensor::from_error(Error::new("mine", Fault::value("no"), here()));
    let first = poisoned.error().unwrap();
    assert!(io::save_npy(&path, &poisoned).unwrap_err().is(first));
    assert!(
        io::save_safetensors(&path, &(tensor![1], &poisoned))
            .unwrap_err()
            .is(first)
    );
    assert!(
        io::save_npz(&path, &vec![poisoned.clone()], Compression::Stored)
            .unwrap_err()
            .is(first)
    );
    let traced = {
        let path = path.clone();
        jit(move |x: &Tensor| {
            let error = io::save_npy(&path, x).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tracing, "{error}");
            x + 1.0
        })
    };
    let _ = traced(&tensor![1.0]);
    assert!(!path.exists());
}
