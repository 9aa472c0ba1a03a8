//! Linear algebra: what decompositions must satisfy, on matrices of every shape and structure.
use crate::draws::{Draws, array};
use bouton_tensor::{DType, Tensor, Triangle, keep};

/// Random matrices, away from zero.
pub(crate) fn random(draws: &mut Draws, shape: &[usize], dtype: DType) -> Tensor {
    let size = shape.iter().product();
    let values = (0..size).map(|_| draws.unit()).collect();
    Tensor::from_array(array(&shape.into(), values, dtype))
}

/// How far off rounding may be, for matrices up to this side.
fn tolerance(dtype: DType, n: usize) -> f64 {
    let step = if dtype == DType::F64 {
        f64::EPSILON
    } else {
        f64::from(f32::EPSILON)
    };
    step * 40.0 * (n as f64 + 1.0)
}

/// Two tensors are the same, but for rounding.
#[track_caller]
pub(crate) fn near(what: &str, got: &Tensor, wanted: &Tensor, limit: f64) {
    assert_eq!(got.ty().unwrap(), wanted.ty().unwrap(), "{what}");
    let (got, wanted) = (got.to_array().unwrap(), wanted.to_array().unwrap());
    let pairs = got.to_f64_vec().into_iter().zip(wanted.to_f64_vec());
    for (i, (a, b)) in pairs.enumerate() {
        let off = (a - b).abs();
        assert!(
            off <= limit,
            "{what}: element {i} is {a:e} instead of {b:e}"
        );
    }
}

#[track_caller]
fn orthonormal_columns(what: &str, q: &Tensor, limit: f64) {
    let n = *q.shape().unwrap().last().unwrap();
    let found = q.matrix_transpose().matmul(q);
    let identity = Tensor::eye(q.dtype().unwrap(), n).broadcast_like(&found);
    near(what, &found, &identity, limit);
}

/// Calls `check` with types, and with batches of matrices of many shapes.
fn everywhere(name: &str, mut check: impl FnMut(&str, Tensor, [usize; 2], f64)) {
    let sizes = [
        [0, 0],
        [0, 2],
        [3, 0],
        [1, 1],
        [2, 2],
        [3, 5],
        [7, 4],
        [16, 16],
        [17, 17],
        [33, 20],
        [20, 49],
        [40, 40],
        [70, 66],
    ];
    let mut draws = Draws::new(name);
    for dtype in [DType::F64, DType::F32] {
        for [m, n] in sizes {
            for batch in [&[][..], &[2], &[0], &[3, 1]] {
                let shape = [batch, &[m, n]].concat();
                let x = random(&mut draws, &shape, dtype);
                let what = format!("{name} of {dtype}{shape:?}");
                check(&what, x, [m, n], tolerance(dtype, m.max(n)));
            }
        }
    }
}

#[test]
fn two_triangles_make_the_matrix() {
    everywhere("lu", |what, x, [m, n], limit| {
        let (p, l, u) = x.lu();
        near(what, &p.matmul(&l).matmul(&u), &x, limit);
        let shapes = [&l, &u].map(|t| t.shape().unwrap().to_vec());
        let k = m.min(n);
        assert!(
            shapes[0].ends_with(&[m, k]) && shapes[1].ends_with(&[k, n]),
            "{what}"
        );
        if x.shape().unwrap().size() > 0 {
            // Pivots are the greatest.
            assert!(l.abs().max().item().unwrap() <= 1.0, "{what}");
        }
    });
}

#[test]
fn an_orthogonal_matrix_and_a_triangle_make_the_matrix() {
    everywhere("qr", |what, x, [m, n], limit| {
        for (complete, (q, r)) in [(false, x.qr()), (true, x.qr_complete())] {
            let k = if complete { m } else { m.min(n) };
            near(what, &q.matmul(&r), &x, limit);
            near(what, &r, &r.triu(0), 0.0);
            assert!(q.shape().unwrap().ends_with(&[m, k]), "{what}");
            orthonormal_columns(what, &q, limit);
        }
    });
}

