//! What is left of programs, as text.
use super::*;
use crate::verify;

fn ty(shape: &[usize]) -> Type {
    Type::new(DType::F32, shape)
}

/// Builds a program over `x: f32[2, 3]` and prints what is left of it.
#[track_caller]
fn check(build: impl FnOnce(&mut Builder, Value) -> Value, expected: &[&str]) {
    let mut b = Builder::new(vec![ty(&[2, 3])]);
    let y = build(&mut b, Value(0));
    let program = b.finish(vec![y]);
    verify(&program).unwrap();
    let simple = simplify(&program);
    verify(&simple).unwrap();
    let text = simple.to_string();
    let lines: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
    assert_eq!(lines, expected, "of {program}");
    assert_eq!(simplify(&simple), simple);
}

fn number(b: &mut Builder, x: f64) -> Value {
    let one = b.one(Form::constant(DType::F32, Number::Float(x)), &[], &ty(&[]));
    b.one(Form::Broadcast { axes: vec![] }, &[one], &ty(&[2, 3]))
}

#[test]
fn neutral_elements_go_and_zeros_stay() {
    let with = |f: Binary, n: f64| {
        move |b: &mut Builder, x: Value| {
            let n = number(b, n);
            b.one(Form::Binary(f), &[x, n], &ty(&[2, 3]))
        }
    };
    check(with(Binary::Multiply, 1.0), &["return %0"]);
    check(with(Binary::Divide, 1.0), &["return %0"]);
    check(with(Binary::Subtract, 0.0), &["return %0"]);
    check(with(Binary::Add, -0.0), &["return %0"]);
    // -0 + 0 is 0, and -0 - -0 is 0.
    check(
        with(Binary::Add, 0.0),
        &[
            "%1: f32 = constant 0.0",
            "%2: f32[2, 3] = broadcast { axes: [] } %1",
            "%3: f32[2, 3] = add %0, %2",
            "return %3",
        ],
    );
    check(
        with(Binary::Subtract, -0.0),
        &[
            "%1: f32 = constant -0.0",
            "%2: f32[2, 3] = broadcast { axes: [] } %1",
            "%3: f32[2, 3] = subtract %0, %2",
            "return %3",
        ],
    );
}

#[test]
fn views_of_views_are_one() {
    let turn = |b: &mut Builder, x, permutation: &[usize], shape: &[usize]| {
        let permutation = permutation.to_vec();
        b.one(Form::Transpose { permutation }, &[x], &ty(shape))
    };
    check(
        |b, x| {
            let y = turn(b, x, &[1, 0], &[3, 2]);
            turn(b, y, &[1, 0], &[2, 3])
        },
        &["return %0"],
    );
    check(
        |b, x| {
            let y = b.one(Form::Reshape, &[x], &ty(&[6]));
            let z = b.one(Form::Reshape, &[y], &ty(&[3, 2]));
            let w = b.one(Form::Broadcast { axes: vec![1, 2] }, &[z], &ty(&[4, 3, 2]));
            b.one(
                Form::Broadcast {
                    axes: vec![1, 2, 3],
                },
                &[w],
                &ty(&[5, 4, 3, 2]),
            )
        },
        &[
            "%1: f32[3, 2] = reshape %0",
            "%2: f32[5, 4, 3, 2] = broadcast { axes: [2, 3] } %1",
            "return %2",
        ],
    );
    let cut = |start: &[usize], stride: &[usize]| Form::Slice {
        start: start.to_vec(),
        stride: stride.to_vec(),
    };
    check(
        |b, x| {
            let y = b.one(cut(&[0, 1], &[1, 1]), &[x], &ty(&[2, 2]));
            b.one(cut(&[1, 0], &[1, 1]), &[y], &ty(&[1, 2]))
        },
        &[
            "%1: f32[1, 2] = slice { start: [1, 1], stride: [1, 1] } %0",
            "return %1",
        ],
    );
    check(
        |b, x| {
            let y = b.one(Form::Reverse { axes: vec![1] }, &[x], &ty(&[2, 3]));
            b.one(Form::Reverse { axes: vec![1] }, &[y], &ty(&[2, 3]))
        },
        &["return %0"],
    );
}

