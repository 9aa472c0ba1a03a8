//! Model files: what is written is read, the same bytes each time, and nothing else is taken for one.
use bouton_nn::{
    Batch, Dense, Dim, FileErrorKind, Model, Params, Policy,
    file::{self, ModelFile},
    init, layers,
};
use bouton_tensor::{DType, Tensor, Tree, random};
use std::{fs, path::PathBuf};

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("bouton-nn-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
    fn names(&self) -> Vec<String> {
        fs::read_dir(&self.0)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn small() -> (Model, Params) {
    let model = Model::input("x", [Batch, Dim(3)])
        .dense(Dense::new(2).kernel(init::he_normal()))
        .named("first")
        .relu()
        .dense(2)
        .softmax()
        .with_policy(Policy::bf16());
    let params = model.build().unwrap().init(&random::key(5));
    (model, params)
}

#[test]
fn a_saved_model_comes_back() {
    let folder = Folder::new("round");
    let (model, params) = small();
    let path = folder.file("m.bouton");
    model.save(&path, &params).unwrap();
    let (loaded, values) = Model::load(&path).unwrap();
    assert_eq!(loaded.table().unwrap(), model.table().unwrap());
    assert_eq!(loaded.mermaid().unwrap(), model.mermaid().unwrap());
    assert_eq!(loaded.policy(), model.policy());
    assert_eq!(values.tree().unwrap(), params.tree().unwrap());
    for (a, b) in values.leaves().iter().zip(params.leaves()) {
        assert!(a.to_array().unwrap().same_bits(&b.to_array().unwrap()));
    }
    let x = random::normal(&random::key(1), DType::F32, [4, 3]);
    let predict = |m: &Model, p: &Params| m.build().unwrap().predict(p, &x).to_array().unwrap();
    assert!(predict(&loaded, &values).same_bits(&predict(&model, &params)));
    // Layers put on a loaded model go on counting.
    assert!(
        loaded.dense(3).to_string().contains("output: dense_1 "),
        "{}",
        loaded.dense(3)
    );
    assert_eq!(folder.names(), ["m.bouton"]);
}

#[test]
fn every_layer_of_the_table_comes_back_or_says_why_not() {
    let folder = Folder::new("layers");
    for entry in layers::TABLE {
        let model = (entry.sample)();
        let params = model.build().unwrap().init(&random::key(5));
        let path = folder.file(entry.name);
        let saved = model.save(&path, &params);
        if entry.name == "custom" {
            let error = saved.unwrap_err();
            assert_eq!(error.kind(), FileErrorKind::Unsaveable);
            let text = error.to_string();
            assert!(
                text.contains(": the model cannot be saved: the layer \"doubling_0\" defined at "),
                "{text}"
            );
            assert!(text.ends_with(" is a closure") && !path.exists(), "{text}");
            continue;
        }
        saved.unwrap();
        assert_eq!(
            Model::load(&path).unwrap().0.table().unwrap(),
            model.table().unwrap()
        );
    }
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let folder = Folder::new("bytes");
    let bytes = |name: &str| {
        let (model, params) = small();
        model.save(folder.file(name), &params).unwrap();
        fs::read(folder.file(name)).unwrap()
    };
    assert_eq!(bytes("a"), bytes("b"));
    let (loaded, params) = Model::load(folder.file("a")).unwrap();
    loaded.save(folder.file("c"), &params).unwrap();
    assert_eq!(fs::read(folder.file("c")).unwrap(), bytes("a"));
}

#[test]
fn a_file_names_the_data_that_its_weights_were_trained_on() {
    let folder = Folder::new("data");
    let (model, params) = small();
    for (name, trained_on) in [
        ("none", None),
        ("some", Some("made \"digits\" train".to_string())),
    ] {
        let path = folder.file(name);
        let file = ModelFile {
            model: model.clone(),
            params: params.clone(),
            trained_on: trained_on.clone(),
        };
        file.write(&path).unwrap();
        let read = ModelFile::read(&path).unwrap();
        assert_eq!(read.trained_on, trained_on);
        assert_eq!(read.params.tree().unwrap(), params.tree().unwrap());
        read.write(folder.file("again")).unwrap();
        assert_eq!(
            fs::read(folder.file("again")).unwrap(),
            fs::read(&path).unwrap()
        );
        assert_eq!(
            Model::load(&path).unwrap().0.table().unwrap(),
            model.table().unwrap()
        );
    }
}

#[test]
fn cut_files_are_refused_at_every_length() {
    let folder = Folder::new("cut");
    let (model, params) = small();
    let path = folder.file("m");
    model.save(&path, &params).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Model::load(&path).unwrap_err();
        // A file that still shows that it was ours is told from one that never was.
        let ours = length >= 8 + br#"{"__metadata__":{"bouton":"#.len();
        let kind = if ours {
            FileErrorKind::Damaged
        } else {
            FileErrorKind::Foreign
        };
        assert_eq!(error.kind(), kind, "{length}: {error}");
    }
    fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
    let error = Model::load(&path).unwrap_err().to_string();
    let words =
        "the model file is damaged: safetensors: the tensors must fill the file; they have ";
    assert!(error.contains(words), "{error}");
}

#[test]
fn changed_files_never_panic_and_keep_their_shapes() {
    let folder = Folder::new("changed");
    let (model, params) = small();
    let path = folder.file("m");
    model.save(&path, &params).unwrap();
    let whole = fs::read(&path).unwrap();
    let header = 8 + usize::try_from(u64::from_le_bytes(whole[..8].try_into().unwrap())).unwrap();
    let mut refused = 0;
    for i in 0..header {
        {
            let mut bytes = whole.clone();
            bytes[i] ^= 1 << (i % 8);
            fs::write(&path, &bytes).unwrap();
            match Model::load(&path) {
                Err(error) => {
                    refused += 1;
                    assert!(
                        error.to_string().starts_with(path.to_str().unwrap()),
                        "{error}"
                    );
                }
                Ok((model, params)) => {
                    let network = model.build().unwrap();
                    assert_eq!(network.init(&random::key(0)).len(), params.len());
                }
            }
        }
    }
    assert!(refused > header / 2, "{refused} of {header}");
}

#[test]
fn foreign_files_and_hostile_sizes_are_told_apart() {
    let folder = Folder::new("foreign");
    let path = folder.file("m");
    #[track_caller]
    fn check(path: &PathBuf, bytes: &[u8], kind: FileErrorKind, words: &str) {
        fs::write(path, bytes).unwrap();
        let error = Model::load(path).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let header = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let model = |text: &str| header(&format!("{{\"__metadata__\":{{\"bouton\":{:?}}}}}", text));
    check(
        &path,
        b"GIF89a, and so on",
        FileErrorKind::Foreign,
        "this is not a Bouton model file",
    );
    check(&path, &u64::MAX.to_le_bytes(), FileErrorKind::Foreign, "");
    check(
        &path,
        &header("{}"),
        FileErrorKind::Foreign,
        "it holds tensors, but no model",
    );
    check(&path, &model("not json"), FileErrorKind::Damaged, "");
    check(
        &path,
        &model("{\"nodes\":[]}"),
        FileErrorKind::Damaged,
        "version",
    );
    check(
        &path,
        &model("{\"version\":99,\"surprise\":1}"),
        FileErrorKind::Newer,
        "it has version 99, this one reads up to 1",
    );
    let nodes = |nodes: &str| {
        model(&format!(
            "{{\"version\":1,\"policy\":null,\"nodes\":[{nodes}]}}"
        ))
    };
    check(
        &path,
        &nodes(""),
        FileErrorKind::Damaged,
        "it holds no layers",
    );
    check(
        &path,
        &nodes("{\"kind\":\"relu\",\"inputs\":[0],\"settings\":{}}"),
        FileErrorKind::Damaged,
        "takes a layer that comes later",
    );
    let x = "{\"kind\":\"input\",\"name\":\"x\",\"axes\":[null,3]}";
    check(
        &path,
        &nodes(&format!(
            "{x},{{\"kind\":\"swirl\",\"inputs\":[0],\"settings\":{{}}}}"
        )),
        FileErrorKind::Damaged,
        "there is no layer \"swirl\"",
    );
    check(
        &path,
        &nodes(&format!("{x},{{\"kind\":\"relu\",\"settings\":{{}}}}")),
        FileErrorKind::Damaged,
        "takes 1 inputs, not 0",
    );
    check(
        &path,
        &nodes(&format!(
            "{x},{{\"kind\":\"relu\",\"inputs\":[0],\"settings\":{{\"slope\":1}}}}"
        )),
        FileErrorKind::Damaged,
        "slope",
    );
    let dense = |units: u64| {
        format!(
            "{{\"kind\":\"dense\",\"inputs\":[0],\"settings\":{{\"units\":{units},\"kernel\":\"zeros\",\"bias\":null}}}}"
        )
    };
    check(
        &path,
        &nodes(&format!("{x},{}", dense(u64::MAX))),
        FileErrorKind::Damaged,
        "",
    );
    check(
        &path,
        &nodes(&format!("{x},{}", dense(1 << 50))),
        FileErrorKind::Damaged,
        "it holds 0 tensors, the model has 1",
    );
    let large = format!(
        "{{\"kind\":\"input\",\"name\":\"x\",\"axes\":[null,{0},{0},0]}},{{\"kind\":\"flatten\",\"inputs\":[0],\"settings\":{{}}}}",
        1u64 << 40
    );
    fs::write(&path, nodes(&large)).unwrap();
    assert_eq!(
        Model::load(&path)
            .map(|(m, _)| m.build().unwrap().output_type(2).to_string())
            .unwrap(),
        "f32[2, 0]"
    );
}

#[test]
fn what_cannot_be_written_or_read_says_so_and_leaves_files_alone() {
    let folder = Folder::new("unwritable");
    let (model, params) = small();
    let missing = folder.file("no/such/m");
    assert_eq!(
        model.save(&missing, &params).unwrap_err().kind(),
        FileErrorKind::Write
    );
    assert_eq!(
        file::check_writable(&missing).unwrap_err().kind(),
        FileErrorKind::Write
    );
    assert_eq!(
        file::check_writable(&folder.0).unwrap_err().kind(),
        FileErrorKind::Write
    );
    assert_eq!(
        Model::load(&missing).unwrap_err().kind(),
        FileErrorKind::Read
    );
    let path = folder.file("m");
    file::check_writable(&path).unwrap();
    assert!(folder.names().is_empty());
    fs::write(&path, "precious").unwrap();
    let poisoned = params.map(bouton_tensor::Path::Root, &mut |_, t| {
        t + Tensor::ones(DType::F32, [7, 7])
    });
    assert_eq!(
        model.save(&path, &poisoned).unwrap_err().kind(),
        FileErrorKind::Unsaveable
    );
    assert_eq!(
        model.dense(9).save(&path, &params).unwrap_err().kind(),
        FileErrorKind::Unsaveable
    );
    file::check_writable(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    let error: bouton_tensor::Error = Model::load(&path).unwrap_err().into();
    assert!(error.to_string().starts_with("model file: "), "{error}");
}