#[test]
fn singular_values_and_vectors_make_the_matrix() {
    everywhere("svd", |what, x, [m, n], limit| {
        let (u, s, vt) = x.svd();
        near(what, &(&u * s.new_axis(-2)).matmul(&vt), &x, limit);
        orthonormal_columns(what, &u, limit);
        orthonormal_columns(what, &vt.matrix_transpose(), limit);
        let k = m.min(n);
        if k > 0 {
            let gaps = s.slice_axis(-1, 0..k - 1) - s.slice_axis(-1, 1..k);
            let all = gaps.ge(0.0).all() & s.ge(0.0).all();
            assert_eq!(all.item().unwrap(), 1.0, "{what}");
        }
        near(what, &x.svdvals(), &s, limit);
        let (u, s_full, vt) = x.svd_full();
        near(what, &s_full, &s, limit);
        assert!(
            u.shape().unwrap().ends_with(&[m, m]) && vt.shape().unwrap().ends_with(&[n, n]),
            "{what}"
        );
        orthonormal_columns(what, &u, limit);
        orthonormal_columns(what, &vt.matrix_transpose(), limit);
        let thin = (u.slice_axis(-1, 0..k) * s.new_axis(-2)).matmul(vt.slice_axis(-2, 0..k));
        near(what, &thin, &x, limit);
    });
}

#[test]
fn eigenvectors_stay_on_their_line() {
    everywhere("eigh", |what, x, [m, n], limit| {
        if m != n {
            return;
        }
        let x = &x + x.matrix_transpose();
        let (w, v) = x.eigh();
        near(what, &x.matmul(&v), &(&v * w.new_axis(-2)), 4.0 * limit);
        orthonormal_columns(what, &v, limit);
        near(what, &x.eigvalsh(), &w, limit);
        near(what, &w, &w.sort(-1), 0.0);
        if x.shape().unwrap().size() > 0 {
            // The first element of at least half the largest magnitude is positive.
            let told = (v.abs() * 2.0).ge(v.abs().max_axes(keep(-2)));
            let first = told.convert(DType::I32).cumulative_sum(-2).eq(1) & told;
            let signs = first.select(&v, v.ones_like()).gt(0.0).all();
            assert_eq!(signs.item().unwrap(), 1.0, "{what}");
        }
    });
}

#[test]
fn square_roots_and_inverses() {
    everywhere("cholesky and solve", |what, x, [m, n], limit| {
        if m != n {
            return;
        }
        let eye = Tensor::eye(x.dtype().unwrap(), n);
        let spd = x.matmul(x.matrix_transpose()) + &eye;
        let l = spd.cholesky();
        let scale = n as f64 + 1.0;
        near(what, &l.matmul(l.matrix_transpose()), &spd, limit * scale);
        near(what, &l, &l.tril(0), 0.0);
        near(what, &spd.cholesky_upper(), &l.matrix_transpose(), 0.0);
        near(what, &spd.matmul(spd.solve(&x)), &x, limit * scale);
        near(
            what,
            &spd.matmul(spd.inv()),
            &eye.broadcast_like(&spd),
            limit * scale,
        );
        let across = l.triangular_solve(&x, Triangle::lower().transposed());
        near(
            what,
            &l.matrix_transpose().matmul(across),
            &x,
            limit * scale,
        );
        let right = l.triangular_solve(&x, Triangle::lower().right());
        near(what, &right.matmul(&l), &x, limit * scale);
        let (sign, log) = spd.slogdet();
        near(what, &sign, &sign.ones_like(), 0.0);
        let wanted = l.take_diagonal(0).log().sum_axes(-1) * 2.0;
        near(what, &log, &wanted, limit * scale);
    });
}

