//! Random numbers are those of JAX.
use crate::golden::{Golden, read};
use bouton_tensor::{Array, DType, Tensor, eval, grad, jit, ops::TABLE, random, tensor, vmap};

/// Runs `f` on every record of the given names, of which there must be this many.
#[track_caller]
fn check(names: &[&str], count: usize, f: impl Fn(&Golden)) {
    let records = read(include_str!("../golden/random.txt"));
    let found: Vec<&Golden> = records
        .iter()
        .filter(|r| names.contains(&&r.name[..]))
        .collect();
    assert_eq!(found.len(), count);
    found.into_iter().for_each(f);
}

fn key(r: &Golden) -> Tensor {
    let words: Vec<u32> = r
        .get("key")
        .unwrap()
        .split(',')
        .map(|w| u32::from_str_radix(w, 16).unwrap())
        .collect();
    Tensor::from(words)
}

fn array(x: &Tensor) -> Array {
    x.to_array().unwrap()
}

/// `f32:3f800000`.
fn float(r: &Golden, name: &str) -> f64 {
    let (dtype, bits) = r.get(name).unwrap().split_once(':').unwrap();
    let ty = bouton_tensor::Type::scalar(DType::parse(dtype).unwrap());
    let bytes = u64::from_str_radix(bits, 16).unwrap().to_le_bytes();
    Array::from_bytes(&ty, &bytes[..ty.dtype.size()])
        .unwrap()
        .get_f64(0)
}

#[test]
fn keys_from_seeds() {
    check(&["key"], 16, |r| {
        // Without 64-bit types JAX cuts the seed to 32 bits.
        let seed: i64 = r.number("seed");
        let seed = if r.get("x64") == Some("1") {
            seed
        } else {
            seed & 0xffff_ffff
        };
        r.check(&array(&random::key(seed)));
    });
}

#[test]
fn threefry_of_two_words() {
    // The counter pair (0, x) is what folding in hashes; other pairs through the second counter.
    let records = read(include_str!("../golden/random.txt"));
    let zero = |r: &&Golden| r.name == "threefry2x32" && r.inputs()[0].slice::<u32>()[0] == 0;
    let found: Vec<&Golden> = records.iter().filter(zero).collect();
    assert_eq!(found.len(), 2);
    for r in found {
        r.check(&array(&random::fold_in(
            &key(r),
            i64::from(r.inputs()[0].slice::<u32>()[1]),
        )));
    }
}

#[test]
fn split_keys() {
    check(&["split"], 8, |r| {
        let keys = random::split(&key(r), r.number("n"));
        r.check(&array(&bouton_tensor::stack(keys, 0)));
    });
}

#[test]
fn folded_keys() {
    check(&["fold_in"], 16, |r| {
        let data: i64 = r.number("data");
        r.check(&array(&random::fold_in(&key(r), data)));
        r.check(&array(&random::fold_in(&key(r), Tensor::scalar(data))));
    });
}

#[test]
fn bits_of_every_width() {
    check(&["bits"], 60, |r| {
        let ty = r.results()[0].ty();
        r.check(&array(&random::bits(&key(r), ty.dtype, &ty.shape)));
    });
}

#[test]
fn uniform_numbers() {
    check(&["uniform"], 108, |r| {
        let ty = r.results()[0].ty();
        let (low, high) = (float(r, "lo"), float(r, "hi"));
        r.check(&array(&random::uniform_in(
            &key(r),
            ty.dtype,
            &ty.shape,
            low..high,
        )));
        if (low, high) == (0.0, 1.0) {
            r.check(&array(&random::uniform(&key(r), ty.dtype, &ty.shape)));
        }
    });
}

#[test]
fn normal_numbers() {
    check(&["normal"], 60, |r| {
        let ty = r.results()[0].ty();
        r.check(&array(&random::normal(&key(r), ty.dtype, &ty.shape)));
    });
}

#[test]
fn the_inverse_error_function() {
    check(&["erf_inv"], 2, |r| {
        let found = array(&Tensor::from_array(r.inputs()[0].clone()).erf_inv());
        match found.dtype() {
            DType::F64 => {
                // XLA's is off by 1.4e-12 near 1, from its log1p.
                let pairs = found
                    .to_f64_vec()
                    .into_iter()
                    .zip(r.results()[0].to_f64_vec());
                assert!(pairs.into_iter().all(|(x, y)| x == y
                    || x.is_nan() && y.is_nan()
                    || (x - y).abs() <= 2e-12 * y.abs()));
                let tail = Tensor::scalar(f64::from_bits(0x3fef_ffff_ca50_1acb)).erf_inv();
                assert!((tail.item().unwrap() - 3.7665625816384707).abs() < 2e-15);
            }
            _ => r.check(&found),
        }
    });
}

