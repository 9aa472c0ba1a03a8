//! Every element a multiple of the one before it, and something added.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Operand, Sample, Tensor, Type,
    axes::{axis_in, size_of},
    bf16, f16,
    families::{
        Batched, Flows, align,
        binary::promote,
        element_types::ElementTypes,
        lanes::{Lanes, lanes},
        same_types,
        samples::counting,
        with_numbers,
    },
    kernel::evaluate,
    op::apply1,
};
use bouton_array::scalar::Arithmetic;
use bouton_ir as ir;

impl Tensor {
    /// `y[0] = b[0]` and `y[i] = a[i] y[i - 1] + b[i]` along `axis`, where `a` is this tensor and `b` is `added`; a
    /// negative axis counts from the end. The first factor takes no part.
    ///
    /// # Shapes
    /// Broadcast against each other.
    ///
    /// # Types
    /// Promoted to a common one; halves are computed in `f32`, and each result is rounded once.
    ///
    /// # Errors
    /// The axis must exist; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// // An average that decays.
    /// let y = tensor![0.5, 0.5, 0.5].linear_recurrence(tensor![8.0, 0.0, 4.0], 0);
    /// assert_eq!(format!("{y:?}"), "f32[3] [8.0, 4.0, 6.0]");
    /// ```
    #[track_caller]
    pub fn linear_recurrence(&self, added: impl Into<Operand>, axis: i32) -> Tensor {
        let [a, b] = promote("linear_recurrence", [self.into(), added.into()]);
        match axis_in(&a, "linear_recurrence", axis) {
            Ok(axis) => LinearRecurrence::new(axis, false).apply(&a, &b),
            Err(e) => e,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct LinearRecurrence {
    axis: usize,
    /// From the end.
    reverse: bool,
}

impl LinearRecurrence {
    fn new(axis: usize, reverse: bool) -> LinearRecurrence {
        LinearRecurrence { axis, reverse }
    }

    #[track_caller]
    fn apply(self, a: &Tensor, b: &Tensor) -> Tensor {
        apply1(self, &[a, b])
    }

    /// Each element at the place of the next in order; the first place gets the last element.
    fn moved_on(self, x: &Tensor) -> Tensor {
        x.roll(if self.reverse { -1 } else { 1 }, self.axis as i32)
    }

    /// What each element is a multiple of: zero for the first.
    fn before(self, y: &Tensor) -> Tensor {
        let Ok(shape) = y.shape() else {
            return y.clone();
        };
        let first = if self.reverse {
            shape[self.axis] as i64 - 1
        } else {
            0
        };
        let place = Tensor::iota(DType::I64, shape, self.axis as i32);
        place.eq(first).select(y.zeros_like(), self.moved_on(y))
    }

    /// What flows into `b`: the recurrence the other way, each factor one place earlier.
    fn backward(self, a: &Tensor, d: &Tensor) -> Tensor {
        let back = LinearRecurrence::new(self.axis, !self.reverse);
        back.apply(&back.moved_on(a), d)
    }

    fn form(self, x: &Type) -> ir::Form {
        let dtype = x.dtype;
        lanes(
            &self,
            x,
            self.axis,
            self.reverse,
            4,
            move |lanes, x, y| match dtype {
                DType::BF16 => follow(lanes, x, y, bf16::to_f32, bf16::from_f32),
                DType::F16 => follow(lanes, x, y, f16::to_f32, f16::from_f32),
                _ => with_numbers!(dtype, T => follow(lanes, x, y, |x: T| x, |x: T| x)),
            },
        )
    }
}

fn follow<T: Element, S: Arithmetic>(
    lanes: Lanes,
    x: &[ir::View],
    y: &mut [ir::ViewMut],
    wide: impl Fn(T) -> S,
    round: impl Fn(S) -> T,
) {
    let (a, b, y) = (x[0].slice::<T>(), x[1].slice::<T>(), y[0].slice::<T>());
    let mut states = vec![S::default(); lanes.inner];
    for (i, from, to) in lanes.rows() {
        let rows = a[from.clone()].iter().zip(&b[from]);
        for (((&a, &b), y), state) in rows.zip(&mut y[to]).zip(&mut states) {
            *state = match i {
                0 => wide(b),
                _ => wide(a).multiply(*state).add(wide(b)),
            };
            *y = round(*state);
        }
    }
}

impl Op for LinearRecurrence {
    fn name(&self) -> &'static str {
        "linear_recurrence"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_types(x)?;
        ElementTypes::Numbers.check(x[0].dtype)?;
        size_of(x[0], self.axis)?;
        Ok(vec![x[0].clone()])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let Some(d) = &dy[0] else {
            return Ok(vec![None, None]);
        };
        let into_b = self.backward(&x[0], d);
        Ok(vec![Some(&into_b * self.before(&y[0])), Some(into_b)])
    }
    fn jvp(&self, x: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let of_a = dx[0].as_ref().map(|d| d * self.before(&y[0]));
        let added = match (of_a, &dx[1]) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or_else(|| b.clone()),
        };
        Ok(vec![added.map(|added| self.apply(&x[0], &added))])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        let wide = LinearRecurrence::new(self.axis + 1, self.reverse);
        Ok(vec![(wide.apply(&x[0], &x[1]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        // Pairs of factor and sum composed by doubling: after k rounds each stands for 2^k steps.
        let (t, n) = (xt[0].stablehlo(), xt[0].shape[self.axis] as i64);
        let scalar = Type::scalar(xt[0].dtype).stablehlo();
        let point = if xt[0].dtype.is_float() { ".0" } else { "" };
        let along = |by: i64| {
            let each = (0..xt[0].rank()).map(|a| by * i64::from(a == self.axis));
            format!("{:?}", each.collect::<Vec<_>>())
        };
        let mut text = format!(
            "%zero = stablehlo.constant dense<0{point}> : {scalar}\n\
             %one = stablehlo.constant dense<1{point}> : {scalar}\n\
             %a1 = stablehlo.optimization_barrier {} : {t}\n\
             %b1 = stablehlo.optimization_barrier {} : {t}\n",
            x[0], x[1]
        );
        let mut k = 1;
        while k < n {
            let by = if self.reverse { -k } else { k };
            let (next, low, high, none) = (2 * k, along(by), along(-by), along(0));
            text += &format!(
                "%p{k} = stablehlo.pad %a{k}, %one, low = {low}, high = {high}, interior = {none} : ({t}, {scalar}) -> {t}\n\
                 %q{k} = stablehlo.pad %b{k}, %zero, low = {low}, high = {high}, interior = {none} : ({t}, {scalar}) -> {t}\n\
                 %m{k} = stablehlo.multiply %a{k}, %q{k} : {t}\n\
                 %b{next} = stablehlo.add %m{k}, %b{k} : {t}\n\
                 %a{next} = stablehlo.multiply %a{k}, %p{k} : {t}\n"
            );
            k = next;
        }
        text + &format!("%0 = stablehlo.optimization_barrier %b{k} : {t}")
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]));
        b.step(form, x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "linear_recurrence",
    samples: || {
        let cases: [(&[usize], usize); 6] = [
            (&[4], 0),
            (&[2, 3], 1),
            (&[2, 3, 2], 1),
            (&[1], 0),
            (&[0], 0),
            (&[2, 0], 1),
        ];
        let sample = |dtype, reverse, (shape, axis): (&[usize], usize)| {
            let b = counting(dtype, shape)?;
            // Small factors, one of them zero.
            let factor = |i: usize| [0.5, -1.0, 2.0, 0.0, 1.5][i % 5];
            let a = Array::from_vec(shape, (0..b.size()).map(factor).collect()).ok()?;
            let op = LinearRecurrence::new(axis, reverse);
            Some(Sample::new(op, [a.cast(dtype), b]))
        };
        let types = ElementTypes::Numbers.samples();
        let all = cases
            .into_iter()
            .flat_map(|c| [sample(DType::F64, false, c), sample(DType::F64, true, c)])
            .flatten();
        all.chain(types[1..].iter().flat_map(|&t| sample(t, false, cases[2])))
            .collect()
    },
    faults: || {
        let x = Tensor::zeros(DType::F32, [2, 3]);
        let yes = Tensor::full(DType::Bool, [2], true);
        let at = |axis| LinearRecurrence::new(axis, false);
        vec![
            (
                x.linear_recurrence(&x, 2),
                "axis 2 does not exist; axes run from -2 to 1",
            ),
            (at(2).apply(&x, &x), "axis 2 does not exist; there are 2"),
            (
                at(0).apply(&yes, &yes),
                "the element type must be a number, not bool",
            ),
        ]
    },
};
