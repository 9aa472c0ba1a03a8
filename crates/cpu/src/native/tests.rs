//! Machine code against the kernels: the same bits for every function, type and length, and under pressure.
use crate::{compile_for, executable::Job, isa::Isa};
use bouton_array::{Array, DType, Element, Shape, Type, with_dtype};
use bouton_ir::{Binary, Builder, Compare, Form, Program, Reduction, Unary, Value};

/// Numbers from a multiplicative congruential generator (L'Ecuyer 1999, table 4).
struct Draws(u64);
impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(2862933555777941757).wrapping_add(1);
        self.0 >> 16
    }

    /// Small numbers alone.
    fn small(&mut self, dtype: DType, n: usize) -> Array {
        with_dtype!(dtype, T => {
            let mut value = || <T as Element>::from_f64((self.next() % 2001) as f64 / 100.0 - 10.0);
            Array::from_vec([n], (0..n).map(|_| value()).collect::<Vec<T>>()).unwrap()
        })
    }

    /// Small numbers, any pattern of bits, and the values at the edges.
    fn array(&mut self, dtype: DType, n: usize) -> Array {
        const EDGES: [f64; 24] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            1e-45,
            -1e-40,
            3.4e38,
            2147483648.0,
            -2147483648.0,
            4294967296.0,
            255.0,
            16777217.0,
            f64::MAX,
            -5e-324,
            6e-8,
            65504.0,
            -65520.0,
            9007199254740993.0,
            -9223372036854775808.0,
            18446744073709551615.0,
        ];
        with_dtype!(dtype, T => {
            let values: Vec<T> = (0..n).map(|_| match self.next() % 5 {
                4 => pattern::<T>(self.next() << 32 ^ self.next()),
                0 => <T as Element>::from_f64(EDGES[self.next() as usize % EDGES.len()]),
                1 => <T as Element>::from_f64(f64::from(f32::from_bits(self.next() as u32))),
                _ => <T as Element>::from_f64((self.next() % 2001) as f64 / 100.0 - 10.0),
            }).collect();
            Array::from_vec([n], values).unwrap()
        })
    }
}

/// The element of these bits.
fn pattern<T: Element>(bits: u64) -> T {
    match T::DTYPE {
        DType::F64 => T::from_f64(f64::from_bits(bits)),
        DType::F32 | DType::F16 | DType::BF16 => T::from_f32(f32::from_bits(bits as u32)),
        _ => T::from_i128(bits.into()),
    }
}

fn run(program: &Program, inputs: &[Array], isa: Isa) -> Vec<Array> {
    let mut outputs = vec![];
    let executable = compile_for(program, &vec![false; inputs.len()], isa).unwrap();
    executable.run(&mut inputs.to_vec(), &mut outputs);
    outputs.into_iter().flatten().collect()
}

/// Whether two elements are the same: the payload of a NaN is not defined.
fn same(x: &Array, y: &Array) -> bool {
    let size = x.dtype().size();
    let bits = x.bytes().chunks(size).zip(y.bytes().chunks(size));
    bits.enumerate()
        .all(|(i, (a, b))| a == b || x.get_f64(i).is_nan() && y.get_f64(i).is_nan())
}

#[track_caller]
fn check(what: &str, program: &Program, inputs: &[Array]) {
    let (native, portable) = (
        run(program, inputs, Isa::best()),
        run(program, inputs, Isa::Portable),
    );
    for (n, p) in native.iter().zip(&portable) {
        assert!(
            same(n, p),
            "{what} on {inputs:?}: {n:?}, but kernels give {p:?}"
        );
    }
}

