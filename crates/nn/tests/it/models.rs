//! Names, errors in models and in what they are given.
use bouton_nn::{Batch, Dense, Dim, Layer, Model, Params, Scope, init};
use bouton_tensor::{DType, Tensor, random, tensor};

fn x() -> Model {
    Model::input("x", [Batch, Dim(3)])
}

#[test]
fn names_are_counted_by_kind() {
    let model = x()
        .dense(4)
        .relu()
        .dense(4)
        .named("head")
        .dense(2)
        .relu()
        .custom("mine", |_, x| x.clone());
    let table = model.table().unwrap();
    for name in [
        "x ( input )",
        "dense_0 ( dense[\"x\"] )",
        "relu_0 ",
        "head ( dense[\"relu_0\"] )",
        "dense_1 ",
        "relu_1 ",
        "mine_0 ",
    ] {
        assert!(table.contains(&format!("| {name}")), "{name}\n{table}");
    }
}

#[test]
fn a_model_is_a_value() {
    let trunk = x().dense(4);
    let (a, b) = (trunk.relu(), trunk.tanh());
    assert_eq!(
        trunk.to_string(),
        "Model { inputs: x [batch, 3], output: dense_0 [batch, 4], nodes: 2 }"
    );
    assert_eq!(
        a.add(&b).to_string(),
        "Model { inputs: x [batch, 3], output: add_0 [batch, 4], nodes: 5 }"
    );
    let deep = (0..20_000).fold(x(), |m, _| m.relu());
    assert!(deep.to_string().contains("nodes: 20001"));
}

#[test]
fn a_broken_layer_is_named_with_its_line() {
    fn merge(scope: &mut Scope, x: &Tensor) -> Tensor {
        x + scope.parameter("by", [5], init::ones())
    }
    let added = line!() - 2;
    let (model, line) = (x().dense(4).custom("merge", merge), line!());
    let error = model.relu().build().unwrap_err().to_string();
    let rule = "add: shapes must agree, or be 1, on every axis; axis 1 has 4 and 5";
    let inputs = "  input 0: f32[1, 4]\n  input 1: f32[5]";
    let places = format!(
        "  at {0}:{added}\n  in layer \"merge_0\" defined at {0}:{line}",
        file!()
    );
    assert_eq!(error, format!("{rule}\n{inputs}\n{places}"));
    assert!(
        model.to_string().starts_with("Model with an error: add"),
        "{model}"
    );
    assert!(
        model.to_string().contains(&format!("at {}:", file!())),
        "{model}"
    );
    assert_eq!(
        model.table().unwrap_err().to_string().lines().next(),
        error.lines().next()
    );
}

#[test]
fn a_broken_layer_of_ours_points_to_the_line_that_builds_it() {
    let model = x().dropout(2.0);
    let defined = line!() - 1;
    let error = model.relu().build().unwrap_err().to_string();
    let built = line!() - 1;
    let places = format!(
        "\n  at {0}:{built}\n  in layer \"dropout_0\" defined at {0}:{defined}",
        file!()
    );
    assert!(error.ends_with(&places), "{error}");
}

#[test]
fn settings_and_names_are_checked() {
    #[track_caller]
    fn refused(model: Model, rule: &str) {
        let error = model.build().unwrap_err().to_string();
        assert!(error.starts_with(rule), "{error}");
    }
    refused(
        x().dense(0),
        "dense: there must be at least one unit\n  input 0: f32[1, 3]\n",
    );
    refused(
        x().dropout(1.0),
        "dropout: the rate must be at least 0 and below 1, not 1.0\n",
    );
    refused(
        Model::input("x", Vec::new()).dense(3),
        "dense: the input must have at least one axis\n  input 0: f32\n",
    );
    refused(
        x().relu().named("y").relu().named("y"),
        "build: two layers are called \"y\"; the other one is defined at ",
    );
    refused(x().add(&x()), "build: two layers are called \"x\"; ");
    refused(
        x().add(&x().named("y").dense(4)),
        "add: both models must have outputs of the same shape\n  input 0: f32[1, 3]\n  input 1: f32[1, 4]\n",
    );
    refused(
        x().custom("twice", |scope, x| {
            x + scope.parameter("a", [3], init::ones()) + scope.parameter("a", [3], init::ones())
        }),
        "twice_0: the parameter \"a\" is asked for twice\n",
    );
    refused(
        x().custom("sized", |scope, x| {
            let [n, m] = x.dims()?;
            Ok(x + scope.parameter("a", [n, m], init::ones()))
        }),
        "build: the parameter sized_0.a is f32[1, 3] for a batch of 1 and f32[2, 3] for a batch of 2\n",
    );
    refused(
        x().custom("key", |scope, _| scope.key()),
        "key_0: there is no random key outside training\n",
    );
    #[derive(Debug)]
    struct Pair;
    impl Layer for Pair {
        fn kind(&self) -> &str {
            "pair"
        }
        fn options(&self) -> Vec<(&'static str, String)> {
            vec![]
        }
        fn inputs(&self) -> usize {
            2
        }
        fn apply(&self, _: &mut Scope, inputs: &[Tensor]) -> bouton_tensor::Result<Tensor> {
            Ok(&inputs[0] * &inputs[1])
        }
        fn to_data(&self) -> Option<serde_json::Value> {
            None
        }
    }
    refused(
        x().layer(Pair),
        "pair: the layer takes 2 inputs; 1 were given\n",
    );
    assert!(x().combine(Pair, &[&x().named("y")]).build().is_ok());
}

