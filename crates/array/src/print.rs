//! How an array is printed: its type, then its values, abbreviated where there are many.
use crate::{Array, Element, with_dtype};
use std::fmt;

/// Arrays of more elements than this are abbreviated.
const WHOLE: usize = 1000;
/// So many items are shown at either end of an abbreviated axis.
const EDGE: usize = 3;

impl fmt::Debug for Array {
    /// `f32[3] [6.0, 8.0, 20.0]`; more axes go on lines of their own.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.ty(),
            if self.shape().rank() > 1 { "\n" } else { " " }
        )?;
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Array {
    /// The values alone.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let text = with_dtype!(self.dtype(), T => Text { items: &|i| item(self.slice::<T>()[i]), short: self.size() > WHOLE });
        text.axis(f, self.shape().dims(), 0, 0)
    }
}

fn item<T: Element>(x: T) -> String {
    match x.to_i128() {
        Some(_) => format!("{x:?}"),
        // The shortest digits that give back the value, in the type's own precision.
        None => match T::DTYPE {
            crate::DType::F64 => format!("{:?}", x.to_f64()),
            crate::DType::F32 => format!("{:?}", x.to_f64() as f32),
            _ => half_digits(x),
        },
    }
}

/// `half`'s numbers print their exact value; fewer digits say the same.
fn half_digits<T: Element>(x: T) -> String {
    let value = x.to_f64();
    if !value.is_finite() {
        return format!("{value:?}");
    }
    (1..=9)
        .map(|digits| format!("{value:.*e}", digits - 1))
        .filter_map(|text| text.parse::<f64>().ok())
        .find(|&v| T::from_f64(v) == x)
        .map_or_else(|| format!("{value:?}"), |v| format!("{:?}", v as f32))
}

struct Text<'a> {
    items: &'a dyn Fn(usize) -> String,
    short: bool,
}

impl Text<'_> {
    fn axis(
        &self,
        f: &mut fmt::Formatter,
        dims: &[usize],
        start: usize,
        depth: usize,
    ) -> fmt::Result {
        let Some((&n, inner)) = dims.split_first() else {
            return f.write_str(&(self.items)(start));
        };
        let stride: usize = inner.iter().product();
        let hidden = if self.short && n > 2 * EDGE {
            EDGE..n - EDGE
        } else {
            n..n
        };
        let rows = !inner.is_empty();
        f.write_str("[")?;
        for i in (0..n).filter(|i| !hidden.contains(i) || *i == hidden.start) {
            self.gap(f, if i == 0 { "" } else { "," }, rows, depth + 1, i == 0)?;
            if i == hidden.start && !hidden.is_empty() {
                f.write_str("..")?;
            } else {
                self.axis(f, inner, start + i * stride, depth + 1)?;
            }
        }
        if rows && n > 0 {
            self.gap(f, "", rows, depth, false)?;
        }
        f.write_str("]")
    }

    fn gap(
        &self,
        f: &mut fmt::Formatter,
        comma: &str,
        rows: bool,
        depth: usize,
        first: bool,
    ) -> fmt::Result {
        match rows {
            true => write!(f, "{comma}\n{:1$}", "", 2 * depth),
            false if first => Ok(()),
            false => write!(f, "{comma} "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Literal, Type};

    #[track_caller]
    fn check(a: impl Literal, text: &str) {
        assert_eq!(format!("{:?}", a.into_array().unwrap()), text);
    }

    #[test]
    fn values_print_with_their_type() {
        check(2.5f32, "f32 2.5");
        check([6.0f32, 8.0, 20.0], "f32[3] [6.0, 8.0, 20.0]");
        check([true, false], "bool[2] [true, false]");
        check([[1, 2], [3, 4]], "i32[2, 2]\n[\n  [1, 2],\n  [3, 4]\n]");
        check(
            [half::bf16::from_f32(0.1), half::bf16::from_f32(3.0)],
            "bf16[2] [0.1, 3.0]",
        );
        check(
            [f32::NAN, f32::NEG_INFINITY, -0.0, 1e-10],
            "f32[4] [NaN, -inf, -0.0, 1e-10]",
        );
        check(Vec::<f32>::new(), "f32[0] []");
        check(
            [[[1u8], [2]]],
            "u8[1, 2, 1]\n[\n  [\n    [1],\n    [2]\n  ]\n]",
        );
    }

    #[test]
    fn many_values_are_abbreviated() {
        let a = Array::from_vec([2000], (0..2000).collect::<Vec<i64>>()).unwrap();
        assert_eq!(a.to_string(), "[0, 1, 2, .., 1997, 1998, 1999]");
        let rows = Array::zeros(&Type::new(crate::DType::U8, [500, 3]))
            .unwrap()
            .to_string();
        assert_eq!(rows.lines().count(), 2 + 7);
    }
}
