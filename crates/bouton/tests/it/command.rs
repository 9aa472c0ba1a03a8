//! The `bouton` command, run as a user runs it, on a machine without a network and without datasets.

use crate::folder::{Folder, draw, last_line, text};
use bouton::datasets::{Dataset, Parts};
use bouton::prelude::*;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn without_data_a_model_is_trained_on_digits_that_are_called_so() {
    let folder = Folder::new("train");
    let train = |save: &str, threads: &str| {
        folder.run(&[
            "train",
            "mnist-mlp",
            "--epochs",
            "2",
            "--save",
            save,
            "--threads",
            threads,
        ])
    };
    let output = train("a.bouton", "2");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    let said: Vec<&str> = err.lines().collect();
    assert!(
        said[0].starts_with("no network and no local copy of MNIST: built-in procedural digits"),
        "{err}"
    );
    assert_eq!(said.len(), 3, "{err}");
    let results = out
        .lines()
        .chain(said[1..].iter().copied())
        .filter(|l| l.contains("accuracy") || l.contains("loss"));
    assert!(results.clone().count() >= 5, "{out}{err}");
    for line in results {
        assert!(line.ends_with(" (built-in digits)"), "{line}");
    }
    let last = last_line(&output);
    let accuracy: f64 = last
        .strip_prefix("test accuracy: ")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(accuracy > 85.0, "{last}");

    // The same run writes the same bytes, with any number of threads.
    let other = train("b.bouton", "1");
    assert_eq!(last_line(&other), last);
    assert_eq!(
        fs::read(folder.file("a.bouton")).unwrap(),
        fs::read(folder.file("b.bouton")).unwrap()
    );

    let tested = folder.run(&["eval", "a.bouton"]);
    assert_eq!(last_line(&tested), last, "{}", text(&tested.stderr));

    predictions(&folder);
    refused_files(&folder);
}

fn predictions(folder: &Folder) {
    let digits = datasets::digits(1, 20, 7).unwrap().test;
    let mut right = 0;
    for (i, label) in digits.labels().iter().enumerate() {
        draw(&folder.file("digit.png"), digits.image(i).unwrap());
        let output = folder.run(&["predict", "a.bouton", "digit.png"]);
        let out = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let shares = out
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_ascii_digit()));
        assert_eq!(shares.count(), 10, "{out}");
        let last = last_line(&output);
        right += u32::from(last.starts_with(&format!("class: {label} (")));
        assert!(last.ends_with(" %) (trained on built-in digits)"), "{last}");
    }
    assert!(right >= 15, "{right} of 20");
}

fn refused_files(folder: &Folder) {
    #[track_caller]
    fn refused(folder: &Folder, arguments: &[&str], words: &str) {
        let output = folder.run(arguments);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.starts_with("error: ") && err.contains(words), "{err}");
        assert_eq!(text(&output.stdout), "");
    }
    let model = fs::read(folder.file("a.bouton")).unwrap();
    fs::write(folder.file("torn.bouton"), &model[..model.len() / 2]).unwrap();
    refused(
        folder,
        &["eval", "torn.bouton"],
        "torn.bouton: the model file is damaged",
    );
    refused(folder, &["eval", "gone.bouton"], "gone.bouton");
    refused(folder, &["eval", "digit.png"], "digit.png");
    refused(folder, &["eval", "a.bouton", "--data", "gone"], "gone");
    refused(folder, &["predict", "a.bouton", "a.bouton"], "PNG or JPEG");
    refused(folder, &["predict", "a.bouton", "gone.png"], "gone.png");
    let picture = fs::read(folder.file("digit.png")).unwrap();
    fs::write(folder.file("torn.png"), &picture[..picture.len() / 2]).unwrap();
    refused(
        folder,
        &["predict", "a.bouton", "torn.png"],
        "torn.png: must be a sound PNG file",
    );
    draw(&folder.file("blank.png"), &[0; 784]);
    refused(
        folder,
        &["predict", "a.bouton", "blank.png"],
        "must show a figure",
    );
    let mut wrong = model.clone();
    wrong[model.len() - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(folder.file("wrong.bouton"), wrong).unwrap();
    refused(
        folder,
        &["predict", "wrong.bouton", "digit.png"],
        "it predicts NaN",
    );
}

#[test]
fn a_model_file_says_whose_classes_it_knows() {
    let folder = Folder::new("classes");
    let model = Model::input("images", [Batch, Dim(784)])
        .dense(10)
        .softmax();
    let last = |data: &str, options: &[&str]| {
        let set = Dataset::new(Parts {
            name: data.to_owned(),
            images: (0..20 * 784).map(|i| (i * 31 % 251) as u8).collect(),
            image_shape: vec![28, 28],
            labels: (0..20).map(|i| i % 10).collect(),
            classes: (0..10).map(|i| i.to_string()).collect(),
        });
        let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::sgd(0.1))
            .progress(Progress::Silent)
            .run(set.unwrap().batches(20))
            .unwrap();
        trained.save(folder.file("a.bouton")).unwrap();
        draw(&folder.file("a.png"), &[200; 784]);
        let output = folder.run(&[&["predict", "a.bouton", "a.png"], options].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        last_line(&output)
    };
    let is_digit = |line: &str| line["class: ".len()..].starts_with(|c: char| c.is_ascii_digit());
    let line = last("Fashion-MNIST train", &[]);
    assert!(!is_digit(&line) && line.ends_with(" %)"), "{line}");
    let line = last("MNIST train", &[]);
    assert!(is_digit(&line) && line.ends_with(" %)"), "{line}");
    // What was asked for goes before what the file says, and the result says so.
    let line = last("Fashion-MNIST train", &["--job", "mnist-mlp"]);
    assert!(
        is_digit(&line) && line.ends_with(" (trained on Fashion-MNIST)"),
        "{line}"
    );
    let line = last("my own digits", &[]);
    assert!(
        is_digit(&line) && line.ends_with(" (trained on my own digits)"),
        "{line}"
    );
}

