//! Convolutions and pools against PyTorch's numbers, what they refuse, and what the rest of a model makes of them.
use crate::golden::Record;
use crate::layer_goldens::{check, goldens, prepared, says};
use bouton_nn::{Batch, Conv, Model};
use bouton_tensor::{Padding, random};

/// The numbers of a list.
fn numbers<const N: usize>(record: &Record, key: &str) -> [usize; N] {
    let found: Vec<usize> = list(record, key);
    found.try_into().unwrap()
}

fn list<T: std::str::FromStr<Err: std::fmt::Debug>>(record: &Record, key: &str) -> Vec<T> {
    let text = record.text(key).unwrap();
    text.split(',').map(|n| n.parse().unwrap()).collect()
}

fn padding(record: &Record) -> Padding {
    match record.text("padding").unwrap() {
        "same" => Padding::Same,
        "valid" => Padding::Valid,
        _ => {
            let flat: Vec<i64> = list(record, "padding");
            Padding::Explicit(flat.chunks(2).map(|pair| (pair[0], pair[1])).collect())
        }
    }
}

/// A record's settings, for the convolutions over `N` axes.
fn settings<const N: usize>(record: &Record) -> Conv {
    let filters = record.number("filters").unwrap() as usize;
    let conv = Conv::new(filters, numbers::<N>(record, "window"))
        .stride(numbers::<N>(record, "stride"))
        .padding(padding(record));
    match record.text("dilation") {
        None => conv,
        Some(_) => conv
            .dilation(numbers::<N>(record, "dilation"))
            .groups(record.number("groups").unwrap() as usize),
    }
}

#[track_caller]
fn convolutions(kind: &str, layer: impl Fn(&Model, Conv) -> Model) {
    for record in goldens(kind) {
        let axes = record.text("window").unwrap().split(',').count();
        let conv = match axes {
            1 => settings::<1>(&record),
            2 => settings::<2>(&record),
            _ => settings::<3>(&record),
        };
        let (network, params, x) = prepared(&record, |m| layer(m, conv.clone()));
        assert_eq!(check(&record, &network, &params, &x).count(), 0);
    }
}

#[test]
fn conv_is_pytorchs() {
    convolutions("conv", |m, conv| m.conv(conv));
}

#[test]
fn conv_transpose_is_pytorchs_with_jaxs_padding() {
    convolutions("conv_transpose", |m, conv| m.conv_transpose(conv));
}

#[test]
fn depthwise_conv_is_pytorchs() {
    convolutions("depthwise_conv", |m, conv| m.depthwise_conv(conv));
}

#[test]
fn kernels_are_glorot_uniform_over_the_window() {
    let model = Model::input("x", (Batch, 8, 8, 16)).conv(Conv::new(64, [3, 3]));
    let params = model.build().unwrap().init(&random::key(0));
    let kernel: Vec<f32> = params.get("conv_0.kernel").unwrap().to_vec().unwrap();
    assert_eq!(kernel.len(), 9 * 16 * 64);
    let bound = (6.0f32 / (9.0 * (16.0 + 64.0))).sqrt();
    let largest = kernel.iter().fold(0f32, |m, w| m.max(w.abs()));
    assert!(
        largest <= bound && largest > 0.99 * bound,
        "{largest} {bound}"
    );
}

#[test]
fn inputs_that_make_no_sense() {
    let images = Model::input("images", (Batch, 5, 5, 3));
    says(
        &Model::input("images", (Batch, 28 * 28)).conv(Conv::new(8, [3, 3])),
        "conv: the input must be [batch, spatial.., channels], with one spatial axis at least\n  input 0: f32[1, 784]\n  help: images need an axis of channels: declare the input as (Batch, 28, 28, 1), say",
    );
    says(
        &images.conv(Conv::new(8, [3])).conv(Conv::new(8, [3, 3, 3])),
        "conv: the window must be one number, or one for each of the 2 spatial axes; it is [3, 3, 3]\n  input 0: f32[1, 3, 3, 8]",
    );
    says(
        &images.conv(Conv::new(0, 3)),
        "conv: there must be at least one filter\n  input 0: f32[1, 5, 5, 3]",
    );
    says(
        &images.conv(Conv::new(4, 3).stride(0)),
        "conv: the stride must be at least 1\n  input 0: f32[1, 5, 5, 3]",
    );
    says(
        &images.conv(Conv::new(4, 3).groups(2)),
        "conv: groups must divide channels and filters; 2 do not divide 3 and 4\n  input 0: f32[1, 5, 5, 3]",
    );
    says(
        &images.conv(Conv::new(4, 3).dilation(3)),
        "conv: the window must fit into the input; it spans 7 along axis 1, which has 5\n  input 0: f32[1, 5, 5, 3]\n  help: pad the input: padding same",
    );
    says(
        &images.conv_transpose(Conv::new(3, 3).groups(3)),
        "conv_transpose: the settings must not have groups\n  input 0: f32[1, 5, 5, 3]",
    );
    says(
        &images.conv(Conv::new(4, 3).padding(Padding::Explicit(vec![(1, 1)]))),
        "conv: padding must have an entry for each of the 2 spatial axes; it has 1\n  input 0: f32[1, 5, 5, 3]\n  input 1: f32[3, 3, 3, 4]",
    );
}
