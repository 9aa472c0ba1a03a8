//! Reader of the golden text files; `dev/goldens/golden_format.py` says what they look like.
use bouton_tensor::{Array, DType, Type};

/// One record: a name, attributes, arrays.
pub struct Golden {
    pub name: String,
    attributes: Vec<(String, String)>,
    /// The inputs, then the results.
    pub arrays: Vec<Array>,
    pub line: usize,
}

/// All records of a file.
pub fn read(text: &str) -> Vec<Golden> {
    let mut records: Vec<Golden> = vec![];
    let mut fresh = true;
    for (i, line) in text.lines().enumerate() {
        match line {
            "" => fresh = true,
            _ if line.starts_with('#') => {}
            _ if fresh => {
                let mut words = line.split(' ');
                let name = words.next().unwrap_or_default().to_string();
                let attributes = words
                    .filter_map(|w| w.split_once('='))
                    .map(|(k, v)| (k.to_string(), v.to_string()))
                    .collect();
                records.push(Golden {
                    name,
                    attributes,
                    arrays: vec![],
                    line: i + 1,
                });
                fresh = false;
            }
            _ => records.last_mut().unwrap().arrays.push(array(line)),
        }
    }
    assert!(!records.is_empty());
    records
}

/// `f32[2,3] 3f800000 ..`.
fn array(line: &str) -> Array {
    let (dtype, rest) = line.split_once('[').unwrap();
    let (dims, words) = rest.split_once(']').unwrap();
    let ty = Type::new(DType::parse(dtype).unwrap(), numbers(dims));
    let word =
        |w: &str| u64::from_str_radix(w, 16).unwrap().to_le_bytes()[..ty.dtype.size()].to_vec();
    let bytes: Vec<u8> = words
        .split(' ')
        .filter(|w| !w.is_empty())
        .flat_map(word)
        .collect();
    Array::from_bytes(&ty, &bytes).unwrap()
}

fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(list: &str) -> Vec<T> {
    list.split(',')
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().unwrap())
        .collect()
}

impl Golden {
    /// An attribute, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(k, _)| k == name)
            .map(|(_, v)| &v[..])
    }

    /// A number.
    pub fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> T {
        self.get(name)
            .unwrap_or_else(|| panic!("line {}: no {name}", self.line))
            .parse()
            .unwrap()
    }

    /// A list of numbers.
    pub fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> Vec<T> {
        numbers(
            self.get(name)
                .unwrap_or_else(|| panic!("line {}: no {name}", self.line)),
        )
    }

    /// The arrays that are inputs.
    pub fn inputs(&self) -> &[Array] {
        &self.arrays[..self.get("in").map_or(0, |n| n.parse().unwrap())]
    }

    /// The arrays that are results.
    pub fn results(&self) -> &[Array] {
        &self.arrays[self.inputs().len()..]
    }

    /// Whether all results are those found, as exactly as the record asks.
    pub fn compare_all(&self, found: &[Array]) -> Result<(), String> {
        assert_eq!(found.len(), self.results().len(), "line {}", self.line);
        let mut pairs = found.iter().zip(self.results());
        pairs.try_for_each(|(found, wanted)| self.is_near(found, wanted))
    }

    /// Compares with the first result, as exactly as the record asks.
    #[track_caller]
    pub fn check(&self, found: &Array) {
        if let Err(e) = self.compare(found) {
            panic!("{e}");
        }
    }

    /// As [`Golden::check`], with what is wrong as the answer.
    pub fn compare(&self, found: &Array) -> Result<(), String> {
        self.is_near(found, &self.results()[0])
    }

    fn is_near(&self, found: &Array, wanted: &Array) -> Result<(), String> {
        if found.ty() != wanted.ty() {
            return Err(format!(
                "{} in line {}: {} instead of {}",
                self.name,
                self.line,
                found.ty(),
                wanted.ty()
            ));
        }
        let limit = |name: &str| self.get(name).map(|v| v.parse::<f64>().unwrap());
        let (ulp, rel, abs) = (limit("ulp"), limit("rel"), limit("abs"));
        let near = |i: usize, x: f64, y: f64| {
            let bits = |a: &Array| a.bytes()[i * a.dtype().size()..][..a.dtype().size()].to_vec();
            let close = || {
                rel.is_some_and(|r| (x - y).abs() <= r * y.abs())
                    || abs.is_some_and(|a| (x - y).abs() <= a)
                    || ulp.is_some_and(|u| steps(&bits(found), &bits(wanted)) as f64 <= u)
            };
            bits(found) == bits(wanted) || x.is_nan() && y.is_nan() || close()
        };
        let mut pairs = found
            .to_f64_vec()
            .into_iter()
            .zip(wanted.to_f64_vec())
            .enumerate();
        match pairs.find(|&(i, (x, y))| !near(i, x, y)) {
            Some((i, (x, y))) => Err(format!(
                "{} in line {}: element {i} is {x:e}, wanted {y:e}",
                self.name, self.line
            )),
            None => Ok(()),
        }
    }
}

/// How many floats lie between two of one type.
fn steps(a: &[u8], b: &[u8]) -> u64 {
    let ordered = |x: &[u8]| {
        let mut wide = [0; 8];
        wide[..x.len()].copy_from_slice(x);
        let (bits, sign) = (u64::from_le_bytes(wide), 1u64 << (8 * x.len() - 1));
        if bits & sign == 0 {
            bits as i128
        } else {
            -((bits ^ sign) as i128)
        }
    };
    (ordered(a) - ordered(b))
        .unsigned_abs()
        .try_into()
        .unwrap_or(u64::MAX)
}
