//! Batches: their tensors, their order, their ends, the mistakes they carry; and everything else that training can read.

use bouton_data::{Augmentation, Batches, Data, Dataset, Kind, Parts, Result};
use bouton_tensor::{DType, Tensor};

/// `count` images of 1x2: image i is (i, 255 - i), its label i modulo 3.
fn dataset(count: u8) -> Dataset {
    Dataset::new(Parts {
        name: "counted".into(),
        images: (0..count).flat_map(|i| [i, 255 - i]).collect(),
        image_shape: vec![1, 2],
        labels: (0..count).map(|i| i % 3).collect(),
        classes: ["a", "b", "c"].map(String::from).to_vec(),
    })
    .unwrap()
}

fn pairs(data: &impl Data, epoch: u64) -> Vec<(Vec<f32>, Vec<f32>)> {
    data.epoch(epoch)
        .map(|batch| {
            let (x, y) = batch.unwrap();
            (x.to_vec().unwrap(), y.to_vec().unwrap())
        })
        .collect()
}

/// The numbers of the images, in the order in which they come.
fn order(batches: &Batches, epoch: u64) -> Vec<u8> {
    let pairs = pairs(batches, epoch);
    let firsts = pairs.iter().flat_map(|(x, _)| x.iter().step_by(2));
    firsts.map(|x| (x * 255.0).round() as u8).collect()
}

#[test]
fn images_are_bytes_by_255_and_targets_one_hot() {
    let batches = dataset(5).batches(2);
    let got = pairs(&batches, 0);
    let of = |i: u8| [f32::from(i) / 255.0, f32::from(255 - i) / 255.0];
    let expected = [
        ([of(0), of(1)].concat(), vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        ([of(2), of(3)].concat(), vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
        (of(4).to_vec(), vec![0.0, 1.0, 0.0]),
    ];
    assert_eq!(got, expected);
    assert_eq!(batches.len(), 3);
    assert_eq!(batches.batches_per_epoch(), Some(3));
    let whole = dataset(255).batches(usize::MAX);
    assert_eq!(whole.len(), 1);
    assert_eq!(
        whole.iter().next().unwrap().unwrap().0.dims::<2>().unwrap(),
        [255, 2]
    );
}

#[test]
fn shapes_and_sparse_targets() {
    let set = dataset(7).reshape([1, 2, 1]).unwrap();
    let batches = set.batches(4).sparse();
    let got: Result<Vec<(Tensor, Tensor)>> = batches.iter().collect();
    let got = got.unwrap();
    assert_eq!(got[0].0.dims::<4>().unwrap(), [4, 1, 2, 1]);
    assert_eq!(got[1].0.dims::<4>().unwrap(), [3, 1, 2, 1]);
    assert_eq!(got[1].1.dtype().unwrap(), DType::I32);
    assert_eq!(got[1].1.to_vec::<i32>().unwrap(), [1, 2, 0]);
    assert_eq!(got[0].0.dtype().unwrap(), DType::F32);
}

#[test]
fn the_order_is_a_function_of_seed_epoch_and_position() {
    let set = dataset(100);
    let shuffled = set.batches(7).shuffle(42);
    assert_eq!(order(&set.batches(7), 3), (0..100).collect::<Vec<u8>>());
    let first = order(&shuffled, 0);
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..100).collect::<Vec<u8>>());
    assert_ne!(first, sorted);
    assert_eq!(first, order(&shuffled, 0), "again");
    assert_eq!(
        first,
        order(&set.batches(30).shuffle(42), 0),
        "for any batch size"
    );
    assert_ne!(first, order(&shuffled, 1), "another each epoch");
    assert_ne!(
        first,
        order(&set.batches(7).shuffle(43), 0),
        "another for each seed"
    );
    // A target goes with its image.
    for (x, y) in pairs(&shuffled, 5) {
        for (x, y) in x.chunks(2).zip(y.chunks(3)) {
            let label = (x[0] * 255.0).round() as usize % 3;
            assert_eq!(y.iter().position(|&y| y == 1.0), Some(label));
        }
    }
}