#[test]
fn integers_in_a_range() {
    let refused = std::cell::Cell::new(0);
    check(&["randint"], 162, |r| {
        let (low, high): (i128, i128) = (r.number("lo"), r.number("hi"));
        let ty = r.results()[0].ty();
        let x = random::randint(&key(r), ty.dtype, &ty.shape, low..high);
        let held = |n: i128| {
            let wide = 1i128 << (8 * ty.dtype.size());
            let least = if ty.dtype.is_signed_integer() {
                -wide / 2
            } else {
                0
            };
            (least..=least + wide).contains(&n)
        };
        if low < high && held(low) && held(high) {
            r.check(&array(&x));
        } else {
            // JAX gives the least, or moves the bounds; that is a mistake of the caller's.
            assert!(x.error().is_some(), "line {}", r.line);
            refused.set(refused.get() + 1);
        }
    });
    assert!(refused.get() <= 30, "{} refused", refused.get());
}

#[test]
fn permutations() {
    check(&["permutation"], 12, |r| {
        r.check(&array(&random::permutation(&key(r), r.number("n"))))
    });
    check(&["permutation_hash"], 3, |r| {
        let order: Vec<i32> = random::permutation(&key(r), r.number("n"))
            .to_vec()
            .unwrap();
        let bytes = order.iter().flat_map(|i| i.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
        });
        assert_eq!(hash, r.results()[0].slice::<u64>()[0]);
        assert_eq!(order[..8], *r.results()[1].slice::<i32>());
    });
    check(&["permutation_rows"], 6, |r| {
        r.check(&array(&random::shuffle(
            &key(r),
            &Tensor::from_array(r.inputs()[0].clone()),
        )))
    });
}

#[test]
fn coins() {
    check(&["bernoulli"], 32, |r| {
        let p = Tensor::from_array(r.inputs()[0].clone());
        r.check(&array(&random::bernoulli(
            &key(r),
            p,
            r.results()[0].shape(),
        )));
    });
}

#[test]
fn the_network_of_the_tutorial() {
    check(&["nx_uniform"], 4, |r| {
        let keys = random::split(&key(r), 2);
        r.check(&array(&random::uniform(&keys[1], DType::F32, [])));
        assert!(array(&keys[0]).same_bits(&r.results()[1]));
    });
    let (mut key, mut drawn) = (random::key(42), vec![]);
    for _ in 0..4 {
        let keys = random::split(&key, 2);
        drawn.push(random::uniform(&keys[1], DType::F32, []));
        key = keys[0].clone();
    }
    let x = random::uniform(&key, DType::F32, []);
    let y = ((x * &drawn[0] + &drawn[1]).sigmoid() * &drawn[2] + &drawn[3]).sigmoid();
    assert_eq!(drawn[3].item().unwrap(), 0.6716941595077515);
    assert_eq!(key.to_vec::<u32>().unwrap(), [4249898905, 2425127087]);
    check(&["go_deep_prediction"], 1, |r| r.check(&array(&y)));
}

#[test]
fn keys_are_refused_in_words() {
    #[track_caller]
    fn check(x: &Tensor, rule: &str) {
        let e = x.error().expect("an error").to_string();
        assert!(e.lines().next().is_some_and(|l| l.ends_with(rule)), "{e}");
        assert!(e.contains("tests/it/random.rs"), "{e}");
    }
    let wrong = tensor![1.0, 2.0];
    check(
        &random::uniform(&wrong, DType::F32, [3]),
        "a random key is u32[2], not f32[2]",
    );
    check(
        &random::split(&wrong, 2)[1],
        "a random key is u32[2], not f32[2]",
    );
    check(
        &random::permutation(&wrong, 3),
        "a random key is u32[2], not f32[2]",
    );
    check(
        &random::fold_in(&random::key(1), 1.5),
        "the number folded into a key must be an integer",
    );
    check(
        &random::uniform(&random::key(1), DType::I32, [3]),
        "random numbers of this kind are floats, not i32",
    );
    check(
        &random::normal(&random::key(1), DType::Bool, [3]),
        "random numbers of this kind are floats, not bool",
    );
    check(
        &random::bits(&random::key(1), DType::I32, [3]),
        "random bits are unsigned integers, not i32",
    );
    check(
        &random::randint(&random::key(1), DType::F32, [3], 0..2),
        "random integers are integers, not f32",
    );
    check(
        &random::randint(&random::key(1), DType::U8, [3], 0..300),
        "u8 must hold the range; it does not hold 0..300",
    );
    check(
        &random::randint(&random::key(1), DType::U8, [3], 7..7),
        "the range must not be empty; 7..7 is",
    );
    check(
        &random::bernoulli(&random::key(1), tensor![0.5, 0.5], [3]),
        "axis 0 must have size 1 or 3, not 2",
    );
}