/// One operation, on lengths with and without a rest, and with one element for all on either side.
fn check_all(what: &str, form: Form, inputs: &[DType], output: DType) {
    let mut draws = Draws(inputs.len() as u64 + 7);
    for n in [8, 13, 64, 1000, 5001] {
        for scalar in 0..=inputs.len() {
            let arrays: Vec<Array> = inputs
                .iter()
                .enumerate()
                .map(|(i, &t)| match i + 1 == scalar {
                    true => draws.array(t, 1),
                    false => draws.array(t, n),
                })
                .collect();
            let mut b = Builder::new(arrays.iter().map(|a| a.ty().clone()).collect());
            let wide: Vec<Value> = b
                .inputs()
                .into_iter()
                .zip(inputs)
                .map(|(v, &t)| match b.ty(v).shape.size() == n {
                    true => v,
                    false => b.one(Form::Broadcast { axes: vec![0] }, &[v], &Type::new(t, [n])),
                })
                .collect();
            let y = b.one(form.clone(), &wide, &Type::new(output, [n]));
            let program = b.finish(vec![y]);
            check(
                &format!("{what}, {n} elements, scalar {scalar}"),
                &program,
                &arrays,
            );
        }
    }
}

#[test]
fn every_function_of_every_type() {
    for t in DType::ALL {
        let float = matches!(t, DType::F16 | DType::BF16 | DType::F32 | DType::F64);
        for &f in Unary::ALL {
            let known = match f {
                Unary::Not => !float,
                Unary::PopulationCount | Unary::CountLeadingZeros => t.is_integer(),
                Unary::Abs | Unary::Negate | Unary::Sign => t != DType::Bool,
                _ => float,
            };
            if known {
                check_all(&format!("{} of {t}", f.name()), Form::Unary(f), &[t], t);
            }
        }
        for &f in Binary::ALL {
            use Binary::*;
            let known = match f {
                And | Or | Xor => !float,
                ShiftLeft | ShiftRightLogical | ShiftRightArithmetic => !float && t != DType::Bool,
                Atan2 | Copysign => float,
                Gcd => t.is_integer(),
                _ => t != DType::Bool,
            };
            if known {
                check_all(&format!("{} of {t}", f.name()), Form::Binary(f), &[t, t], t);
            }
        }
        for &f in Compare::ALL {
            check_all(
                &format!("{} of {t}", f.name()),
                Form::Compare(f),
                &[t, t],
                DType::Bool,
            );
        }
        check_all(
            &format!("select of {t}"),
            Form::Select,
            &[DType::Bool, t, t],
            t,
        );
        for to in DType::ALL {
            check_all(&format!("convert {t} to {to}"), Form::Convert, &[t], to);
            check_all(&format!("convert {to} to {t}"), Form::Convert, &[to], t);
        }
    }
}

/// What would have the bits of the kernels too if kernels did it.
#[test]
fn sums_of_every_type_of_32_bits_or_more_are_machine_code() {
    let types = DType::ALL.into_iter();
    for t in types.filter(|t| t.is_float() || t.size() >= 4) {
        let (of_all, of_rows) = (Type::new(t, [40, 50]), Type::new(t, [40]));
        let mut b = Builder::new(vec![of_all.clone(); 2]);
        let y = b.one(Form::Binary(Binary::Add), &b.inputs(), &of_all);
        let (reduction, axes) = (Reduction::Sum, vec![1]);
        let z = b.one(Form::Reduce { reduction, axes }, &[y], &of_rows);
        let program = b.finish(vec![y, z]);
        let executable = compile_for(&program, &[false; 2], Isa::best()).unwrap();
        let loops = executable.code.jobs.iter().map(|job| match job {
            Job::Loop { tiles, .. } => tiles.is_native(),
            _ => false,
        });
        let native = loops.collect::<Vec<_>>();
        let may = Isa::best() != Isa::Portable && super::available();
        assert_eq!(native, [may], "{t}");
    }
}

/// The functions of one element that floats have.
fn of_floats() -> impl Iterator<Item = Unary> {
    let bits = [Unary::Not, Unary::PopulationCount, Unary::CountLeadingZeros];
    Unary::ALL
        .iter()
        .copied()
        .filter(move |f| !bits.contains(f))
}

