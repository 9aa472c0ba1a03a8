//! The plan of memory takes little more than what is alive at one time.
use crate::{draws::Draws, fusion};
use bouton_tensor::{
    Compiled, Conv, DType, MemoryReport, Padding, Pool, Tensor, compiler::Cpu, grad,
};

/// The arena may be so much larger than the most that is alive at one time.
const LARGER: f64 = 1.2;

#[track_caller]
fn check(what: &str, report: &MemoryReport) {
    let (arena, live) = (report.arena, report.live);
    assert!(arena >= live, "{what}: {arena} bytes for {live}");
    assert!(
        arena as f64 <= LARGER * live as f64,
        "{what}: {arena} bytes for {live}, {:.3} times as many",
        arena as f64 / live as f64
    );
}

fn report(given: &[Tensor], f: impl FnOnce(Vec<Tensor>) -> Vec<Tensor>) -> MemoryReport {
    let compiled = Compiled::new(&Cpu, &given.to_vec(), &[], f).unwrap();
    compiled.memory_report()
}

#[test]
fn random_programs_fit() {
    let first = crate::draws::seed();
    for seed in (first..).take(200) {
        let given = fusion::inputs(&mut Draws::new(seed * 1000));
        let last = |x: Vec<Tensor>| {
            let mut made = fusion::grow(&x, &mut Draws::new(seed * 1000 + 1), 60, false);
            made.split_off(57)
        };
        check(&format!("seed {seed}"), &report(&given, last));
    }
}

/// Layers of these widths, each also fed what the one `back` before it was made of.
fn chain(widths: &[usize], back: usize, weights: &[Tensor], x: &Tensor) -> Tensor {
    let mut made = vec![x.clone()];
    for (i, w) in weights.iter().enumerate() {
        let y = made[i].matmul(w).tanh();
        let y = match i.checked_sub(back) {
            Some(j) if widths[j] == widths[i + 1] => y + &made[j],
            _ => y,
        };
        made.push(y);
    }
    made.pop().unwrap()
}

#[test]
fn deep_chains_with_skips_fit() {
    for (pattern, back) in [
        (&[64][..], 1),
        (&[64, 48], 1),
        (&[40, 56, 24], 2),
        (&[16, 200, 64, 8], 3),
    ] {
        let widths: Vec<usize> = pattern.iter().copied().cycle().take(41).collect();
        let weights: Vec<Tensor> = widths
            .windows(2)
            .map(|pair| {
                Tensor::full(DType::F32, [pair[0], pair[1]], 0.1)
                    .eval()
                    .unwrap()
            })
            .collect();
        let x = Tensor::full(DType::F32, [96, widths[0]], 0.5)
            .eval()
            .unwrap();
        let given: Vec<Tensor> = weights.iter().chain([&x]).cloned().collect();
        let forward = |mut given: Vec<Tensor>| {
            let x = given.pop().unwrap();
            vec![chain(&widths, back, &given, &x)]
        };
        let backward = |mut given: Vec<Tensor>| {
            let x = given.pop().unwrap();
            grad(given, |weights| chain(&widths, back, &weights, &x).sum())
        };
        check(&format!("forward {pattern:?}"), &report(&given, forward));
        check(&format!("backward {pattern:?}"), &report(&given, backward));
    }
}

#[test]
fn what_follows_a_convolution_has_no_buffers() {
    let given = [
        Tensor::full(DType::F32, [16, 28, 28, 1], 0.5),
        Tensor::full(DType::F32, [3, 3, 1, 32], 0.25),
        Tensor::full(DType::F32, [32], 1.0),
    ];
    let pooled = |x: Vec<Tensor>| {
        let y = x[0].conv(&x[1], &Conv::new().padding(Padding::Same));
        vec![(y + &x[2]).maximum(0.0).max_pool(&Pool::new(2))]
    };
    let report = report(&given, pooled);
    let whole = 16 * 28 * 28 * 32 * size_of::<f32>();
    assert_eq!(report.outputs, whole / 4);
    assert!(report.arena < whole / 4, "{report}");
}

/// Parameters are updated where they are, also behind the product that makes their gradient.
#[test]
fn a_step_of_training_is_in_place() {
    let given = [
        Tensor::full(DType::F32, [400, 96], 0.5),
        Tensor::full(DType::F32, [400, 96], 0.0),
        Tensor::full(DType::F32, [64, 400], 0.25),
    ];
    let step = |x: Vec<Tensor>| {
        let g = grad(&x[0], |w| (x[2].matmul(w).tanh()).sum());
        let m = &x[1] * 0.9 + g;
        vec![&x[0] - &m * 0.1, m]
    };
    let compiled = Compiled::new(&Cpu, &given.to_vec(), &[true, true, false], step).unwrap();
    let report = compiled.memory_report();
    assert_eq!(
        (report.in_place, report.outputs),
        (2 * 400 * 96 * size_of::<f32>(), 0)
    );
}

/// The gradient of `gelu` makes again of its argument what costs one operation: the argument is stored instead of two
/// products.
#[test]
fn what_is_cheap_is_made_again() {
    let given = [
        Tensor::full(DType::F32, [64, 96], 0.5),
        Tensor::full(DType::F32, [96, 128], 0.25),
        Tensor::full(DType::F32, [128, 96], 0.125),
    ];
    let step = |x: Vec<Tensor>| {
        grad(vec![x[1].clone(), x[2].clone()], |w| {
            (x[0].matmul(&w[0]).gelu().matmul(&w[1])).sin().sum()
        })
    };
    let report = report(&given, step);
    let one = 64 * 128 * size_of::<f32>();
    assert!(report.arena < 6 * one, "{report}");
}
