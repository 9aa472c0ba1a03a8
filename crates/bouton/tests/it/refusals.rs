//! What the command refuses before it does anything: settings, variables, models of other things.

use crate::folder::{Folder, draw, text};
use bouton::prelude::*;
use std::fs;

#[test]
fn models_of_other_things_are_refused() {
    let folder = Folder::new("others");
    draw(&folder.file("a.png"), &[200; 784]);
    let refused = |model: Model, words: &str| {
        let params = model.build().unwrap().init(&random::key(1));
        model.save(folder.file("a.bouton"), &params).unwrap();
        for arguments in [&["eval", "a.bouton"][..], &["predict", "a.bouton", "a.png"]] {
            let output = folder.run(arguments);
            let err = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{err}");
            assert_eq!(text(&output.stdout), "");
            assert!(err.starts_with("error: a.bouton: the model must "), "{err}");
            // The lines of the command's own source would help nobody.
            assert!(err.contains(words) && !err.contains(".rs:"), "{err}");
        }
    };
    let x = Model::input("x", [Batch, Dim(784)]);
    let pictures = "take pictures of 784 numbers; it is Model { inputs: ";
    refused(
        Model::input("x", [Batch, Dim(5)]).dense(10).softmax(),
        pictures,
    );
    let y = Model::input("y", [Batch, Dim(784)]);
    refused(x.add(&y).softmax(), pictures);
    refused(
        Model::input("x", [Dim(1), Dim(784)]).dense(10).softmax(),
        pictures,
    );
    let classes = "end in a softmax over classes; it is Model { inputs: ";
    refused(x.dense(10), classes);
    refused(x.dense(1).sigmoid(), classes);

    // Classes are counted when the data is there; other shapes of a picture are as good.
    let test = |model: Model| {
        let params = model.build().unwrap().init(&random::key(1));
        model.save(folder.file("a.bouton"), &params).unwrap();
        folder.run(&["eval", "a.bouton"])
    };
    let output = test(x.dense(12).softmax());
    let words = "error: a.bouton: the model tells 12 classes apart; built-in digits has 10\n";
    assert!(
        text(&output.stderr).ends_with(words),
        "{}",
        text(&output.stderr)
    );
    let square = Model::input("x", [Batch, Dim(28), Dim(28), Dim(1)]);
    let output = test(square.flatten().dense(10).softmax());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn settings_that_make_no_sense_are_refused_before_anything_is_done() {
    let folder = Folder::new("refused");
    #[track_caller]
    fn refused(folder: &Folder, options: &[&str], code: i32, words: &str) {
        let output = folder.run(&[&["train", "mnist-mlp"], options].concat());
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{options:?}: {err}");
        assert!(err.contains(words), "{options:?}: {err}");
        assert!(
            !err.contains("built-in"),
            "{options:?} was noticed too late: {err}"
        );
        assert_eq!(text(&output.stdout), "");
    }
    for option in ["--epochs", "--batch", "--threads"] {
        for value in ["0", "-1", "1.5", "many"] {
            refused(
                &folder,
                &[option, value],
                2,
                "must be a whole number of at least 1",
            );
        }
    }
    for value in ["0", "-0.1", "NaN", "inf"] {
        refused(&folder, &["--lr", value], 2, "must be a number above 0");
    }
    refused(&folder, &["--threads", "257"], 2, "at most 256");
    refused(&folder, &["--epoch", "3"], 2, "--epochs");
    refused(&folder, &["--optimizer", "adan"], 2, "adam");
    refused(&folder, &["--precision", "f64"], 2, "bf16");
    refused(&folder, &["--compiler", "gpu"], 2, "reference");
    refused(
        &folder,
        &["--seed", "-1"],
        2,
        "must be a whole number from 0 to",
    );
    refused(
        &folder,
        &["--save", "gone/a.bouton"],
        1,
        "gone/a.bouton: the folder does not exist",
    );
    refused(&folder, &["--save", "."], 1, "folder");
    refused(&folder, &["--data", "gone"], 1, "gone");
    fs::create_dir(folder.file("empty")).unwrap();
    refused(&folder, &["--data", "empty"], 1, "train-images-idx3-ubyte");
    assert_eq!(
        fs::read_dir(&folder.0).unwrap().count(),
        1,
        "something was left behind"
    );

    let output = folder.run(&["train", "cifar"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("mnist-mlp"));
    // Clothes have no built-in stand-in.
    let output = folder.run(&["train", "fashion-mlp"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: "));
}

#[test]
fn variables_that_make_no_sense_are_refused_before_anything_is_done() {
    let folder = Folder::new("environment");
    for (variable, value, rule) in [
        ("BOUTON_THREADS", "0", "a whole number from 1 to 256"),
        ("BOUTON_THREADS", "abc", "a whole number from 1 to 256"),
        ("BOUTON_THREADS", "-1", "a whole number from 1 to 256"),
        ("BOUTON_THREADS", "1e9", "a whole number from 1 to 256"),
        ("BOUTON_PROFILE", "maybe", "must be 1, 0 or unset"),
        (
            "BOUTON_ISA",
            "avx9",
            "an instruction set that this machine has",
        ),
        ("BOUTON_PANIC", "yes", "1, 0 or unset"),
        ("BOUTON_CHECK", "on", "1, 0 or unset"),
        ("BOUTON_COMPILER", "gpu", "known are: cpu, reference"),
    ] {
        for command in [
            &["train", "mnist-mlp", "--threads", "1", "--compiler", "cpu"][..],
            &["eval", "gone.bouton"],
            &["predict", "gone.bouton", "gone.png"],
            &["doctor"],
        ] {
            let output = folder
                .command(command)
                .env(variable, value)
                .output()
                .unwrap();
            let err = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{variable}={value}: {err}");
            assert!(err.starts_with("error: ") && err.contains(rule), "{err}");
            assert!(err.contains(variable) && err.contains(value), "{err}");
            assert_eq!(text(&output.stdout), "");
        }
    }
    // Unset, empty and sensible values are all one to a command that computes.
    for (variable, value) in [
        ("BOUTON_THREADS", ""),
        ("BOUTON_PANIC", "0"),
        ("BOUTON_ISA", "portable"),
    ] {
        let output = folder.command(&["doctor"]).env(variable, value).output();
        assert_eq!(output.unwrap().status.code(), Some(0), "{variable}={value}");
    }
}
