//! Order and equality of two elements.
use crate::{
    Array, DType, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    families::{align, binary::promote, same_types},
    op::apply1,
};
use bouton_array::with_dtype;
use bouton_ir as ir;
use std::{cmp::Ordering, fmt};

macro_rules! methods {
    ($($name:ident $Variant:ident $doc:literal $result:literal),*) => {
        impl Tensor {$(
            #[doc = $doc]
            /// The result is `bool`; nothing flows through it in a gradient.
            ///
            /// # Shapes
            /// Broadcast against each other.
            ///
            /// # Types
            /// Promoted to a common one; a number takes the tensor's where that can hold such a number.
            ///
            /// # Example
            /// ```
            /// # use bouton_tensor::tensor;
            #[doc = concat!("let y = tensor![1.0, 2.0, 3.0].", stringify!($name), "(2.0);")]
            #[doc = concat!("assert_eq!(format!(\"{y:?}\"), \"bool[3] ", $result, "\");")]
            /// ```
            #[track_caller]
            pub fn $name(&self, other: impl Into<Operand>) -> Tensor {
                compare(ir::Compare::$Variant, self.into(), other.into())
            }
        )*}
    };
}
methods! {
    eq Equal "Whether two elements are equal; NaN equals nothing." "[false, true, false]",
    ne NotEqual "Whether two elements differ; NaN differs from everything." "[true, false, true]",
    lt Less "Whether an element is less than the other; false with a NaN." "[true, false, false]",
    le LessEqual "Whether an element is less than the other or equal to it; false with a NaN." "[true, true, false]",
    gt Greater "Whether an element is greater than the other; false with a NaN." "[false, false, true]",
    ge GreaterEqual "Whether an element is greater than the other or equal to it; false with a NaN." "[false, true, true]"
}

#[track_caller]
fn compare(direction: ir::Compare, a: Operand, b: Operand) -> Tensor {
    let [a, b] = promote("compare", [a, b]);
    apply1(Compare { direction }, &[&a, &b])
}

struct Compare {
    direction: ir::Compare,
}

impl Compare {
    /// StableHLO's word.
    fn word(&self) -> &'static str {
        match self.direction {
            ir::Compare::Equal => "EQ",
            ir::Compare::NotEqual => "NE",
            ir::Compare::Less => "LT",
            ir::Compare::LessEqual => "LE",
            ir::Compare::Greater => "GT",
            ir::Compare::GreaterEqual => "GE",
        }
    }

    /// Whether it holds between elements in this order; NaN is in none.
    fn holds(&self, order: Option<Ordering>) -> bool {
        match self.direction {
            ir::Compare::Equal => order == Some(Ordering::Equal),
            ir::Compare::NotEqual => order != Some(Ordering::Equal),
            ir::Compare::Less => order.is_some_and(Ordering::is_lt),
            ir::Compare::LessEqual => order.is_some_and(Ordering::is_le),
            ir::Compare::Greater => order.is_some_and(Ordering::is_gt),
            ir::Compare::GreaterEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

impl fmt::Debug for Compare {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Compare {{ direction: {} }}", self.word())
    }
}

/// How StableHLO's comparisons name this kind of number.
pub(crate) fn stablehlo_kind(dtype: DType) -> &'static str {
    match dtype {
        d if d.is_float() => "FLOAT",
        d if d.is_signed_integer() => "SIGNED",
        _ => "UNSIGNED",
    }
}

impl Op for Compare {
    fn name(&self) -> &'static str {
        "compare"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_types(x)?;
        Ok(vec![x[0].with_dtype(DType::Bool)])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let mut result = Array::scratch(&y[0]);
        with_dtype!(x[0].dtype(), T => {
            let pairs = x[0].slice::<T>().iter().zip(x[1].slice::<T>());
            for (y, (a, b)) in result.slice_mut::<bool>().iter_mut().zip(pairs) {
                *y = self.holds(a.partial_cmp(b));
            }
        });
        vec![result]
    }
    fn vjp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![None, None])
    }
    fn jvp(
        &self,
        _: &[Tensor],
        _: &[Tensor],
        _: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        Ok(vec![None])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let x = align(x, axes)?;
        Ok(vec![(
            apply1(
                Compare {
                    direction: self.direction,
                },
                &[&x[0], &x[1]],
            ),
            Some(0),
        )])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let (from, to, kind) = (
            xt[0].stablehlo(),
            y[0].stablehlo(),
            stablehlo_kind(xt[0].dtype),
        );
        format!(
            "%0 = stablehlo.compare {}, {}, {}, {kind} : ({from}, {from}) -> {to}",
            self.word(),
            x[0],
            x[1]
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        b.step(ir::Form::Compare(self.direction), x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "compare",
    samples: || {
        let sample = |direction, dtype, shape: &[usize]| {
            let n = shape.iter().product();
            let side = |values: [f64; 5]| {
                Array::from_vec(shape, values[..n].to_vec()).map(|a| a.cast(dtype))
            };
            let (a, b) = (
                side([1.0, -2.0, 3.0, f64::NAN, 0.0]).ok()?,
                side([1.0, 2.0, -3.0, 1.0, -0.0]).ok()?,
            );
            Some(Sample::new(Compare { direction }, [a, b]))
        };
        let vectors = ir::Compare::ALL
            .iter()
            .flat_map(|&d| DType::ALL.map(|dtype| sample(d, dtype, &[5])));
        let shapes: [&[usize]; 5] = [&[], &[1], &[0], &[1, 2, 2], &[2, 0]];
        let others = shapes.map(|shape| sample(ir::Compare::Less, DType::F64, shape));
        vectors.chain(others).flatten().collect()
    },
    faults: || {
        let ones = |shape: &[usize]| Tensor::ones(DType::F32, shape);
        let unlike = apply1(
            Compare {
                direction: ir::Compare::Less,
            },
            &[&ones(&[2]), &Tensor::ones(DType::I32, [2])],
        );
        vec![
            (
                ones(&[2, 3]).lt(ones(&[2, 4])),
                "shapes must agree, or be 1, on every axis; axis 1 has 3 and 4",
            ),
            (
                unlike,
                "inputs must have the same element type; input 1 is i32, input 0 is f32",
            ),
        ]
    },
};
