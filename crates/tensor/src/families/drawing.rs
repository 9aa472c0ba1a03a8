//! Random numbers that each element draws in a loop of its own, until one is accepted. A member states the loop; all
//! rules follow.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Sample, Tensor, Type, bf16, f16,
    families::{Batched, Flows, align, element_types::ElementTypes},
    kernel::{call_items, evaluate},
    op::apply1,
    random::threefry::{split, word},
};
use bouton_array::{math::Real, with_dtype};
use bouton_ir as ir;
use std::{fmt::Debug, ops::Range};

/// A distribution with one parameter.
pub(crate) trait Drawing: Debug + Copy + Send + Sync + 'static {
    const NAME: &'static str;
    /// The type of the numbers, of a float parameter.
    fn result(&self, parameter: DType) -> DType;
    /// Element `i` of the `n` that are drawn with this key.
    fn draw<R: Real>(&self, key: Stream, i: usize, n: usize, parameter: R) -> R;
    /// One of each kind, for samples.
    fn members() -> Vec<Self>
    where
        Self: Sized;
}

/// A key to draw with, as `random::split` and its kin do.
#[derive(Clone, Copy)]
pub(crate) struct Stream(pub(crate) [u32; 2]);

impl Stream {
    /// Key `i` of `n`.
    pub(crate) fn split(self, n: usize, i: usize) -> Stream {
        Stream(split(self.0, n, i))
    }

    /// Element `i` of `n` uniform numbers over `0 <= x < 1`.
    pub(crate) fn uniform<R: Real>(self, n: usize, i: usize) -> R {
        let unit = match size_of::<R>() {
            4 => f64::from(word(self.0, n, i) >> 9) * 2f64.powi(-23),
            _ => {
                let (high, low) = (word(self.0, 2 * n, i), word(self.0, 2 * n, n + i));
                let bits = u64::from(high) << 32 | u64::from(low);
                (bits >> 12) as f64 * 2f64.powi(-52)
            }
        };
        R::from_f64(unit)
    }

    /// One normal number.
    pub(crate) fn normal<R: Real>(self) -> R {
        let two = R::ONE + R::ONE;
        // The number next to -1.
        let low = match size_of::<R>() {
            4 => R::from_f64(-1.0 + 2f64.powi(-24)),
            _ => R::from_f64(-1.0 + 2f64.powi(-53)),
        };
        let u = self.uniform::<R>(1, 0) * two + low;
        let u = if u > low { u } else { low };
        u.erf_inv() * R::from_f64(std::f64::consts::SQRT_2)
    }
}

#[derive(Clone, Copy)]
struct Draws<D>(D);

impl<D: Debug> Debug for Draws<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Numbers drawn with one key, or with as many as stand before its last axis, for as many first axes of the parameter.
#[track_caller]
pub(crate) fn drawing<D: Drawing>(member: D, key: &Tensor, parameter: &Tensor) -> Tensor {
    apply1(Draws(member), &[key, parameter])
}

impl<D: Drawing> Draws<D> {
    fn form(&self, keys: &Type, parameter: &Type) -> ir::Form {
        let batch = keys.size() / 2;
        let (n, member, dtype) = (parameter.size() / batch.max(1), self.0, parameter.dtype);
        call_items(self, parameter.size(), 1000, move |items, x, y| {
            let part = Part { items, n, member };
            let dtype_of_result = y[0].ty().dtype;
            with_dtype!(dtype_of_result, Y => {
                let y = y[0].slice::<Y>();
                match dtype {
                    DType::F64 => part.fill(x, y, |a: f64| a),
                    DType::F32 => part.fill(x, y, |a: f32| a),
                    DType::F16 => part.fill(x, y, f16::to_f32),
                    _ => part.fill(x, y, bf16::to_f32),
                }
            });
        })
    }
}

impl<D: Drawing> Draws<D> {
    /// Whole numbers do not vary with the parameter; real ones do, in a way that is not known here.
    fn constant(&self, x: &[Tensor], flows: usize) -> Flows {
        match x[1].dtype() {
            Ok(dtype) if self.0.result(dtype).is_float() => {
                let rule = format!("{} has no derivative by its parameter", D::NAME);
                let fault = Fault::not_differentiable(rule);
                Err(fault.help("take the parameter as constant: .stop_gradient()"))
            }
            _ => Ok(vec![None; flows]),
        }
    }
}

/// Some of the elements, `n` of which are drawn with one key.
struct Part<D> {
    items: Range<usize>,
    n: usize,
    member: D,
}