#[test]
fn pseudo_inverses_and_exponentials() {
    everywhere("pinv and expm", |what, x, [m, n], limit| {
        // Far from singular: the diagonal outweighs the rest.
        let mut strong = x.zeros_like();
        let diagonal = strong.take_diagonal(0).ones_like() * (m.max(n) as f64);
        strong = &x + strong.put_diagonal(diagonal, 0);
        let p = strong.pinv();
        near(
            what,
            &strong.matmul(&p).matmul(&strong),
            &strong,
            limit * 100.0,
        );
        near(what, &p.matmul(&strong).matmul(&p), &p, limit);
        let both = strong.matmul(&p);
        near(what, &both, &both.matrix_transpose(), limit);
        if m == n && n < 20 {
            let back = x.expm().matmul((-&x).expm());
            let eye = Tensor::eye(x.dtype().unwrap(), n).broadcast_like(&x);
            near(what, &back, &eye, limit * (n as f64 * 2.0).exp().min(1e5));
        }
    });
}

/// Matrices with a structure that iterations may stumble over.
fn structured(n: usize) -> Vec<(&'static str, Vec<f64>)> {
    let make = |f: &dyn Fn(usize, usize) -> f64| (0..n * n).map(|k| f(k / n, k % n)).collect();
    let beside = |i: usize, j: usize| i.abs_diff(j) <= 1;
    vec![
        ("zeros", make(&|_, _| 0.0)),
        ("ones", make(&|_, _| 1.0)),
        ("equal values", make(&|i, j| f64::from(i == j) * 3.0)),
        (
            "opposite values",
            make(&|i, j| f64::from(i == j) * if i % 2 == 0 { 2.0 } else { -2.0 }),
        ),
        (
            "parts apart",
            make(&|i, j| f64::from(i / 3 == j / 3) * (1.0 + (i + j) as f64)),
        ),
        (
            "a gap in the middle",
            make(&|i, j| f64::from(beside(i, j) && i / 4 == j / 4)),
        ),
        (
            "zeros on the diagonal",
            make(&|i, j| f64::from(i.abs_diff(j) == 1)),
        ),
        (
            "a zero column",
            make(&|i, j| {
                if i == 2 || j == 2 {
                    0.0
                } else {
                    1.0 / (i + j + 1) as f64
                }
            }),
        ),
        ("reversed", make(&|i, j| f64::from(i + j + 1 == n))),
        ("shifted", make(&|i, j| f64::from(j == i + 1))),
        (
            "low rank",
            make(&|i, j| (i + 1) as f64 * (j + 1) as f64 / 50.0 + f64::from(i % 2 == j % 2)),
        ),
        (
            "falling",
            make(&|i, j| {
                if beside(i, j) {
                    0.05_f64.powi((i + j) as i32)
                } else {
                    0.0
                }
            }),
        ),
        (
            "rising",
            make(&|i, j| {
                if beside(i, j) {
                    0.05_f64.powi((2 * n - i - j) as i32)
                } else {
                    0.0
                }
            }),
        ),
        ("nearly dependent", make(&|i, j| 1.0 / (i + j + 1) as f64)),
        (
            "tiny beside large",
            make(&|i, j| {
                if i == j {
                    [1e-200, 1.0, 1e200][i % 3]
                } else {
                    0.0
                }
            }),
        ),
        ("tiny", make(&|i, j| 1e-310 * ((i * j) % 5) as f64)),
        ("large", make(&|i, j| 1e305 * ((i + j) % 4) as f64)),
    ]
}

