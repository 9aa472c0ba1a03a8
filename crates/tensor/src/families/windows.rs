//! Windows that move over a tensor: sizes, where each place of a window comes to lie, and what members share.
use crate::{DType, Fault, Shape, Type, families::sliding::Sliding};
use std::{fmt, ops::Range};

/// A window's size along one axis, and how it moves there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub size: usize,
    pub moves: Sliding,
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} by {:?}", self.size, self.moves)
    }
}

impl Window {
    /// One place, which stays.
    pub(crate) const POINT: Window = Window {
        size: 1,
        moves: Sliding::PLAIN,
    };

    /// Places that touch neither each other nor padding nor holes.
    pub(crate) fn tiles(&self, input: usize) -> bool {
        let moves = Sliding {
            stride: 1,
            ..self.moves
        };
        moves == Sliding::PLAIN && self.moves.stride == self.size && input.is_multiple_of(self.size)
    }

    /// Nothing but elements of the input lies under it.
    fn stays_inside(&self) -> bool {
        let moves = Sliding {
            stride: 1,
            kernel_dilation: 1,
            ..self.moves
        };
        moves == Sliding::PLAIN
    }
}

/// A window along every axis.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Windows(pub Vec<Window>);

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// Windows have no more axes than this.
const MOST_AXES: usize = 16;
/// More places than this are not written out one by one.
const MOST_WRITTEN: usize = 16;

impl Windows {
    /// The shape of the results.
    ///
    /// # Errors
    /// One window for each axis; sizes, strides and dilations are at least 1.
    pub(crate) fn result(&self, x: &Type) -> Result<Shape, Fault> {
        if self.0.len() != x.rank() {
            return Err(Fault::shape(format!(
                "there must be a window for each of the {} axes; there are {}",
                x.rank(),
                self.0.len()
            )));
        }
        if x.rank() > MOST_AXES {
            return Err(Fault::shape(format!(
                "windows move over {MOST_AXES} axes at most; there are {}",
                x.rank()
            )));
        }
        for (axis, (w, &n)) in self.0.iter().zip(x.shape.iter()).enumerate() {
            if w.size == 0 {
                return Err(Fault::value(format!(
                    "windows must have at least 1 place; that of axis {axis} has none"
                )));
            }
            w.moves.check(("axis", axis), n, w.size)?;
        }
        let places = self
            .0
            .iter()
            .try_fold(1, |n: i32, w| n.checked_mul(i32::try_from(w.size).ok()?));
        if places.is_none() {
            let rule = "a window must have less than 2^31 places";
            return Err(Fault::value(rule));
        }
        let sizes = self.0.iter().zip(x.shape.iter());
        let shape: Shape = sizes.map(|(w, &n)| w.moves.result(n, w.size)).collect();
        shape.checked_size(x.dtype)?;
        Ok(shape)
    }

    /// Places of a window.
    pub(crate) fn places(&self) -> usize {
        self.0.iter().map(|w| w.size).product()
    }

    /// The type of a place's number.
    pub(crate) fn index_type(&self) -> DType {
        match self.places() {
            0..=256 => DType::U8,
            _ => DType::I32,
        }
    }

    /// With one more axis in front, which is left alone.
    pub(crate) fn behind(&self) -> Windows {
        Windows(
            std::iter::once(Window::POINT)
                .chain(self.0.iter().copied())
                .collect(),
        )
    }

    /// The windows of the transpose: those that take to each element of the input the results that it is part of.
    pub(crate) fn transposed(&self, input: &Shape, result: &Shape) -> Windows {
        let axes = self.0.iter().enumerate();
        Windows(
            axes.map(|(a, w)| Window {
                moves: w.moves.to_input(input[a], w.size, result[a]),
                ..*w
            })
            .collect(),
        )
    }