impl<D: Drawing> Part<D> {
    fn fill<X: Element, R: Real, Y: Element>(
        self,
        x: &[ir::View],
        y: &mut [Y],
        wide: impl Fn(X) -> R,
    ) {
        let (keys, parameters) = (x[0].slice::<u32>(), x[1].slice::<X>());
        for (at, y) in self.items.zip(y) {
            let (batch, i) = (at / self.n, at % self.n);
            let key = Stream([keys[2 * batch], keys[2 * batch + 1]]);
            let number = self.member.draw(key, i, self.n, wide(parameters[at]));
            *y = <Y as Element>::from_f64(number.to_f64());
        }
    }
}

impl<D: Drawing> Op for Draws<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        let batch = match x[0].shape.split_last() {
            Some((2, batch)) if x[0].dtype == DType::U32 => batch,
            _ => {
                let fault = Fault::dtype(format!("a random key is u32[2], not {}", x[0]));
                return Err(fault.help("make one with random::key(seed)"));
            }
        };
        ElementTypes::Floats.check(x[1].dtype)?;
        if x[1].shape.get(..batch.len()) != Some(batch) {
            return Err(Fault::shape(
                "the parameter must begin with the axes that the keys have",
            ));
        }
        if u32::try_from(x[1].size()).is_err() {
            return Err(Fault::value(format!(
                "one key gives at most {} words; {} were asked for",
                u32::MAX,
                x[1].size()
            )));
        }
        Ok(vec![x[1].with_dtype(self.0.result(x[1].dtype))])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), x[1].ty()), x, y)
    }
    fn vjp(&self, x: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        self.constant(x, 2)
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], _: &[Option<Tensor>]) -> Flows {
        self.constant(x, 1)
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = align(x, axes)?;
        Ok(vec![(drawing(self.0, &x[0], &x[1]), Some(0))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        // A loop of each element's own: a library's function.
        format!(
            "%0 = stablehlo.custom_call @{}({}, {}) {{backend_config = \"{:?}\"}} : ({}, {}) -> {}",
            D::NAME,
            x[0],
            x[1],
            self.0,
            xt[0].stablehlo(),
            xt[1].stablehlo(),
            y[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = self.form(b.ty(x[0]), b.ty(x[1]));
        b.step(form, x, y)
    }
}

pub(crate) const fn entry<D: Drawing>() -> Entry {
    Entry {
        name: D::NAME,
        samples: samples::<D>,
        faults: faults::<D>,
    }
}

fn samples<D: Drawing>() -> Vec<Sample> {
    let parameters = [0.5, 3.0, 20.0, 0.0, 1.5, 100.0];
    let sample = |member: D, dtype, keys: &[usize], shape: &[usize]| {
        let n: usize = keys.iter().product();
        let keys = Array::from_vec(keys, (0..n as u32).map(|i| 7 * i + 1).collect::<Vec<u32>>());
        let some = |i: usize| parameters[i % parameters.len()];
        let values = (0..shape.iter().product()).map(some).collect();
        let values = Array::from_vec(shape, values).ok()?.cast(dtype);
        Some(Sample::new(Draws(member), [keys.ok()?, values]))
    };
    let shapes: [(&[usize], &[usize]); 6] = [
        (&[2], &[6]),
        (&[2], &[]),
        (&[2], &[1]),
        (&[2], &[0, 3]),
        (&[2], &[2, 3]),
        (&[3, 2], &[3, 2]),
    ];
    let of_member = |member: D| {
        let of_shapes = shapes.map(|(keys, shape)| sample(member, DType::F64, keys, shape));
        let types = [DType::F32, DType::F16, DType::BF16];
        let of_types = types.map(|dtype| sample(member, dtype, &[2], &[6]));
        of_shapes.into_iter().chain(of_types).flatten()
    };
    D::members().into_iter().flat_map(of_member).collect()
}

fn faults<D: Drawing>() -> Vec<(Tensor, &'static str)> {
    let (key, one) = (crate::random::key(0), Tensor::scalar(1.0f32));
    let wrong = |key: &Tensor, parameter: &Tensor| {
        let member = D::members().swap_remove(0);
        drawing(member, key, parameter)
    };
    vec![
        (wrong(&one, &one), "a random key is u32[2], not f32"),
        (
            wrong(&key, &Tensor::scalar(1)),
            "the element type must be a float, not i32",
        ),
        (
            wrong(&key.broadcast_to([3, 2]), &one),
            "the parameter must begin with the axes that the keys have",
        ),
    ]
}