#[test]
fn conversions_there_and_back_go_where_nothing_is_lost() {
    let there = |dtype: DType| {
        move |b: &mut Builder, x: Value| {
            let y = b.one(Form::Convert, &[x], &Type::new(dtype, &[2, 3]));
            b.one(Form::Convert, &[y], &ty(&[2, 3]))
        }
    };
    check(there(DType::F64), &["return %0"]);
    check(
        there(DType::BF16),
        &[
            "%1: bf16[2, 3] = convert %0",
            "%2: f32[2, 3] = convert %1",
            "return %2",
        ],
    );
}

#[test]
fn numbers_that_are_known_are_computed() {
    check(
        |b, x| {
            let (two, three) = (number(b, 2.0), number(b, 3.0));
            let product = b.one(Form::Binary(Binary::Multiply), &[two, three], &ty(&[2, 3]));
            let root = b.one(Form::Unary(Unary::Sqrt), &[product], &ty(&[2, 3]));
            let turned = Form::Transpose {
                permutation: vec![1, 0],
            };
            let root = b.one(turned, &[root], &ty(&[3, 2]));
            let root = b.one(Form::Reshape, &[root], &ty(&[2, 3]));
            b.one(Form::Binary(Binary::Add), &[x, root], &ty(&[2, 3]))
        },
        &[
            "%1: f32 = constant 2.4494898",
            "%2: f32[2, 3] = broadcast { axes: [] } %1",
            "%3: f32[2, 3] = add %0, %2",
            "return %3",
        ],
    );
    // By way of another type, and of a truth.
    check(
        |b, x| {
            let (half, whole) = (DType::BF16, DType::I32);
            let third = b.one(
                Form::constant(DType::F32, Number::Float(1.0 / 3.0)),
                &[],
                &ty(&[]),
            );
            let rounded = b.one(Form::Convert, &[third], &Type::scalar(half));
            let sum = Form::Binary(Binary::Add);
            let twice = b.one(sum, &[rounded, rounded], &Type::scalar(half));
            let twice = b.one(Form::Convert, &[twice], &ty(&[]));
            let none = b.one(Form::Convert, &[third], &Type::scalar(whole));
            let less = Form::Compare(crate::Compare::Less);
            let less = b.one(less, &[none, none], &Type::scalar(DType::Bool));
            let chosen = b.one(Form::Select, &[less, third, twice], &ty(&[]));
            let all = b.one(Form::Broadcast { axes: vec![] }, &[chosen], &ty(&[2, 3]));
            b.one(Form::Binary(Binary::Add), &[x, all], &ty(&[2, 3]))
        },
        &[
            "%1: f32 = constant 0.66796875",
            "%2: f32[2, 3] = broadcast { axes: [] } %1",
            "%3: f32[2, 3] = add %0, %2",
            "return %3",
        ],
    );
    // The scalar alone is the plainest of all.
    check(
        |b, _| {
            let one = b.one(
                Form::constant(DType::F32, Number::Float(1.0)),
                &[],
                &ty(&[]),
            );
            b.one(Form::Unary(Unary::Negate), &[one], &ty(&[]))
        },
        &["%1: f32 = constant -1.0", "return %1"],
    );
}

#[test]
fn a_choice_that_is_known_is_made() {
    check(
        |b, x| {
            let truth = Type::new(DType::Bool, &[2, 3]);
            let yes = b.one(Form::Constant(1), &[], &Type::scalar(DType::Bool));
            let yes = b.one(Form::Broadcast { axes: vec![] }, &[yes], &truth);
            let other = b.one(Form::Unary(Unary::Negate), &[x], &ty(&[2, 3]));
            let back = b.one(Form::Unary(Unary::Negate), &[other], &ty(&[2, 3]));
            b.one(Form::Select, &[yes, back, other], &ty(&[2, 3]))
        },
        &["return %0"],
    );
}