    /// For each place of a window, start and stride of the slice of the input that comes to lie there; nothing where
    /// there are too many, or something else than elements of the input lies under a window.
    pub(crate) fn slices(&self) -> Option<Vec<(Vec<usize>, Vec<usize>)>> {
        let few = self.places() <= MOST_WRITTEN && self.0.iter().all(Window::stays_inside);
        let stride: Vec<usize> = self.0.iter().map(|w| w.moves.stride).collect();
        let start = |place: usize| {
            let mut rest = place;
            let mut start = vec![0; self.0.len()];
            for (start, w) in start.iter_mut().zip(&self.0).rev() {
                *start = rest % w.size * w.moves.kernel_dilation;
                rest /= w.size;
            }
            start
        };
        few.then(|| {
            (0..self.places())
                .map(|p| (start(p), stride.clone()))
                .collect()
        })
    }
}

/// What lies under each place of each window, row by row: the last axes, along which windows are points, are a row.
pub(crate) struct Places {
    /// The other axes.
    axes: Vec<Line>,
    /// Elements of a row.
    pub row: usize,
}

/// Windows along one axis.
struct Line {
    /// Places of a window.
    size: usize,
    /// For each index of what is made, which places find a row of the source.
    runs: Vec<Run>,
    /// From one such place to the next.
    step: usize,
    /// From its row to the next one's, modulo 2^64.
    rows: usize,
}

/// Places that find something: the first, how many, and the first one's row.
#[derive(Clone, Copy, Default)]
struct Run {
    place: usize,
    count: usize,
    row: usize,
}

/// Index `i` of what is made and place `k` of the window meet element `(i * index + k * place + start) / source`.
struct Meeting {
    index: i64,
    place: i64,
    start: i64,
    source: i64,
}

impl Meeting {
    /// The line of a window of this size on an axis with `to` indices and `from` elements, `inner` rows apart.
    fn line(&self, size: usize, to: usize, from: usize, inner: usize) -> Line {
        let common = greatest_common_divisor(self.source, self.place.abs());
        let step = self.source / common;
        let run = |i: usize| {
            let first = i as i64 * self.index + self.start;
            let last = (from as i64 - 1) * self.source;
            // Where `first + k * place` lies from 0 to `last`.
            let bounds = match self.place > 0 {
                true => (-first, last - first),
                false => (first - last, first),
            };
            let d = self.place.abs();
            let low = bounds.0.max(0).div_euclid(d) + i64::from(bounds.0.max(0) % d > 0);
            let high = bounds.1.div_euclid(d).min(size as i64 - 1);
            let meets = |k: &i64| (first + k * self.place) % self.source == 0;
            let place = (low..=high).take(step as usize).find(meets)?;
            Some(Run {
                place: place as usize,
                count: ((high - place) / step + 1) as usize,
                row: ((first + place * self.place) / self.source) as usize * inner,
            })
        };
        Line {
            size,
            runs: (0..to).map(|i| run(i).unwrap_or_default()).collect(),
            step: step as usize,
            rows: (self.place / common * inner as i64) as usize,
        }
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    match b {
        0 => a,
        b => greatest_common_divisor(b, a % b),
    }
}

impl Places {
    /// Windows on the input: of each result, the rows of the input.
    pub(crate) fn of_input(windows: &Windows, input: &Shape, result: &Shape) -> Places {
        Places::new(windows, result, input, |m| Meeting {
            index: m.stride as i64,
            place: m.kernel_dilation as i64,
            start: -m.low,
            source: m.input_dilation as i64,
        })
    }

    /// Windows on the result: of each element of the input, the results whose windows it lies under.
    pub(crate) fn of_result(windows: &Windows, input: &Shape, result: &Shape) -> Places {
        Places::new(windows, input, result, |m| Meeting {
            index: m.input_dilation as i64,
            place: -(m.kernel_dilation as i64),
            start: m.low,
            source: m.stride as i64,
        })
    }

