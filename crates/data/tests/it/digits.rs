//! The built-in digits: the same bytes for ever, ten classes that look different, halves that share nothing.

use bouton_data::{Kind, Md5, digits};

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    let set = digits(300, 100, 42).unwrap();
    let sums = [
        Md5::of(set.train.images()),
        Md5::of(set.train.labels()),
        Md5::of(set.test.images()),
        Md5::of(set.test.labels()),
    ];
    let expected = [
        "199223e6e3dba595754a1afbc9fff4fc",
        "d7ee5df6eaad08ca2a00b1b0b56f1024",
        "51dad2b78f0e2e57508e9aaa3dc8ba80",
        "dc3758d9d17b9cfddcb055c5a6324c0b",
    ];
    assert_eq!(sums.map(|sum| sum.to_string()), expected);
}

#[test]
fn seeds_halves_and_positions_differ_and_lengths_only_cut() {
    let set = digits(50, 50, 1).unwrap();
    assert_ne!(set.train.images(), set.test.images());
    assert_ne!(
        set.train.images(),
        digits(50, 50, 2).unwrap().train.images()
    );
    assert_ne!(set.train.image(0), set.train.image(1));
    let longer = digits(80, 1, 1).unwrap();
    assert_eq!(
        longer.train.slice(..50).unwrap().images(),
        set.train.images()
    );
    assert!(!set.published);
}

#[test]
fn classes_are_about_equally_frequent_and_every_image_has_ink_and_paper() {
    let set = digits(2000, 1, 7).unwrap().train;
    assert_eq!(set.image_shape(), [28, 28]);
    assert_eq!(set.classes().len(), 10);
    let mut counts = [0; 10];
    for (i, &label) in set.labels().iter().enumerate() {
        counts[usize::from(label)] += 1;
        let image = set.image(i).unwrap();
        let ink = image.iter().filter(|&&p| p > 127).count();
        assert!(
            (15..350).contains(&ink),
            "image {i}, digit {label}: {ink} dark pixels"
        );
        assert!(image.iter().any(|&p| p > 0 && p < 127), "edges are smooth");
    }
    assert!(counts.iter().all(|n| (140..260).contains(n)), "{counts:?}");
}

#[test]
fn a_class_is_told_by_its_nearest_neighbour() {
    let set = digits(3000, 200, 3).unwrap();
    let right = (0..200)
        .filter(|&i| {
            let image = set.test.image(i).unwrap();
            let distance = |other: &[u8]| -> u64 {
                let squares = image
                    .iter()
                    .zip(other)
                    .map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2));
                squares.sum()
            };
            let nearest = (0..3000).min_by_key(|&j| distance(set.train.image(j).unwrap()));
            set.train.labels()[nearest.unwrap()] == set.test.labels()[i]
        })
        .count();
    assert!((150..=200).contains(&right), "{right} of 200");
}

#[test]
fn an_empty_half_is_refused_where_it_was_asked_for() {
    for (train, test) in [(0, 1), (1, 0)] {
        let error = digits(train, test, 5).unwrap_err();
        assert_eq!(error.kind(), Kind::Argument);
        assert_eq!(
            error.rule(),
            format!("digits({train}, {test}, 5): both halves must hold at least 1 example")
        );
        assert_eq!(error.place().unwrap().file(), file!());
    }
}