#[test]
fn structured_matrices_are_decomposed() {
    for n in [3, 8, 9, 24, 37] {
        for (name, values) in structured(n) {
            let what = format!("{name} of side {n}");
            let x = Tensor::from_vec([n, n], values);
            // Reconstruction is relative to the greatest element, which may be near the end of the range.
            let most = x.abs().max().item().unwrap();
            let by = if most > 0.0 { most } else { 1.0 };
            let limit = tolerance(DType::F64, n) * n as f64;
            let own = &x / by;
            let (w, v) = x.eigh();
            orthonormal_columns(&what, &v, limit);
            let average = (&own + own.matrix_transpose()) * 0.5;
            let back = (&v * (&w / by).new_axis(-2)).matmul(v.matrix_transpose());
            near(&what, &back, &average, limit);
            near(&what, &(x.eigvalsh() / by), &(w / by), limit);
            let (u, s, vt) = x.svd();
            orthonormal_columns(&what, &u, limit);
            orthonormal_columns(&what, &vt.matrix_transpose(), limit);
            near(
                &what,
                &(&u * (&s / by).new_axis(-2)).matmul(&vt),
                &own,
                limit,
            );
            near(&what, &(x.svdvals() / by), &(s / by), limit);
            let (q, r) = x.qr();
            orthonormal_columns(&what, &q, limit);
            near(&what, &q.matmul(&r / by), &own, limit);
            let (p, l, u) = x.lu();
            near(&what, &p.matmul(&l).matmul(&u / by), &own, limit);
        }
    }
}

#[test]
fn a_matrix_gives_the_same_bits_in_any_batch() {
    let mut draws = Draws::new("bits");
    for n in [3, 8, 21] {
        let x = random(&mut draws, &[40, n, n], DType::F32);
        let spd = x.matmul(x.matrix_transpose()) + Tensor::eye(DType::F32, n);
        let all = |x: &Tensor, spd: &Tensor| {
            let (svd, eigh, qr) = (x.svd(), spd.eigh(), x.qr());
            [
                svd.0,
                svd.1,
                svd.2,
                eigh.0,
                eigh.1,
                qr.0,
                qr.1,
                spd.cholesky(),
                x.inv(),
                x.expm(),
                x.lu().1,
                x.pinv(),
            ]
        };
        let together = all(&x, &spd);
        for i in [0, 17, 39] {
            let alone = all(&x.at(i), &spd.at(i));
            for (a, b) in together.iter().zip(alone) {
                let (a, b) = (a.at(i).to_array().unwrap(), b.to_array().unwrap());
                assert!(a.same_bits(&b), "matrix {i} of side {n}");
            }
        }
    }
}

/// A digest of the results of each decomposition.
fn digests() -> String {
    let hash = |x: &Tensor| {
        let bytes = x.to_array().unwrap().bytes().to_vec();
        // FNV-1a.
        bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, &b| {
            (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
        })
    };
    let values: Vec<f64> = (0..37 * 37)
        .map(|i| ((i * i * 31 + i * 17) % 101) as f64 / 50.0 - 1.0)
        .collect();
    let mut found = vec![];
    for dtype in [DType::F64, DType::F32] {
        let x = Tensor::from_array(array(&[37, 37].into(), values.clone(), dtype));
        let spd = x.matmul(x.matrix_transpose()) + Tensor::eye(dtype, 37) * 9.0;
        let y = [
            spd.cholesky(),
            x.lu_packed().0,
            x.qr().0,
            spd.eigh().1,
            x.svd().0,
            x.solve(&spd),
            x.pinv(),
            x.expm(),
        ];
        found.extend(y.iter().map(hash));
    }
    format!("{found:x?}")
}

/// A process of this test with another instruction set prints its digests, which are compared with those made here.
#[test]
fn bits_do_not_depend_on_the_instruction_set() {
    const PRINT: &str = "LINALG_TEST_PRINTS_DIGESTS";
    let here = digests();
    if std::env::var_os(PRINT).is_some() {
        println!("digests {here}");
        return;
    }
    for (isa, threads) in [("portable", "1"), ("portable", "3"), ("", "3")] {
        let name = "linalg::bits_do_not_depend_on_the_instruction_set";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .envs([
                (PRINT, "1"),
                ("BOUTON_ISA", isa),
                ("BOUTON_THREADS", threads),
            ])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let there = text.lines().find_map(|l| l.split_once("digests "));
        assert_eq!(
            there.map(|l| l.1),
            Some(&here[..]),
            "{isa} {threads}: {text}"
        );
    }
}
