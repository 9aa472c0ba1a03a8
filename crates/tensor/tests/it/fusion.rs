//! The compiler against the reference evaluation on random programs: whatever is fused, moved, shared or stored, the
//! bits are the same, for any number of threads and with any intermediate value forced.
//!
//! Values are small whole numbers, so that sums and products are exact in any order and bits can be compared.
use crate::draws::Draws;
use bouton_tensor::{
    Compiled, Conv, Padding, Pool, Tensor,
    compiler::{Cpu, Reference},
    keep,
};

/// A random program over a pool of tensors, driven by the numbers of `draws`; the same numbers give the same program.
pub(crate) fn grow(inputs: &[Tensor], draws: &mut Draws, steps: usize, force: bool) -> Vec<Tensor> {
    let mut pool = inputs.to_vec();
    let mut coin = Draws::new("force");
    for _ in 0..steps {
        let x = pool[draws.below(pool.len())].clone();
        let made = step(&x, &pool, draws);
        if force && coin.below(2) == 0 {
            let _ = made.eval().unwrap();
        }
        pool.push(made);
    }
    pool.split_off(inputs.len())
}

/// Keeps values small and whole.
fn tamed(x: Tensor) -> Tensor {
    x % 17.0
}

fn step(x: &Tensor, pool: &[Tensor], draws: &mut Draws) -> Tensor {
    let shape = x.shape().unwrap();
    let rank = shape.rank();
    let axis = |draws: &mut Draws| draws.below(rank.max(1)) as i32;
    let same: Vec<&Tensor> = pool
        .iter()
        .filter(|t| t.shape().unwrap() == shape)
        .collect();
    let other = same[draws.below(same.len())].clone();
    match draws.below(18) {
        0 => tamed(x + other),
        1 => tamed(x - other),
        2 => tamed(x * other),
        3 => x.maximum(&other),
        4 => x.lt(&other).select(x, &other),
        5 => tamed(x.negate().abs() + 1.0),
        6 if rank > 0 => tamed(x.sum_axes(keep(axis(draws)))),
        7 if rank > 0 && shape.size() > 0 => x.max_axes(axis(draws)),
        8 if rank > 1 => x.t(),
        9 if rank > 0 => tamed(x - x.sum_axes(keep(axis(draws)))),
        10 if rank > 0 => {
            let n = shape[0];
            x.slice_axis(0, n / 3..n)
        }
        11 if rank > 0 => x.reverse(axis(draws)),
        12 => x.flatten(),
        13 if rank > 0 && shape.size() < 5000 => {
            bouton_tensor::concatenate(&[x, &other], axis(draws))
        }
        14 if rank == 2 && shape[0] < 100 => tamed(x.matmul(&x.t())),
        16 if rank == 2 && shape[0] < 100 => {
            let y = x.matmul(&x.t());
            tamed(y.maximum(0.0) + &y)
        }
        17 if rank == 2 && (1..5000).contains(&shape.size()) => images(x, draws),
        15 if rank > 0 && shape.size() < 5000 => {
            x.new_axis(0).broadcast_to([&[3], &shape[..]].concat())
        }
        _ => tamed(x.sum() + x),
    }
}

/// Rows as images: a convolution, and what networks put behind it.
fn images(x: &Tensor, draws: &mut Draws) -> Tensor {
    let shape = x.shape().unwrap();
    let count = if shape[0].is_multiple_of(8) { 8 } else { 1 };
    let features = [2, 8, 16][draws.below(3)];
    let kernel = (0..9 * features).map(|_| draws.below(3) as f32 - 1.0);
    let kernel = Tensor::from_vec([3, 3, 1, features], kernel.collect::<Vec<_>>());
    let x = x.reshape([count, shape[0] / count, shape[1], 1]);
    let y = x.conv(&kernel, &Conv::new().padding(Padding::Same));
    let bias: Vec<f32> = (0..features).map(|_| draws.below(5) as f32).collect();
    let y = (y + Tensor::from_vec([features], bias)).maximum(0.0);
    let pooled = [1, 2].iter().all(|&axis| y.shape().unwrap()[axis] > 1);
    let y = match draws.below(3) {
        0 if pooled => y.max_pool(&Pool::new(2)),
        1 => tamed(&y * y.sum_axes(keep([1, 2]))),
        _ => y,
    };
    let y = tamed(y);
    y.slice_axis(3, 0..1).flatten()
}