fn mlp() -> (bouton_nn::Network, Params) {
    let network = Model::input("images", [Batch, Dim(784)])
        .dense(10)
        .build()
        .unwrap();
    let params = network.init(&random::key(0));
    (network, params)
}

#[test]
fn data_must_have_the_inputs_shape() {
    let (network, params) = mlp();
    #[track_caller]
    fn check(error: &Tensor, rule: &str, help: &str) {
        let text = error
            .error()
            .unwrap_or_else(|| panic!("no error: {error:?}"))
            .to_string();
        let at = format!("\n  at {}:", file!().trim_start_matches("crates/nn/"));
        let place = text.find("\n  at ").unwrap();
        assert_eq!(&text[..place], rule);
        assert!(text.contains(at.trim_start_matches("\n  at ")), "{text}");
        assert!(
            help.is_empty() && !text.contains("help")
                || text.ends_with(&format!("\n  help: {help}")),
            "{text}"
        );
    }
    let predict = |shape: &[usize]| network.predict(&params, Tensor::zeros(DType::F32, shape));
    check(
        &predict(&[32, 28, 28]),
        "input \"images\": the model expects [batch, 784], the data is [32, 28, 28]\n  input 0: f32[32, 28, 28]",
        "reshape it with .reshape([32, 784]), or declare the input as [batch, 28, 28]",
    );
    check(
        &predict(&[784]),
        "input \"images\": the model expects [batch, 784], the data is [784]\n  input 0: f32[784]",
        "one example needs a batch axis: .new_axis(0)",
    );
    check(
        &predict(&[32, 783]),
        "input \"images\": the model expects [batch, 784], the data is [32, 783]\n  input 0: f32[32, 783]",
        "",
    );
    assert!(predict(&[0, 784]).to_vec::<f32>().unwrap().is_empty());
}

#[test]
fn several_inputs_go_by_name_and_share_the_batch() {
    let network = x().add(&x().named("y").dense(3)).build().unwrap();
    let params = network.init(&random::key(0));
    let ones = |n: usize| Tensor::ones(DType::F32, [n, 3]);
    let (two, three) = (ones(2), ones(3));
    assert_eq!(
        network
            .predict(&params, [("y", &two), ("x", &two)])
            .dims()
            .unwrap(),
        [2, 3]
    );
    let error = |t: Tensor| t.error().unwrap().to_string();
    let text = error(network.predict(&params, &two));
    assert!(
        text.starts_with(
            "inputs: the model has the inputs \"x\", \"y\"; one tensor without a name was given\n"
        ),
        "{text}"
    );
    let text = error(network.predict(&params, [("x", &two), ("z", &two)]));
    assert!(
        text.starts_with("inputs: there is no input \"z\"; the model has \"x\", \"y\"\n"),
        "{text}"
    );
    let text = error(network.predict(&params, [("x", &two)]));
    assert!(
        text.starts_with("inputs: the input \"y\" is missing\n"),
        "{text}"
    );
    let text = error(network.predict(&params, [("x", &two), ("y", &three)]));
    assert!(
        text.starts_with(
            "input \"y\": the model expects [batch, 3] with a batch of 2, the data is [3, 3]\n"
        ),
        "{text}"
    );
}

#[test]
fn parameters_must_be_the_models() {
    let (network, params) = mlp();
    let other = Model::input("images", [Batch, Dim(784)])
        .dense(Dense::new(10).no_bias())
        .build()
        .unwrap()
        .init(&random::key(0));
    let wide = Model::input("images", [Batch, Dim(784)])
        .dense(11)
        .build()
        .unwrap()
        .init(&random::key(0));
    let x = Tensor::zeros(DType::F32, [1, 784]);
    let error = |params: &Params| network.predict(params, &x).error().unwrap().to_string();
    assert!(
        error(&other).starts_with(
            "params: the model has a parameter dense_0.bias; those given are dense_0.kernel\n"
        ),
        "{}",
        error(&other)
    );
    assert!(
        error(&wide).starts_with(
            "params: the parameter dense_0.kernel must be f32[784, 10]; found f32[784, 11]\n"
        ),
        "{}",
        error(&wide)
    );
    let more = Params::new(params.iter().map(|(n, v)| (n.clone(), v.clone())).chain([(
        bouton_nn::Name {
            layer: "a".into(),
            parameter: "b".into(),
        },
        bouton_tensor::Tensor::scalar(0.0f32),
    )]))
    .unwrap();
    assert!(
        error(&more).starts_with("params: the model has no parameter a.b\n"),
        "{}",
        error(&more)
    );
}

#[test]
fn a_layer_must_ask_for_the_same_in_training_and_prediction() {
    let model = x().custom("moody", |scope, x| match scope.is_training() {
        true => x + scope.parameter("late", [3], init::ones()),
        false => x.clone(),
    });
    let network = model.build().unwrap();
    let params = network.init(&random::key(0));
    let error = network
        .train(&params, tensor![[0.0, 0.0, 0.0]], &random::key(0))
        .0
        .error()
        .unwrap()
        .to_string();
    assert!(
        error.starts_with(
            "moody_0: the parameter \"late\" was not asked for when the model was built\n"
        ),
        "{error}"
    );
    assert!(
        error.contains("in layer \"moody_0\" defined at "),
        "{error}"
    );
}

#[test]
fn models_and_networks_go_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Model>();
    check::<bouton_nn::Network>();
    check::<Params>();
    check::<bouton_nn::Loss>();
    check::<bouton_nn::Metric>();
}