    fn new(
        windows: &Windows,
        to: &Shape,
        from: &Shape,
        meeting: impl Fn(&Sliding) -> Meeting,
    ) -> Places {
        let points = windows.0.iter().rev().take_while(|w| **w == Window::POINT);
        let outer = to.rank() - points.count();
        let (mut axes, mut inner) = (vec![], 1);
        for a in (0..outer).rev() {
            let w = &windows.0[a];
            axes.push(meeting(&w.moves).line(w.size, to[a], from[a], inner));
            inner *= from[a];
        }
        axes.reverse();
        let row = to[outer..].iter().product();
        Places { axes, row }
    }

    /// Rows of what is made.
    pub(crate) fn rows(&self) -> usize {
        self.axes.iter().map(|axis| axis.runs.len()).product()
    }

    /// Window number `row`, from which one goes on to the next.
    pub(crate) fn window(&self, row: usize) -> Here<'_> {
        let mut here = Here {
            axes: &self.axes,
            index: [0; MOST_AXES],
            runs: [Run::default(); MOST_AXES],
        };
        let mut rest = row;
        for (axis, line) in self.axes.iter().enumerate().rev() {
            let n = line.runs.len().max(1);
            here.index[axis] = rest % n;
            here.runs[axis] = line.runs.get(rest % n).copied().unwrap_or_default();
            rest /= n;
        }
        here
    }

    /// The elements of source row `at`.
    pub(crate) fn of(&self, at: usize) -> Range<usize> {
        at * self.row..(at + 1) * self.row
    }
}

/// One window among all.
pub(crate) struct Here<'a> {
    axes: &'a [Line],
    index: [usize; MOST_AXES],
    runs: [Run; MOST_AXES],
}

impl Here<'_> {
    /// Calls `f` with the number of each place of the window and the row of the source under it, in order.
    #[inline]
    pub(crate) fn each(&self, mut f: impl FnMut(usize, usize)) {
        visit(self.axes, &self.runs, (0, 0), &mut f);
    }

    /// Goes on to the next window.
    pub(crate) fn advance(&mut self) {
        for (axis, line) in self.axes.iter().enumerate().rev() {
            let next = self.index[axis] + 1;
            let wraps = next == line.runs.len();
            self.index[axis] = if wraps { 0 } else { next };
            self.runs[axis] = line.runs[self.index[axis]];
            if !wraps {
                return;
            }
        }
    }
}

/// One axis after the other, at most [`MOST_AXES`] deep.
fn visit(
    axes: &[Line],
    runs: &[Run],
    (place, row): (usize, usize),
    f: &mut impl FnMut(usize, usize),
) {
    let ([axis, axes @ ..], [run, runs @ ..]) = (axes, runs) else {
        return f(place, row);
    };
    let (mut place, mut row) = (place * axis.size + run.place, row + run.row);
    for _ in 0..run.count {
        visit(axes, runs, (place, row), f);
        place += axis.step;
        row = row.wrapping_add(axis.rows);
    }
}

/// In StableHLO the slice `%p<i>` of `x` that lies under each place `i`, with `filler` where there is none.
pub(crate) fn stablehlo_places(
    windows: &Windows,
    x: &str,
    xt: &Type,
    filler: &str,
    y: &Type,
) -> String {
    let each = |of: &dyn Fn(&Window) -> i64| windows.0.iter().map(of).collect::<Vec<_>>();
    let low = each(&|w| w.moves.low);
    let high = each(&|w| w.moves.high);
    let interior = each(&|w| w.moves.input_dilation as i64 - 1);
    let spread = |a: usize| {
        (xt.shape[a].max(1) - 1) * windows.0[a].moves.input_dilation + xt.shape[a].min(1)
    };
    let padded = (0..xt.rank()).map(|a| (spread(a) as i64 + low[a] + high[a]).max(0) as usize);
    let padded = xt.with_shape(padded.collect::<Vec<_>>()).stablehlo();
    let (xt, yt) = (xt.stablehlo(), y.stablehlo());
    let scalar = Type::scalar(y.dtype).stablehlo();
    let mut text = format!(
        "%filler = stablehlo.constant dense<{filler}> : {scalar}\n\
         %padded = stablehlo.pad {x}, %filler, low = {low:?}, high = {high:?}, interior = {interior:?} : ({xt}, {scalar}) \
         -> {padded}\n"
    );
    for place in 0..windows.places() {
        let mut rest = place;
        let mut ranges = vec![];
        for (w, &n) in windows.0.iter().zip(y.shape.iter()).rev() {
            let start = rest % w.size * w.moves.kernel_dilation;
            let limit = start + (n.max(1) - 1) * w.moves.stride + n.min(1);
            ranges.push(format!("{start}:{limit}:{}", w.moves.stride));
            rest /= w.size;
        }
        ranges.reverse();
        text += &format!(
            "%p{place} = stablehlo.slice %padded [{}] : ({padded}) -> {yt}\n",
            ranges.join(", ")
        );
    }
    text
}

