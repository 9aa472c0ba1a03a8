//! The element under a window that a member prefers to the others, and its place; all rules follow from the preference.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        arg_reduction::ArgReduction,
        element_types::ElementTypes,
        samples::counting,
        sliding::Sliding,
        windows::{Places, Window, Windows, stablehlo_places},
        with_integers, with_numbers,
    },
    kernel::{call_items, evaluate},
    op::{apply, apply1},
    ops::{compare::stablehlo_kind, window_put::WindowPut, window_take::WindowTake},
};
use bouton_ir as ir;
use std::{
    fmt::{self, Debug},
    marker::PhantomData,
    ops::Range,
};

/// Which element a window gives. NaN is preferred to every number, and the first of equals to the rest.
pub(crate) trait Extreme: Debug + Default + Send + Sync + 'static {
    const NAME: &'static str;
    /// The preference among numbers.
    type Order: ArgReduction;
    /// The comparison that holds between an element and one that it is not preferred to.
    const NO_BETTER: ir::Compare;
    /// What nothing is worse than, before it is cast: the value of a window that nothing lies under.
    const WORST: f64;
}

/// Two results: the preferred element under each window, and the number of its place there.
pub(crate) struct WindowExtreme<R> {
    pub windows: Windows,
    member: PhantomData<R>,
}

impl<R: Extreme> Debug for WindowExtreme<R> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {{ windows: {:?} }}", R::NAME, self.windows)
    }
}

impl<R: Extreme> WindowExtreme<R> {
    pub(crate) fn new(windows: Windows) -> WindowExtreme<R> {
        WindowExtreme {
            windows,
            member: PhantomData,
        }
    }

    fn form(&self, x: &Type, y: &Type) -> ir::Form {
        let places = Places::of_input(&self.windows, &x.shape, &y.shape);
        let index = self.windows.index_type();
        let (dtype, cost) = (x.dtype, 4 * places.row * self.windows.places());
        call_items(self, places.rows(), cost, move |rows, x, y| {
            let [y, at] = y else { return };
            with_numbers!(dtype, T => with_integers!(index, I => {
                pick::<R, T, I>(&places, rows, x[0].slice(), y.slice(), at.slice());
            }));
        })
    }
}

/// Elements of a row that are worked on at a time.
const BLOCK: usize = 64;

fn is_nan<T: Element>(x: T) -> bool {
    x.partial_cmp(&x).is_none()
}

fn pick<R: Extreme, T: Element, I: Element>(
    places: &Places,
    rows: Range<usize>,
    x: &[T],
    y: &mut [T],
    at: &mut [I],
) {
    let row_len = places.row.max(1);
    let targets = y
        .chunks_exact_mut(row_len)
        .zip(at.chunks_exact_mut(row_len));
    // As wide as most elements, so that both are chosen alike.
    let mut best = [0u32; BLOCK];
    let mut here = places.window(rows.start);
    for (y, at) in targets {
        let blocks = y.chunks_mut(BLOCK).zip(at.chunks_mut(BLOCK));
        for (i, (y, at)) in blocks.enumerate() {
            let mut fresh = true;
            here.each(|place, source| {
                let x = &x[source * places.row + i * BLOCK..][..y.len()];
                let (best, place) = (&mut best[..y.len()], place as u32);
                if std::mem::take(&mut fresh) {
                    y.copy_from_slice(x);
                    best.fill(place);
                    return;
                }
                for ((y, best), &x) in y.iter_mut().zip(best).zip(x) {
                    // Read before the choice, or every element is a branch.
                    let (old, old_place) = (*y, *best);
                    let better = R::Order::prefers(x, old) | (is_nan(x) & !is_nan(old));
                    *y = if better { x } else { old };
                    *best = if better { place } else { old_place };
                }
            });
            if fresh {
                y.fill(T::from_f64(R::WORST));
                best.fill(0);
            }
            for (at, &best) in at.iter_mut().zip(&best) {
                *at = I::from_i128(i128::from(best));
            }
        }
        here.advance();
    }
}