#[test]
fn drawn_inside_transformations() {
    let keys = random::split(&random::key(7), 3);
    let all = bouton_tensor::stack(&keys, 0);
    let batched = vmap(&all, |k| random::normal(&k, DType::F32, [5]));
    for (i, k) in keys.iter().enumerate() {
        let alone = random::normal(k, DType::F32, [5]);
        assert!(array(&batched.at(i as i64)).same_bits(&array(&alone)));
    }
    let draw = jit(|k: &Tensor| random::randint(k, DType::I64, [4], -3..1000));
    let compiled = draw(&keys[0]).unwrap();
    assert!(array(&compiled).same_bits(&array(&random::randint(
        &keys[0],
        DType::I64,
        [4],
        -3..1000
    ))));
    // What was drawn is constant.
    let d = grad(&tensor![1.0, 2.0], |x| {
        (&x * random::uniform(&random::key(3), DType::F32, [2])).sum()
    });
    assert!(array(&d).same_bits(&array(&random::uniform(&random::key(3), DType::F32, [2]))));
    eval(&keys).unwrap();
    assert!(TABLE.iter().any(|e| e.name == "random_bits"));
}

/// Long runs of words are steps of a loop, each from its own index; the reference makes pairs.
#[test]
fn words_of_every_number_are_those_of_the_reference() {
    let reference = bouton_tensor::compiler::compiler("reference").unwrap();
    let keys = bouton_tensor::stack(random::split(&random::key(5), 3), 0);
    let sizes = (0..200).chain([255, 256, 257, 2047, 2048, 2049, 8192, 20_001, 65_537]);
    for n in sizes {
        let one = move |key: &Tensor| random::bits(key, DType::U32, [n]);
        let many = move |keys: &Tensor| vmap(keys, |key| random::bits(&key, DType::U32, [n]));
        let (first, expected) = (jit(one), jit(one).with_compiler(reference.clone()));
        let key = random::key(n as i64);
        assert_eq!(
            array(&first(&key).unwrap()).bytes(),
            array(&expected(&key).unwrap()).bytes(),
            "{n}"
        );
        if n < 300 {
            let (first, expected) = (jit(many), jit(many).with_compiler(reference.clone()));
            assert_eq!(
                array(&first(&keys).unwrap()).bytes(),
                array(&expected(&keys).unwrap()).bytes(),
                "3 times {n}"
            );
        }
    }
}

#[test]
fn distributions_are_those_of_jax() {
    let records = read(include_str!("../golden/distributions.txt"));
    let mut failures = vec![];
    for g in &records {
        let (key, ty) = (key(g), g.results()[0].ty());
        let x: Vec<Tensor> = g.inputs().iter().cloned().map(Tensor::from_array).collect();
        let (dtype, shape) = (ty.dtype, &ty.shape);
        let replacement = || match g.get("replace") {
            Some("1") => random::Replacement::With,
            _ => random::Replacement::Without,
        };
        let y = match g.name.as_str() {
            "exponential" => random::exponential(&key, dtype, shape),
            "gumbel" => random::gumbel(&key, dtype, shape),
            "laplace" => random::laplace(&key, dtype, shape),
            "logistic" => random::logistic(&key, dtype, shape),
            "cauchy" => random::cauchy(&key, dtype, shape),
            "truncated_normal" => {
                let range = g.number("low")..g.number("high");
                random::truncated_normal(&key, dtype, shape, range)
            }
            "gamma" => random::gamma(&key, &x[0], shape),
            "log_gamma" => random::log_gamma(&key, &x[0], shape),
            "beta" => random::beta(&key, &x[0], &x[1], shape),
            "dirichlet" => random::dirichlet(&key, &x[0], shape.without(shape.rank() - 1)),
            "chi_squared" => random::chi_squared(&key, &x[0], shape),
            "student_t" => random::student_t(&key, &x[0], shape),
            "poisson" => random::poisson(&key, &x[0], shape),
            "categorical" => random::categorical(&key, &x[0]),
            "rademacher" => random::rademacher(&key, dtype, shape),
            "choice" => random::choice(&key, &x[0], g.number("n"), replacement()),
            "choice_weighted" => {
                let n = g.number("n");
                random::choice_weighted(&key, &x[0], &x[1], n, replacement())
            }
            other => panic!("no counterpart of {other}"),
        };
        failures.extend(g.compare(&array(&y)).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Where the numbers are nobody else's: mean and variance of many, and how often the most frequent ones come.
#[test]
fn large_poisson_numbers_have_their_distribution() {
    for rate in [10.0, 33.0, 1000.0] {
        let n = 20_000;
        let x = random::poisson(&random::key(7), rate, [n]).convert(DType::F64);
        let (mean, variance) = (x.mean().item().unwrap(), x.variance(0).item().unwrap());
        let error = (rate / n as f64).sqrt();
        assert!((mean - rate).abs() < 4.0 * error, "{mean} of {rate}");
        assert!((variance / rate - 1.0).abs() < 0.05, "{variance} of {rate}");
        // The probability of the rate itself is about 1 / sqrt(2 pi rate).
        let peak = x.eq(rate).convert(DType::F64).mean().item().unwrap();
        let wanted = 1.0 / (2.0 * std::f64::consts::PI * rate).sqrt();
        assert!((peak / wanted - 1.0).abs() < 0.2, "{peak} of {rate}");
    }
}
