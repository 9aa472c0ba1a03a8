//! What the tutorial's network looks like, to the letter.
use bouton_nn::{Batch, Dense, Dim, Model, init};
use bouton_tensor::random;

fn mlp() -> Model {
    Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}

#[test]
fn line() {
    assert_eq!(
        mlp().to_string(),
        "Model { inputs: images [batch, 784], output: softmax_0 [batch, 10], nodes: 5 }"
    );
    assert_eq!(format!("{:?}", mlp().build().unwrap()), mlp().to_string());
}

#[test]
fn table() {
    let expected = "\
+--------------------------------------------------------------------------------------------------------------+
|                                                    Model                                                     |
+==================================+==============+==============+=====================+=======================+
| Layer                            | Input Shape  | Output Shape | Options             | Parameters            |
+==================================+==============+==============+=====================+=======================+
| images ( input )                 |              | [batch, 784] | shape: [batch, 784] |                       |
+----------------------------------+--------------+--------------+---------------------+-----------------------+
| dense_0 ( dense[\"images\"] )      | [batch, 784] | [batch, 128] |                     | kernel: f32[784, 128] |
|                                  |              |              |                     | bias: f32[128]        |
+----------------------------------+--------------+--------------+---------------------+-----------------------+
| relu_0 ( relu[\"dense_0\"] )       | [batch, 128] | [batch, 128] |                     |                       |
+----------------------------------+--------------+--------------+---------------------+-----------------------+
| dense_1 ( dense[\"relu_0\"] )      | [batch, 128] | [batch, 10]  |                     | kernel: f32[128, 10]  |
|                                  |              |              |                     | bias: f32[10]         |
+----------------------------------+--------------+--------------+---------------------+-----------------------+
| softmax_0 ( softmax[\"dense_1\"] ) | [batch, 10]  | [batch, 10]  |                     |                       |
+----------------------------------+--------------+--------------+---------------------+-----------------------+
Total Parameters: 101770
Total Parameters Memory: 407080 bytes";
    assert_eq!(mlp().table().unwrap(), expected);
}

#[test]
fn mermaid() {
    let expected = r#"graph TD;
0[/"images (input) [batch, 784]"/];
1["dense_0 (dense) [batch, 128]"];
2["relu_0 (relu) [batch, 128]"];
3["dense_1 (dense) [batch, 10]"];
4["softmax_0 (softmax) [batch, 10]"];
3 --> 4;
2 --> 3;
1 --> 2;
0 --> 1;"#;
    assert_eq!(mlp().mermaid().unwrap(), expected);
}

#[test]
fn parameter_tree() {
    let params = mlp().build().unwrap().init(&random::key(0));
    let expected = "\
dense_0
  kernel  f32[784, 128]
  bias    f32[128]
dense_1
  kernel  f32[128, 10]
  bias    f32[10]
101770 parameters, 407080 bytes";
    assert_eq!(params.tree().unwrap(), expected);
    assert_eq!(
        (params.count().unwrap(), params.bytes().unwrap()),
        (101770, 407080)
    );
}

#[test]
fn options_and_two_inputs() {
    let x = Model::input("x", (Batch, 2, 2, 3)).flatten().dropout(0.5);
    let y = Model::input("y", (Batch, 4)).dense(Dense::new(12).no_bias().kernel(init::he_normal()));
    let expected = "\
+--------------------------------------------------------------------------------------------------------------------------+
|                                                          Model                                                           |
+=====================================+==================+==================+=========================+====================+
| Layer                               | Input Shape      | Output Shape     | Options                 | Parameters         |
+=====================================+==================+==================+=========================+====================+
| x ( input )                         |                  | [batch, 2, 2, 3] | shape: [batch, 2, 2, 3] |                    |
+-------------------------------------+------------------+------------------+-------------------------+--------------------+
| flatten_0 ( flatten[\"x\"] )          | [batch, 2, 2, 3] | [batch, 12]      |                         |                    |
+-------------------------------------+------------------+------------------+-------------------------+--------------------+
| dropout_0 ( dropout[\"flatten_0\"] )  | [batch, 12]      | [batch, 12]      | rate: 0.5               |                    |
+-------------------------------------+------------------+------------------+-------------------------+--------------------+
| y ( input )                         |                  | [batch, 4]       | shape: [batch, 4]       |                    |
+-------------------------------------+------------------+------------------+-------------------------+--------------------+
| dense_0 ( dense[\"y\"] )              | [batch, 4]       | [batch, 12]      | kernel: he_normal       | kernel: f32[4, 12] |
|                                     |                  |                  | bias: none              |                    |
+-------------------------------------+------------------+------------------+-------------------------+--------------------+
| sum ( add[\"dropout_0\", \"dense_0\"] ) | [batch, 12]      | [batch, 12]      |                         |                    |
|                                     | [batch, 12]      |                  |                         |                    |
+-------------------------------------+------------------+------------------+-------------------------+--------------------+
Total Parameters: 48
Total Parameters Memory: 192 bytes";
    assert_eq!(x.add(&y).named("sum").table().unwrap(), expected);
    let merged = "[batch, 24]";
    let rows = x.custom("rows", |_, x| {
        x.reshape([x.dims::<2>().map_or(0, |[n, _]| 2 * n), 6])
    });
    assert!(
        rows.to_string().contains("rows_0 [2 * batch, 6]")
            && x.concatenate(&y).to_string().contains(merged),
        "{rows}"
    );
}