pub(crate) fn inputs(draws: &mut Draws) -> Vec<Tensor> {
    let shapes: [&[usize]; 9] = [
        &[],
        &[7],
        &[5, 7],
        &[3, 1, 4],
        &[64, 40],
        &[9, 700],
        &[0, 3],
        &[50_000],
        &[400, 300],
    ];
    let values = |shape: &[usize], draws: &mut Draws| {
        let n = shape.iter().product();
        Tensor::from_vec(
            shape,
            (0..n)
                .map(|_| draws.below(17) as f32 - 8.0)
                .collect::<Vec<_>>(),
        )
    };
    (0..4)
        .map(|_| values(shapes[draws.below(shapes.len())], draws))
        .collect()
}

fn bits(outputs: &[Tensor]) -> Vec<Vec<u8>> {
    outputs
        .iter()
        .map(|t| t.to_array().unwrap().bytes().to_vec())
        .collect()
}

fn run(seed: u64) {
    let given = inputs(&mut Draws::new(seed));
    let program = |x: Vec<Tensor>| grow(&x, &mut Draws::new(seed + 1), 14, false);
    let arrays = || {
        given
            .iter()
            .map(|t| t.to_array().unwrap())
            .collect::<Vec<_>>()
    };
    let mut results = vec![];
    for threads in [1, 2, 3] {
        bouton_cpu::pool::set_threads(threads);
        // Twice: memory that was used before must not show; and with inputs that may be overwritten.
        for donated in [false, true] {
            let compiled =
                Compiled::new(&Cpu, &given, &vec![donated; given.len()], program).unwrap();
            let mut outputs = vec![];
            for _ in 0..2 {
                let mut arrays: Vec<_> = arrays()
                    .iter()
                    .map(|a| bouton_tensor::Array::from_bytes(a.ty(), a.bytes()).unwrap())
                    .collect();
                compiled.run(&mut arrays, &mut outputs).unwrap();
                results.push(
                    outputs
                        .iter()
                        .flatten()
                        .map(|a| a.bytes().to_vec())
                        .collect::<Vec<_>>(),
                );
            }
        }
    }
    results.push(bits(&grow(&given, &mut Draws::new(seed + 1), 14, true)));
    let reference = Compiled::new(&Reference, &given, &[], program).unwrap();
    let mut outputs = vec![];
    reference.run(&mut arrays(), &mut outputs).unwrap();
    let expected: Vec<Vec<u8>> = outputs
        .iter()
        .flatten()
        .map(|a| a.bytes().to_vec())
        .collect();
    for (i, result) in results.iter().enumerate() {
        for (k, (got, wanted)) in result.iter().zip(&expected).enumerate() {
            assert!(got == wanted, "seed {seed}: output {k} differs in run {i}");
        }
    }
}

#[test]
fn random_programs_have_the_bits_of_the_reference() {
    let first = crate::draws::seed();
    for seed in (first..).take(100) {
        run(seed * 1000);
    }
}

/// A small loop that a product waits for must not let it pass another reader of its result.
#[test]
fn products_stay_before_their_readers() {
    let square = |shift: usize| {
        let numbers = (0..16).map(|i| ((i * 7 + shift) % 5) as f32);
        Tensor::from_vec([4, 4], numbers.collect::<Vec<_>>())
    };
    let (a, j) = (square(0), square(2));
    let program = |x: Vec<Tensor>| {
        let product = x[0].matmul(&x[0]);
        let later = x[1].matmul(&x[0]);
        let turned = product.t() + later.t();
        vec![turned, later, product + &x[1]]
    };
    let given = vec![a, j];
    let run = |compiler: &dyn bouton_tensor::Compiler| {
        let compiled = Compiled::new(compiler, &given, &[false; 2], program).unwrap();
        let mut arrays: Vec<_> = given.iter().map(|t| t.to_array().unwrap()).collect();
        let mut outputs = vec![];
        compiled.run(&mut arrays, &mut outputs).unwrap();
        let bytes = |a: bouton_tensor::Array| a.bytes().to_vec();
        outputs.into_iter().flatten().map(bytes).collect::<Vec<_>>()
    };
    assert_eq!(run(&Cpu), run(&Reference));
}