#[test]
fn skipping_gives_what_reading_on_gives() {
    let batches = dataset(50).batches(8).shuffle(1);
    let all = pairs(&batches, 2);
    for skipped in 0..=8 {
        let rest = batches.iter_epoch(2).skip(skipped);
        let rest: Vec<Vec<f32>> = rest.map(|b| b.unwrap().0.to_vec().unwrap()).collect();
        let expected: Vec<Vec<f32>> = all.iter().skip(skipped).map(|(x, _)| x.clone()).collect();
        assert_eq!(rest, expected);
    }
    assert_eq!(batches.iter().len(), 7);
    assert_eq!(batches.iter().skip(5).len(), 2);
}

#[test]
fn the_smaller_last_batch_can_be_left_out() {
    let set = dataset(10);
    let sizes = |batches: Batches| -> Vec<usize> {
        let sizes = (&batches)
            .into_iter()
            .map(|b| b.unwrap().1.dims::<2>().unwrap()[0]);
        sizes.collect()
    };
    assert_eq!(sizes(set.batches(4)), [4, 4, 2]);
    assert_eq!(sizes(set.batches(4).drop_last()), [4, 4]);
    assert_eq!(sizes(set.batches(5).drop_last()), [5, 5]);
    assert_eq!(sizes(set.slice(2..9).unwrap().batches(4)), [4, 3]);
}

#[track_caller]
fn mistaken(batches: &Batches, rule: &str) {
    for epoch in [0, 9] {
        let mut items = batches.epoch(epoch);
        let error = items.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Argument);
        assert_eq!(error.rule(), rule);
        assert_eq!(error.place().unwrap().file(), file!());
        assert!(items.next().is_none(), "an error ends the epoch");
    }
    assert!(batches.is_empty());
    assert!(
        batches.iter_epoch(0).nth(3).unwrap().is_err(),
        "skipping does not lose it"
    );
    assert!(format!("{batches:?}").starts_with(rule));
}

#[test]
fn mistakes_come_out_when_an_epoch_is_read() {
    let set = dataset(3);
    let zero = "batches(0): a batch must hold at least 1 example";
    mistaken(&set.batches(0), zero);
    mistaken(&set.batches(0).shuffle(1).sparse().drop_last(), zero);
    mistaken(
        &set.batches(4).drop_last(),
        "drop_last: at least one batch of 4 examples must be left",
    );
}

#[test]
fn vectors_arrays_and_iterators_of_pairs_are_data() {
    let pair = |v: f32| {
        (
            Tensor::from_vec([1, 1], vec![v]),
            Tensor::from_vec([1], vec![v]),
        )
    };
    let vector = vec![pair(1.0), pair(2.0)];
    let expected = [(vec![1.0], vec![1.0]), (vec![2.0], vec![2.0])];
    assert_eq!(pairs(&vector, 0), expected);
    assert_eq!(pairs(&vector, 1), expected);
    assert_eq!(vector.batches_per_epoch(), Some(2));
    assert_eq!(pairs(&[pair(1.0), pair(2.0)], 0), expected);
    let iterator = (1..3).map(move |i| pair(i as f32));
    assert_eq!(pairs(&iterator, 4), expected);
    assert_eq!(iterator.batches_per_epoch(), Some(2));
    let filtered = vector.into_iter().filter(|_| true);
    assert_eq!(filtered.batches_per_epoch(), None);
    let batches = dataset(4).batches(2);
    assert_eq!(pairs(&&batches, 0), pairs(&batches, 0));
}

#[test]
fn what_training_reads_can_be_sent_to_another_thread() {
    fn sendable<T: Send + Sync>(_: &T) {}
    let batches = dataset(4).batches(2);
    sendable(&batches);
    sendable(batches.dataset());
    sendable(&batches.iter());
}

/// Which of the images 1x2 of [`dataset`] were flipped, by their numbers.
fn flipped(batches: &Batches, epoch: u64) -> Vec<bool> {
    let pairs = pairs(batches, epoch);
    let images: Vec<u8> = pairs
        .iter()
        .flat_map(|(x, _)| x.iter().map(|x| (x * 255.0).round() as u8))
        .collect();
    let mut flipped = vec![false; images.len() / 2];
    for image in images.chunks_exact(2) {
        let number = image[0].min(image[1]);
        flipped[usize::from(number)] = image[0] > image[1];
    }
    flipped
}