/// In StableHLO the elements of `x[0]` put back at the places `x[1]` of windows on a tensor of the shape `input`.
pub(crate) fn stablehlo_put(
    windows: &Windows,
    input: &[usize],
    x: &[&str],
    xt: &[&Type],
    y: &Type,
) -> String {
    let (d, at, t) = (xt[0].stablehlo(), xt[1].stablehlo(), y.stablehlo());
    let truth = xt[0].with_dtype(DType::Bool).stablehlo();
    let scalar = Type::scalar(y.dtype).stablehlo();
    let zero = if y.dtype.is_float() { "0.0" } else { "0" };
    let kind = if xt[1].dtype == DType::U8 {
        "UNSIGNED"
    } else {
        "SIGNED"
    };
    let mut text = format!(
        "%zero = stablehlo.constant dense<{zero}> : {scalar}\n%none = stablehlo.constant dense<{zero}> : {d}\n\
             %y0 = stablehlo.constant dense<{zero}> : {t}\n"
    );
    let count = windows.places();
    for i in 0..count {
        // Spread out by the strides, moved to the place, and every element of the input's dilation taken.
        let (mut low, mut high, mut interior, mut ranges) = (vec![], vec![], vec![], vec![]);
        let (mut spread, mut rest) = (vec![], i);
        for (a, w) in windows.0.iter().enumerate().rev() {
            let (m, n) = (w.moves, xt[0].shape[a]);
            let shift = (rest % w.size * m.kernel_dilation) as i64 - m.low;
            let wide = (input[a].max(1) - 1) * m.input_dilation + input[a].min(1);
            let own = (n.max(1) - 1) * m.stride + n.min(1);
            low.push(shift);
            high.push(wide as i64 - own as i64 - shift);
            interior.push(m.stride - 1);
            spread.push(wide);
            ranges.push(format!("0:{wide}:{}", m.input_dilation));
            rest /= w.size;
        }
        for list in [&mut low, &mut high] {
            list.reverse();
        }
        interior.reverse();
        spread.reverse();
        ranges.reverse();
        let wide = y.with_shape(spread).stablehlo();
        let to = if i + 1 == count {
            "0".to_string()
        } else {
            format!("y{}", i + 1)
        };
        text += &format!(
            "%i{i} = stablehlo.constant dense<{i}> : {at}\n\
                 %b{i} = stablehlo.compare EQ, {index}, %i{i}, {kind} : ({at}, {at}) -> {truth}\n\
                 %d{i} = stablehlo.select %b{i}, {x0}, %none : {truth}, {d}\n\
                 %w{i} = stablehlo.pad %d{i}, %zero, low = {low:?}, high = {high:?}, interior = {interior:?} : ({d}, {scalar}) -> {wide}\n\
                 %s{i} = stablehlo.slice %w{i} [{ranges}] : ({wide}) -> {t}\n\
                 %{to} = stablehlo.add %y{i}, %s{i} : {t}\n",
            index = x[1],
            x0 = x[0],
            ranges = ranges.join(", "),
        );
    }
    text.trim_end().to_string()
}
