//! Reads the golden text files: a header line per record, then a line per array, values as hexadecimal bits.
use bouton_tensor::Array;
use std::collections::BTreeMap;

pub(crate) struct Record {
    pub(crate) kind: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) arrays: Vec<Array>,
}

impl Record {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }
    /// An attribute that is a number.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.text(key).map(|v| v.parse().unwrap())
    }
    /// The arrays as `f64`.
    pub(crate) fn values(&self, i: usize) -> Vec<f64> {
        self.arrays[i].to_f64_vec()
    }
}

pub(crate) fn records(text: &str) -> Vec<Record> {
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    let mut records: Vec<Record> = vec![];
    let mut inside = false;
    for line in lines {
        let mut words = line.split(' ').filter(|w| !w.is_empty());
        match (words.next(), inside) {
            (None, _) => inside = false,
            (Some(kind), false) => {
                let pairs = words.map(|w| w.split_once('=').unwrap());
                let attributes = pairs.map(|(k, v)| (k.to_string(), v.to_string())).collect();
                records.push(Record {
                    kind: kind.to_string(),
                    attributes,
                    arrays: vec![],
                });
                inside = true;
            }
            (Some(head), true) => records.last_mut().unwrap().arrays.push(array(head, words)),
        }
    }
    records
}

fn array<'a>(head: &str, words: impl Iterator<Item = &'a str>) -> Array {
    let (dtype, dims) = head.split_once('[').unwrap();
    let dims = dims
        .trim_end_matches(']')
        .split(',')
        .filter(|d| !d.is_empty());
    let dims: Vec<usize> = dims.map(|d| d.parse().unwrap()).collect();
    let bits = words.map(|w| u32::from_str_radix(w, 16).unwrap());
    match dtype {
        "f32" => Array::from_vec(dims, bits.map(f32::from_bits).collect()).unwrap(),
        "i32" => Array::from_vec(dims, bits.map(|b| b as i32).collect()).unwrap(),
        other => panic!("the golden files of this crate hold no {other}"),
    }
}

/// Every value within `rel` or `abs` of what is expected, NaN as NaN, infinities equal.
#[track_caller]
pub(crate) fn close(found: &[f64], expected: &[f64], rel: f64, abs: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&f, &e)) in found.iter().zip(expected).enumerate() {
        let same =
            f == e || (f.is_nan() && e.is_nan()) || (f - e).abs() <= (rel * e.abs()).max(abs);
        assert!(same, "{what}: value {i} is {f:?}, expected {e:?}");
    }
}
