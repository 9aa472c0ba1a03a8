//! What the compiler computes of constants has the bits that a run has.
use bouton_array::{Array, DType, Number, Type};
use bouton_cpu as cpu;
use bouton_ir::{Binary, Builder, Compare, Form, Program, Unary, Value, simplify};

const NUMBERS: [f64; 9] = [0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 7.0, 100.0, f64::INFINITY];

fn run(program: &Program, inputs: &mut [Array]) -> Option<Array> {
    let mut outputs = vec![];
    cpu::compile(program, &[]).ok()?.run(inputs, &mut outputs);
    outputs.swap_remove(0)
}

/// The form of these numbers of one type, computed by the compiler and by a run; whether it makes sense.
#[track_caller]
fn check(form: &Form, dtype: DType, numbers: &[f64], to: DType) -> bool {
    let (from, result) = (Type::scalar(dtype), Type::scalar(to));
    let arrays = numbers.iter().map(|&x| Number::Float(x).to_array(dtype));
    let mut b = Builder::new(vec![from.clone(); numbers.len()]);
    let x = b.inputs();
    let y = b.one(form.clone(), &x, &result);
    let Some(expected) = run(&b.finish(vec![y]), &mut arrays.collect::<Vec<_>>()) else {
        return false;
    };
    let mut b = Builder::new(vec![]);
    let constants = numbers
        .iter()
        .map(|&x| b.one(Form::constant(dtype, Number::Float(x)), &[], &from));
    let x: Vec<Value> = constants.collect();
    let y = b.one(form.clone(), &x, &result);
    let program = b.finish(vec![y]);
    let left = simplify(&program).steps.len();
    assert_eq!(left, 1, "steps left of {program}");
    let found = run(&program, &mut []).unwrap();
    let nan = |a: &Array| to.is_float() && a.get_f64(0).is_nan();
    assert!(
        found.same_bits(&expected) || nan(&found) && nan(&expected),
        "{form:?} of {numbers:?} in {dtype}: {found:?}, not {expected:?}"
    );
    true
}

#[test]
fn constants_have_the_bits_of_a_run() {
    let mut sensible = 0;
    for dtype in DType::ALL {
        for x in NUMBERS {
            for f in Unary::ALL {
                sensible += usize::from(check(&Form::Unary(*f), dtype, &[x], dtype));
            }
            for to in DType::ALL {
                sensible += usize::from(check(&Form::Convert, dtype, &[x], to));
            }
            for y in NUMBERS {
                for f in Binary::ALL {
                    sensible += usize::from(check(&Form::Binary(*f), dtype, &[x, y], dtype));
                }
                for f in Compare::ALL {
                    let form = Form::Compare(*f);
                    sensible += usize::from(check(&form, dtype, &[x, y], DType::Bool));
                }
            }
        }
    }
    assert!(sensible > 10_000, "{sensible}");
}