/// The functions of `f32` on every 257th pattern of bits, and on those around the notable ones.
#[test]
fn mathematics_has_the_bits_of_the_kernels() {
    let edges = [
        0x0000_0000u32,
        0x0080_0000,
        0x3f80_0000,
        0x4b00_0000,
        0x7f80_0000,
    ];
    let near = edges.iter().flat_map(|&e| [e, e ^ 1 << 31]);
    let near = near.flat_map(|e| (0..600).map(move |i| e.wrapping_add(i).wrapping_sub(300)));
    let all: Vec<u32> = (0..=u32::MAX).step_by(257).chain(near).collect();
    // In pieces, which are a test of memory too.
    for bits in all.chunks(1 << 20) {
        let values: Vec<f32> = bits.iter().map(|&b| f32::from_bits(b)).collect();
        let n = values.len();
        let x = [Array::from_vec([n], values).unwrap()];
        for f in of_floats() {
            let ty = Type::new(DType::F32, [n]);
            let mut b = Builder::new(vec![ty.clone()]);
            let y = b.one(Form::Unary(f), &b.inputs(), &ty);
            let program = b.finish(vec![y]);
            let [native, kernels] = [Isa::best(), Isa::Portable].map(|isa| run(&program, &x, isa));
            let differs = (0..n).find(|&i| {
                let of = |y: &[Array]| y[0].get_f64(i);
                let (p, q) = (of(&native), of(&kernels));
                p.to_bits() != q.to_bits() && !(p.is_nan() && q.is_nan())
            });
            if let Some(i) = differs {
                let of = |y: &[Array]| y[0].get_f64(i);
                let (x, y, z) = (of(&x), of(&native), of(&kernels));
                panic!("{} of {x:e}: {y:e}, but kernels give {z:e}", f.name());
            }
        }
    }
}

/// The functions of `f64` on any patterns of bits, and on those around the notable ones.
#[test]
fn mathematics_of_f64_has_the_bits_of_the_kernels() {
    let mut draws = Draws(5);
    let edges = [
        0.0f64, 0.55, 0.85, 1.0, 22.0, 709.0, 745.0, 2.7e8, 4.5e15, 2.3e-308,
    ];
    let near = edges.iter().flat_map(|e| [e.to_bits(), (-e).to_bits()]);
    let near = near.flat_map(|e| (0..600).map(move |i| e.wrapping_add(i).wrapping_sub(300)));
    let any = (0..100_000).map(|_| draws.next() << 32 ^ draws.next());
    let bits: Vec<u64> = any.chain(near).collect();
    let mut values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
    values.extend((0..100_000).map(|_| (draws.next() as f64 / 1e10) % 40.0 - 20.0));
    for values in values.chunks(1 << 14) {
        let ty = Type::new(DType::F64, [values.len()]);
        let x = [Array::from_vec([values.len()], values.to_vec()).unwrap()];
        for f in of_floats() {
            let mut b = Builder::new(vec![ty.clone()]);
            let y = b.one(Form::Unary(f), &b.inputs(), &ty);
            check(f.name(), &b.finish(vec![y]), &x);
        }
    }
}

/// Folds along rows and row onto row, long and short, of what the same loop makes with operands that are the same for a
/// row or for a column.
#[test]
fn folds_and_broadcast_operands_have_the_bits_of_the_kernels() {
    let mut draws = Draws(3);
    for dims in [
        [3, 256],
        [5, 259],
        [2, 2500],
        [1, 40_003],
        [300, 257],
        [7, 9],
        [40, 12],
        [9, 20],
        [5, 33],
        [600, 100],
    ] {
        for t in DType::ALL.into_iter().filter(|&t| t != DType::Bool) {
            let of = |shape: &[usize]| Type::new(t, Shape::from(shape));
            let [rows, columns] = dims;
            let types = [of(&dims), of(&[rows]), of(&[columns])];
            let arrays: Vec<Array> = types
                .iter()
                .map(|ty| {
                    let n = ty.shape.size();
                    // With a NaN in every row there would be nothing to see in long ones.
                    let values = if n > 1000 {
                        draws.small(t, n)
                    } else {
                        draws.array(t, n)
                    };
                    Array::from_bytes(ty, values.bytes()).unwrap()
                })
                .collect();
            for reduction in Reduction::ALL {
                let bits = matches!(reduction, Reduction::And | Reduction::Or);
                if bits && t.is_float() {
                    continue;
                }
                for axis in [0, 1] {
                    let mut b = Builder::new(types.to_vec());
                    let x = b.inputs();
                    let wide = [0, 1]
                        .map(|k| b.one(Form::Broadcast { axes: vec![k] }, &[x[k + 1]], &of(&dims)));
                    let y = b.one(Form::Binary(Binary::Subtract), &[x[0], wide[0]], &of(&dims));
                    let y = b.one(Form::Binary(Binary::Maximum), &[wide[1], y], &of(&dims));
                    let z = b.one(
                        Form::Reduce {
                            reduction: *reduction,
                            axes: vec![axis],
                        },
                        &[y],
                        &of(&[dims[1 - axis]]),
                    );
                    let what = format!("{} of {t}{dims:?} over {axis}", reduction.name());
                    check(&what, &b.finish(vec![y, z]), &arrays);
                }
            }
        }
    }
}