impl<R: Extreme> Op for WindowExtreme<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn outputs(&self) -> usize {
        2
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        ElementTypes::Numbers.check(x[0].dtype)?;
        let y = x[0].with_shape(self.windows.result(x[0])?);
        let at = y.with_dtype(self.windows.index_type());
        Ok(vec![y, at])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        evaluate(&self.form(x[0].ty(), &y[0]), x, y)
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Ok(input)) = (&dy[0], x[0].shape()) else {
            return Ok(vec![None]);
        };
        let (windows, input) = (self.windows.clone(), input.to_vec());
        Ok(vec![Some(apply1(
            WindowPut { windows, input },
            &[d, &y[1]],
        ))])
    }
    fn jvp(&self, _: &[Tensor], y: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let windows = self.windows.clone();
        let take = |d| apply1(WindowTake { windows }, &[d, &y[1]]);
        Ok(vec![dx[0].as_ref().map(take), None])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let x = x[0].bring(axes[0].unwrap_or(0), 0);
        let y = apply(WindowExtreme::<R>::new(self.windows.behind()), &[&x]);
        Ok(y.into_iter().map(|y| (y, Some(0))).collect())
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        let start = R::Order::start(y[0].dtype);
        let mut text = stablehlo_places(&self.windows, x[0], xt[0], &start, &y[0]);
        let (t, at) = (y[0].stablehlo(), y[1].stablehlo());
        let truth = y[0].with_dtype(DType::Bool).stablehlo();
        let kind = stablehlo_kind(y[0].dtype);
        text += &format!(
            "%y0 = stablehlo.constant dense<{start}> : {t}\n%a0 = stablehlo.constant dense<0> : {at}\n"
        );
        let count = self.windows.places();
        for i in 0..count {
            text += &format!(
                "%i{i} = stablehlo.constant dense<{i}> : {at}\n\
                 %b{i} = stablehlo.compare {direction}, %p{i}, %y{i}, {kind} : ({t}, {t}) -> {truth}\n\
                 %n{i} = stablehlo.compare NE, %p{i}, %p{i}, {kind} : ({t}, {t}) -> {truth}\n\
                 %m{i} = stablehlo.compare EQ, %y{i}, %y{i}, {kind} : ({t}, {t}) -> {truth}\n\
                 %c{i} = stablehlo.and %n{i}, %m{i} : {truth}\n\
                 %d{i} = stablehlo.or %b{i}, %c{i} : {truth}\n\
                 %y{next} = stablehlo.select %d{i}, %p{i}, %y{i} : {truth}, {t}\n\
                 %a{next} = stablehlo.select %d{i}, %i{i}, %a{i} : {truth}, {at}\n",
                direction = R::Order::STABLEHLO,
                next = i + 1,
            );
        }
        text + &format!("%0:2 = stablehlo.optimization_barrier %y{count}, %a{count} : {t}, {at}")
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let [ty, index] = y else { return vec![] };
        let Some(slices) = self.windows.slices() else {
            let form = self.form(b.ty(x[0]), ty);
            return b.step(form, x, y);
        };
        let truth = ty.with_dtype(DType::Bool);
        let mut best: Option<(ir::Value, ir::Value)> = None;
        for (i, (start, stride)) in slices.into_iter().enumerate() {
            let part = b.one(ir::Form::Slice { start, stride }, x, ty);
            let place = b.one(
                ir::Form::Constant(i as u64),
                &[],
                &Type::scalar(index.dtype),
            );
            let place = b.one(ir::Form::Broadcast { axes: vec![] }, &[place], index);
            best = Some(match best {
                None => (part, place),
                Some((y, at)) => {
                    let mut is = |kind, a, c| b.one(ir::Form::Compare(kind), &[a, c], &truth);
                    // A NaN is no better and no worse: it takes the place of any number, and keeps it.
                    let mut keep = is(R::NO_BETTER, part, y);
                    if ty.dtype.is_float() {
                        let nan = is(ir::Compare::NotEqual, y, y);
                        keep = b.one(ir::Form::Binary(ir::Binary::Or), &[keep, nan], &truth);
                    }
                    (
                        b.one(ir::Form::Select, &[keep, y, part], ty),
                        b.one(ir::Form::Select, &[keep, at, place], index),
                    )
                }
            });
        }
        best.map_or(vec![], |(y, at)| vec![y, at])
    }
}

/// The entry of a member.
pub(crate) const fn entry<R: Extreme>() -> Entry {
    Entry {
        name: R::NAME,
        samples: samples::<R>,
        faults: faults::<R>,
    }
}

fn samples<R: Extreme>() -> Vec<Sample> {
    let window = |size, moves| Window { size, moves };
    let cases: Vec<(&[usize], Vec<Window>)> = vec![
        (&[], vec![]),
        (&[1], vec![Window::POINT]),
        (&[6], vec![window(2, Sliding::new(2, 0, 0, 1, 1))]),
        (
            &[2, 4, 5, 2],
            vec![
                Window::POINT,
                window(2, Sliding::new(2, 0, 0, 1, 1)),
                window(2, Sliding::new(2, 0, 0, 1, 1)),
                Window::POINT,
            ],
        ),
        (
            &[2, 5, 3],
            vec![
                Window::POINT,
                window(3, Sliding::new(2, 1, 0, 1, 2)),
                Window::POINT,
            ],
        ),
        (
            &[4, 5],
            vec![
                window(2, Sliding::PLAIN),
                window(3, Sliding::new(1, 1, -1, 1, 1)),
            ],
        ),
        (
            &[2, 3],
            vec![Window::POINT, window(2, Sliding::new(1, 1, 1, 2, 1))],
        ),
        (&[0, 3], vec![Window::POINT, window(2, Sliding::PLAIN)]),
    ];
    let types = ElementTypes::Numbers.samples();
    let again = types[1..].iter().map(|&t| (t, cases[4].clone()));
    let all = cases.iter().map(|c| (DType::F64, c.clone())).chain(again);
    all.filter_map(|(t, (shape, windows))| {
        let op = WindowExtreme::<R>::new(Windows(windows));
        Some(Sample::new(op, [counting(t, shape)?]))
    })
    .collect()
}

fn faults<R: Extreme>() -> Vec<(Tensor, &'static str)> {
    let x = Tensor::zeros(DType::F32, [2, 3]);
    let apply = |windows: &[Window], x: &Tensor| {
        apply1(WindowExtreme::<R>::new(Windows(windows.to_vec())), &[x])
    };
    vec![
        (
            apply(&[], &x),
            "there must be a window for each of the 2 axes; there are 0",
        ),
        (
            apply(&[Window::POINT; 2], &x.convert(DType::Bool)),
            "the element type must be a number, not bool",
        ),
    ]
}