#[test]
fn every_command_has_an_example_in_its_help() {
    let folder = Folder::new("help");
    for arguments in [
        &["--help"][..],
        &["train", "--help"],
        &["eval", "--help"],
        &["predict", "--help"],
        &["doctor", "--help"],
    ] {
        let output = folder.run(arguments);
        let out = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0));
        assert!(out.contains("Example:\n  bouton "), "{out}");
        assert!(!out.contains('\x1b'), "colours without a terminal");
    }
    assert_eq!(folder.run(&[]).status.code(), Some(2));
}

#[test]
fn the_profile_tells_where_the_time_went() {
    let folder = Folder::new("profile");
    let mut command = folder.command(&["doctor"]);
    let output = command.env("BOUTON_PROFILE", "1").output().unwrap();
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(
        err.contains(" runs of ") && err.contains(" GFLOP/s "),
        "{err}"
    );
    assert!(!text(&folder.run(&["doctor"]).stderr).contains(" runs of "));
}

#[test]
fn the_doctor_finds_that_the_machine_computes_right() {
    let folder = Folder::new("doctor");
    let output = folder.run(&["doctor", "--threads", "2"]);
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for words in [
        "processor ",
        "features ",
        "threads       2 of ",
        "memory ",
        "caches ",
        "compiler      cpu",
    ] {
        assert!(out.contains(words), "{out}");
    }
    assert!(
        last_line(&output).starts_with("smoke test    right: "),
        "{out}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_step_prints_the_summary_and_saves() {
    let folder = Folder::new("interrupt");
    let mut child = folder
        .command(&[
            "train",
            "mnist-mlp",
            "--epochs",
            "100000",
            "--save",
            "a.bouton",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    while !line().starts_with("epoch 1/") {}
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map(|l| l.unwrap()).collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest:?}");
    let out = text(&output.stdout);
    assert!(out.contains("(interrupted)"), "{out}");
    assert_eq!(last_line(&output), "saved a.bouton");
    assert_eq!(folder.run(&["eval", "a.bouton"]).status.code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_trouble_and_costs_no_file() {
    let folder = Folder::new("pipe");
    let save = ["train", "mnist-mlp", "--epochs", "1", "--save", "a.bouton"];
    for (arguments, saves) in [(&save[..4], false), (&save[..], true)] {
        let mut child = folder
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = text(&output.stderr);
        assert!(!err.contains("panicked"), "{err}");
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert_eq!(folder.file("a.bouton").exists(), saves);
    }
}

#[test]
fn progress_that_nobody_reads_ends_no_run() {
    let folder = Folder::new("deaf");
    let mut child = folder
        .command(&["train", "mnist-mlp", "--epochs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(last_line(&output).starts_with("test accuracy: "));
}

#[test]
fn a_rate_that_is_too_large_gets_a_word_about_it() {
    let folder = Folder::new("rate");
    let train = ["train", "mnist-mlp", "--epochs", "1", "--lr", "1e30"];
    let output = folder.run(&train);
    assert!(last_line(&output).starts_with("test accuracy: "));
    let err = text(&output.stderr);
    assert!(
        err.contains("the loss is NaN: a smaller --lr may help"),
        "{err}"
    );
}

#[test]
fn a_network_of_convolutions_is_asked() {
    let folder = Folder::new("cnn");
    let digits = datasets::digits(640, 20, 42).unwrap();
    // A bias before a normalisation has no gradient but rounding errors, which Adam would make steps of.
    let model = Model::input("images", (Batch, 28, 28, 1))
        .conv(bouton::Conv::new(8, [3, 3]).stride(2).same().no_bias())
        .batch_norm()
        .relu()
        .max_pool(2)
        .flatten()
        .dense(10)
        .softmax();
    let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::adam(3e-3))
        .epochs(10)
        .progress(Progress::Silent)
        .run(
            digits
                .train
                .reshape([28, 28, 1])
                .unwrap()
                .batches(32)
                .shuffle(1),
        )
        .unwrap();
    trained.save(folder.file("c.bouton")).unwrap();
    let mut right = 0;
    for (i, label) in digits.test.labels().iter().enumerate() {
        draw(&folder.file("digit.png"), digits.test.image(i).unwrap());
        let output = folder.run(&["predict", "c.bouton", "digit.png"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        right += u32::from(last_line(&output).starts_with(&format!("class: {label} (")));
    }
    assert!(right >= 12, "{right} of 20");
    let tested = folder.run(&["eval", "c.bouton"]);
    let last = last_line(&tested);
    assert!(
        last.starts_with("test accuracy: ") && last.ends_with(" (built-in digits)"),
        "{last}"
    );
}