/// What is made row by row has the bits of the kernels, and values between the loops take no memory.
#[test]
fn loops_over_the_same_rows_run_together() {
    let mut draws = Draws(4);
    let dims = [
        [128, 10],
        [300, 49],
        [40, 300],
        [20, 1000],
        [3, 1001],
        [17, 16_384],
    ];
    let all = dims.map(|dims| [(dims, DType::F32), (dims, DType::F64)]);
    for (dims, t) in all.into_iter().flatten() {
        let [rows, columns] = dims;
        let of = |shape: &[usize]| Type::new(t, Shape::from(shape));
        let types = [of(&dims), of(&[columns])];
        let arrays = types.clone().map(|ty| {
            let values = draws.small(t, ty.shape.size());
            Array::from_bytes(&ty, values.bytes()).unwrap()
        });
        let mut b = Builder::new(types.to_vec());
        let x = b.inputs();
        let two = |b: &mut Builder, f: Binary, x: Value, y: Value| {
            let ty = b.ty(x).clone();
            b.one(Form::Binary(f), &[x, y], &ty)
        };
        let wide = |b: &mut Builder, v: Value, axis: usize| {
            b.one(Form::Broadcast { axes: vec![axis] }, &[v], &of(&dims))
        };
        let fold = |b: &mut Builder, reduction: Reduction, v: Value| {
            let axes = vec![1];
            b.one(Form::Reduce { reduction, axes }, &[v], &of(&[rows]))
        };
        // A normalisation, and a softmax of it.
        let sum = fold(&mut b, Reduction::Sum, x[0]);
        let mean = b.one(Form::Unary(Unary::Tanh), &[sum], &of(&[rows]));
        let mean = wide(&mut b, mean, 0);
        let y = two(&mut b, Binary::Subtract, x[0], mean);
        let square = two(&mut b, Binary::Multiply, y, y);
        let spread = fold(&mut b, Reduction::Sum, square);
        let scale = b.one(Form::Unary(Unary::Rsqrt), &[spread], &of(&[rows]));
        let scale = wide(&mut b, scale, 0);
        let y = two(&mut b, Binary::Multiply, y, scale);
        let gain = wide(&mut b, x[1], 1);
        let y = two(&mut b, Binary::Multiply, y, gain);
        let top = fold(&mut b, Reduction::Max, y);
        let top = wide(&mut b, top, 0);
        let e = two(&mut b, Binary::Subtract, y, top);
        let e = b.one(Form::Unary(Unary::Exp), &[e], &of(&dims));
        let sum = fold(&mut b, Reduction::Sum, e);
        let sum = wide(&mut b, sum, 0);
        let z = two(&mut b, Binary::Divide, e, sum);
        let program = b.finish(vec![z]);
        check(&format!("normalisation of {dims:?}"), &program, &arrays);
        let compiled = compile_for(&program, &[false; 2], Isa::best()).unwrap();
        let many = rows >= 16 || rows * columns <= 16 << 10;
        let values = &compiled.memory().values;
        assert_eq!(
            values.iter().all(|(ty, _)| ty.shape.size() == rows),
            many,
            "{dims:?}: {values:?}"
        );
    }
}

