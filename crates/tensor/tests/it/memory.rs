//! The plan of memory takes little more than what is alive at one time.
use crate::{draws::Draws, fusion};
use bouton_tensor::{Compiled, DType, MemoryReport, Tensor, compiler::Cpu, grad};

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