#[test]
fn flips_are_a_function_of_seed_epoch_and_position() {
    let set = dataset(100);
    let batches = set.batches(7).augment(Augmentation::left_right(5));
    let first = flipped(&batches, 0);
    let count = first.iter().filter(|f| **f).count();
    assert!((30..70).contains(&count), "{count}");
    assert_eq!(flipped(&batches, 0), first, "again");
    assert_ne!(flipped(&batches, 1), first, "another epoch");
    let of = |size, augmentation| flipped(&set.batches(size).augment(augmentation), 0);
    assert_ne!(of(7, Augmentation::left_right(6)), first, "another seed");
    assert_eq!(of(64, Augmentation::left_right(5)), first, "other batches");
    assert_eq!(
        of(7, Augmentation::upside_down(5)),
        vec![false; 100],
        "images of one row"
    );
    // A run that is resumed begins in the middle.
    let all: Vec<Vec<f32>> = pairs(&batches, 3).into_iter().map(|(x, _)| x).collect();
    let fifth = batches.iter_epoch(3).nth(5).unwrap().unwrap().0;
    assert_eq!(fifth.to_vec::<f32>().unwrap(), all[5]);
    // Labels go with their images, shuffled or not.
    for data in [batches.clone(), batches.shuffle(1)] {
        for (x, y) in pairs(&data, 0) {
            for (image, label) in x.chunks_exact(2).zip(y.chunks_exact(3)) {
                let number = (image[0].min(image[1]) * 255.0).round() as usize;
                assert_eq!(label[number % 3], 1.0);
            }
        }
    }
}

#[test]
fn whole_batches_and_once() {
    let set = dataset(100);
    let whole = Augmentation::left_right(5).whole_batches();
    let batches = set.batches(10).augment(whole.clone());
    let first = flipped(&batches, 0);
    assert!(first.chunks(10).all(|b| b.iter().all(|f| *f == b[0])));
    assert!(first.contains(&true) && first.contains(&false));
    assert_ne!(flipped(&batches, 1), first);
    let once = set.batches(10).augment(whole.once());
    assert_eq!(flipped(&once, 0), first);
    assert_eq!(flipped(&once, 1), first);
}

#[test]
fn changes_of_ones_own_come_in_order_and_may_fail() {
    let double = Augmentation::new(0, |image, _| {
        image
            .bytes_mut()
            .iter_mut()
            .for_each(|b| *b = b.wrapping_mul(2));
        Ok(())
    });
    let one_more = Augmentation::new(0, |image, _| {
        assert_eq!(image.shape(), [1, 2]);
        image
            .bytes_mut()
            .iter_mut()
            .for_each(|b| *b = b.wrapping_add(1));
        Ok(())
    });
    let batches = dataset(5).batches(5).augment(double).augment(one_more);
    assert_eq!(order(&batches, 0), [1, 3, 5, 7, 9]);
    let bad = Augmentation::new(0, |image, _| image.reverse(2));
    let mut epoch = dataset(5)
        .batches(2)
        .augment(bad)
        .iter()
        .map(|b| b.map(drop))
        .collect::<Vec<_>>();
    assert_eq!(epoch.len(), 1);
    let e = epoch.remove(0).unwrap_err();
    assert_eq!(
        (e.kind(), e.to_string().as_str()),
        (
            Kind::Argument,
            "reverse(2): the image must have that axis\n  image: u8[1, 2]"
        )
    );
}

#[test]
fn images_in_one_row_cannot_be_flipped() {
    let flat = Dataset::new(Parts {
        name: "flat".into(),
        images: vec![1, 2],
        image_shape: vec![1],
        labels: vec![0, 0],
        classes: vec!["a".into()],
    });
    let batches = flat
        .unwrap()
        .batches(2)
        .augment(Augmentation::left_right(1));
    let e = batches.iter().next().unwrap().unwrap_err();
    assert_eq!(e.kind(), Kind::Argument);
    let text = e.to_string();
    assert!(
        text.starts_with("augment: images must have 2 axes to be flipped\n  image: u8[1]\n"),
        "{text}"
    );
    assert!(text.contains("tests/it/batches.rs:"), "{text}");
}