/// More values alive than there are registers, with and without calls between.
#[test]
fn what_does_not_fit_the_registers_is_kept() {
    let (n, many) = (1003, 40);
    let mut draws = Draws(1);
    for call in [false, true] {
        let arrays: Vec<Array> = (0..3).map(|_| draws.array(DType::F32, n)).collect();
        let ty = Type::new(DType::F32, Shape::from([n]));
        let mut b = Builder::new(vec![ty.clone(); 3]);
        let x = b.inputs();
        let mut made = x.clone();
        for i in 0..many {
            let f = [Binary::Add, Binary::Multiply, Binary::Subtract][i % 3];
            let pair = [made[i], made[made.len() - 1 - i % 2]];
            let mut y = b.one(Form::Binary(f), &pair, &ty);
            if call && i % 7 == 0 {
                y = b.one(Form::Unary(Unary::Tanh), &[y], &ty);
            }
            made.push(y);
        }
        // All of them once more, the oldest last.
        let mut sum = made[0];
        for &v in made.iter().rev() {
            sum = b.one(Form::Binary(Binary::Maximum), &[sum, v], &ty);
        }
        let outputs = vec![sum, made[many / 2], made[many]];
        check("pressure", &b.finish(outputs), &arrays);
    }
}

/// Results in the memory of operands that are read late.
#[test]
fn donated_inputs_are_read_before_they_are_written() {
    let n = 2005;
    let ty = Type::new(DType::F32, Shape::from([n]));
    let mut draws = Draws(2);
    let mut b = Builder::new(vec![ty.clone(); 3]);
    let x = b.inputs();
    let first = b.one(Form::Binary(Binary::Add), &[x[0], x[1]], &ty);
    let second = b.one(Form::Binary(Binary::Multiply), &[first, x[2]], &ty);
    let third = b.one(Form::Binary(Binary::Subtract), &[x[0], x[2]], &ty);
    let program = b.finish(vec![first, second, third]);
    let arrays: Vec<Array> = (0..3).map(|_| draws.array(DType::F32, n)).collect();
    let expected = run(&program, &arrays, Isa::Portable);
    let owned = |a: &Array| Array::from_bytes(a.ty(), a.bytes()).unwrap();
    let executable = compile_for(&program, &[true; 3], Isa::best()).unwrap();
    let mut outputs = vec![];
    executable.run(
        &mut arrays.iter().map(owned).collect::<Vec<_>>(),
        &mut outputs,
    );
    assert!(executable.memory().in_place > 0);
    for (y, expected) in outputs.iter().flatten().zip(&expected) {
        assert!(same(y, expected));
    }
}

/// Operands that are the same for all rows, of lengths that tiles are and are not multiples of, and several in one loop.
#[test]
fn operands_that_repeat_have_the_bits_of_the_kernels() {
    let mut draws = Draws(4);
    let lengths = [1, 2, 3, 5, 6, 10, 31, 32, 33, 100, 251, 255];
    let shapes = lengths.iter().flat_map(|&n| [[1, n], [3, n], [7, 5]]);
    for [middle, last] in shapes {
        let rows = 9001 / (middle * last) + 1;
        let t = DType::F32;
        let of = |shape: &[usize]| Type::new(t, Shape::from(shape));
        let types = [of(&[rows, middle, last]), of(&[last]), of(&[middle, last])];
        let arrays: Vec<Array> = types
            .iter()
            .map(|ty| Array::from_bytes(ty, draws.small(t, ty.size()).bytes()).unwrap())
            .collect();
        let mut b = Builder::new(types.to_vec());
        let x = b.inputs();
        let mut spread =
            |v: Value, axes: Vec<usize>| b.one(Form::Broadcast { axes }, &[v], &types[0]);
        let (first, second) = (spread(x[1], vec![2]), spread(x[2], vec![1, 2]));
        let two = |b: &mut Builder, f, pair: [Value; 2]| b.one(Form::Binary(f), &pair, &types[0]);
        let y = two(&mut b, Binary::Add, [x[0], first]);
        let y = two(&mut b, Binary::Multiply, [y, second]);
        let mut outputs = vec![y];
        for axes in [vec![0], vec![2], vec![0, 1]] {
            let kept = (0..3).filter(|a| !axes.contains(a));
            let left: Vec<usize> = kept.map(|a| types[0].shape[a]).collect();
            let reduction = Reduction::Sum;
            outputs.push(b.one(Form::Reduce { reduction, axes }, &[y], &of(&left)));
        }
        check(
            &format!("{rows} times {middle} times {last}"),
            &b.finish(outputs),
            &arrays,
        );
    }
}
