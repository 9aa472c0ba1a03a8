//! An error is passed on: every public function given a poisoned tensor answers with that very error.
mod calls;
mod draws;
mod matrices;

use crate::functions::public_functions;
use bouton_tensor::{Error, ErrorKind, Tensor, concatenate, tensor};

fn x() -> Tensor {
    tensor![[1.0, 2.0], [3.0, 4.0]]
}

fn i() -> Tensor {
    tensor![[1, 2], [3, 4]]
}

fn b() -> Tensor {
    tensor![true, false]
}

/// A function's name and a call with the poisoned tensor in one of its places.
type Call = (&'static str, fn(&Tensor) -> Tensor);

/// One call for each place of each function.
fn calls() -> impl Iterator<Item = &'static Call> {
    let all = [calls::CALLS, draws::CALLS, matrices::CALLS];
    all.into_iter().flatten()
}

fn error<T>(result: Result<T, Error>) -> Tensor {
    result.err().map_or(x(), Tensor::from_error)
}

/// Functions that are given no tensor.
const GIVEN_NONE: &[&str] = &[
    "arange", "eye", "full", "iota", "key", "linspace", "ones", "zeros",
];

#[test]
fn the_first_error_is_passed_on() {
    let first = Error::general(ErrorKind::Value, "test", "the first");
    let poison = Tensor::from_error(first.clone());
    let lost = calls()
        .filter(|(_, call)| !call(&poison).error().is_some_and(|e| e.is(&first)))
        .map(|(name, _)| *name);
    assert_eq!(
        lost.collect::<Vec<_>>(),
        [""; 0],
        "these answer with something else than the error they were given"
    );
}

#[test]
fn of_two_errors_the_first_is_passed_on() {
    let [first, second] =
        ["the first", "the second"].map(|rule| Error::general(ErrorKind::Value, "test", rule));
    let [p, q] = [&first, &second].map(|e| Tensor::from_error(e.clone()));
    for y in [
        &p + &q,
        p.select(&q, &q),
        p.matmul(&q),
        concatenate([&p, &q], 0),
    ] {
        assert!(y.error().is_some_and(|e| e.is(&first)), "{y:?}");
    }
}

#[test]
fn every_public_function_is_called() {
    let missing = public_functions()
        .into_iter()
        .filter(|f| !GIVEN_NONE.contains(&f.as_str()) && !calls().any(|(name, _)| name == f));
    assert_eq!(
        missing.collect::<Vec<_>>(),
        [""; 0],
        "add calls with a poisoned tensor for these"
    );
}
