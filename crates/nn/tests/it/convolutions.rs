//! Convolutions and pools against PyTorch's numbers, what they refuse, and what the rest of a model makes of them.
use crate::golden::Record;
use crate::layer_goldens::{check, goldens, prepared, says};
use bouton_nn::{Batch, Conv, Model, Params, Policy, Pool};
use bouton_tensor::{DType, Padding, random};

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

#[track_caller]
fn pools(kind: &str, layer: impl Fn(&Model, Pool) -> Model) {
    for record in goldens(kind) {
        let axes = record.text("window").unwrap().split(',').count();
        let pool = match axes {
            1 => Pool::new(numbers::<1>(&record, "window")).stride(numbers::<1>(&record, "stride")),
            _ => Pool::new(numbers::<2>(&record, "window")).stride(numbers::<2>(&record, "stride")),
        };
        let pool = pool.padding(padding(&record));
        let (network, params, x) = prepared(&record, |m| layer(m, pool.clone()));
        assert_eq!(check(&record, &network, &params, &x).count(), 0);
    }
}

#[test]
fn max_pool_is_pytorchs() {
    pools("max_pool", |m, pool| m.max_pool(pool));
}

#[test]
fn avg_pool_is_pytorchs() {
    pools("avg_pool", |m, pool| m.avg_pool(pool));
}

#[test]
fn windows_lie_side_by_side_if_nothing_else_is_said() {
    let x = Model::input("x", (Batch, 7, 9, 2));
    let shape = |m: Model| m.build().unwrap().output_type(1).shape.dims().to_vec();
    assert_eq!(shape(x.max_pool(2)), [1, 3, 4, 2]);
    assert_eq!(shape(x.avg_pool([3, 2])), [1, 2, 4, 2]);
    assert_eq!(shape(x.max_pool(Pool::new(2).same())), [1, 4, 5, 2]);
    assert_eq!(
        shape(x.max_pool(Pool::new(3).stride(1).same())),
        [1, 7, 9, 2]
    );
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
        &Model::input("images", (Batch, 28, 28)).conv(Conv::new(8, [3, 3])),
        "conv: the window must be one number, or one for each of the 1 spatial axes; it is [3, 3]\n  input 0: f32[1, 28, 28]\n  help: images need an axis of channels: declare the input as (Batch, 28, 28, 1), say",
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
        "conv { stride: [1, 1], padding: Valid, input_dilation: 1, kernel_dilation: [3, 3], groups: 1, winograd: true }: the kernel must fit on the input with its padding; along spatial axis 0 it spans 7, the input 5\n  input 0: f32[1, 5, 5, 3]\n  input 1: f32[3, 3, 3, 4]\n  help: pad the input, for example with Padding::Same",
    );
    says(
        &images.conv_transpose(Conv::new(3, 3).groups(3)),
        "conv_transpose: the settings must not have groups\n  input 0: f32[1, 5, 5, 3]",
    );
    says(
        &images.conv(Conv::new(4, 3).padding(Padding::Explicit(vec![(1, 1)]))),
        "conv { stride: [1, 1], padding: Explicit([(1, 1)]), input_dilation: 1, kernel_dilation: [1, 1], groups: 1, winograd: true }: padding must have an entry for each of the 2 spatial axes; it has 1\n  input 0: f32[1, 5, 5, 3]\n  input 1: f32[3, 3, 3, 4]",
    );
    says(
        &images.max_pool(6),
        "max_pool { size: [6, 6], stride: [6, 6], padding: Valid, dilation: 1, counts_padding: true }: the window must fit on the input with its padding; along spatial axis 0 it spans 6, the input 5\n  input 0: f32[1, 5, 5, 3]\n  help: pad the input, for example with Padding::Same",
    );
    says(
        &Model::input("x", (Batch, 3)).avg_pool(2),
        "avg_pool: the input must be [batch, spatial.., channels], with one spatial axis at least\n  input 0: f32[1, 3]\n  help: images need an axis of channels: declare the input as (Batch, 28, 28, 1), say",
    );
}

/// The network of the Fashion-MNIST challenge.
fn cnn() -> Model {
    Model::input("images", (Batch, 28, 28, 1))
        .conv(Conv::new(32, [3, 3]).same())
        .relu()
        .max_pool(2)
        .conv(Conv::new(64, [3, 3]).same())
        .relu()
        .max_pool(2)
        .flatten()
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}

#[test]
fn a_table_shows_windows_and_counts_parameters() {
    let table = cnn().table().unwrap();
    assert!(
        table.ends_with("Total Parameters: 421642\nTotal Parameters Memory: 1686568 bytes"),
        "{table}"
    );
    for cell in [
        "window: [3, 3]",
        "padding: same",
        "kernel: f32[3, 3, 32, 64]",
        "window: 2",
        "[batch, 7, 7, 64]",
    ] {
        assert!(table.contains(cell), "{cell}\n{table}");
    }
}

#[test]
fn a_network_of_convolutions_is_saved_whole_and_computes_the_same_in_bf16_roughly() {
    let (model, path) = (
        cnn(),
        std::env::temp_dir().join(format!("bouton-nn-{}-cnn", std::process::id())),
    );
    let params = model.build().unwrap().init(&random::key(0));
    model.save(&path, &params).unwrap();
    let (loaded, values) = Model::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.table().unwrap(), model.table().unwrap());
    let x = random::uniform(&random::key(1), DType::F32, [2, 28, 28, 1]);
    let predict =
        |m: &Model, p: &Params| m.build().unwrap().predict(p, &x).to_vec::<f32>().unwrap();
    let expected = predict(&model, &params);
    assert_eq!(predict(&loaded, &values), expected);
    let narrow = predict(&model.with_policy(Policy::bf16()), &params);
    let off = narrow
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0f32, f32::max);
    assert!(off > 0.0 && off < 0.01, "{off}");
}

#[test]
fn a_layer_may_refuse_winograds_algorithm() {
    let images = Model::input("images", (Batch, 8, 8, 16));
    let x = random::normal(&random::key(1), DType::F32, [2, 8, 8, 16]);
    let run = |settings: Conv| {
        let model = images.conv(settings.same().no_bias());
        let network = model.build().unwrap();
        let params = network.init(&random::key(0));
        let y = network.predict(&params, &x).to_vec::<f32>().unwrap();
        (model, params, y)
    };
    let (_, _, tiles) = run(Conv::new(16, 3));
    let (model, params, direct) = run(Conv::new(16, 3).winograd(false));
    let plain = bouton_tensor::Conv::new().padding(Padding::Same);
    let expected = |winograd| {
        let y = x.conv(
            params.get("conv_0.kernel").unwrap(),
            &plain.clone().winograd(winograd),
        );
        y.to_vec::<f32>().unwrap()
    };
    assert_eq!(direct, expected(false));
    assert_eq!(tiles, expected(true));
    assert_ne!(direct, tiles);
    let table = model.table().unwrap();
    assert!(table.contains("winograd: no"), "{table}");
    let path = std::env::temp_dir().join(format!("bouton-direct-{}", std::process::id()));
    model.save(&path, &params).unwrap();
    let (loaded, _) = Model::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.table().unwrap(), table);
}
