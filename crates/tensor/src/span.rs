//! Which part of an axis a slice takes, as its caller writes it.
use crate::Fault;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// A part of one axis: a range, `..` for all of it. Negative bounds count from the end. [`step`] takes every n-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: Option<i64>,
    /// Excluded.
    end: Option<i64>,
    stride: usize,
}

/// Every `stride`-th element of a range, from its start: `x.slice((.., step(1..9, 2)))`.
pub fn step(range: impl Into<Span>, stride: usize) -> Span {
    Span {
        stride,
        ..range.into()
    }
}

impl Spans for Span {
    fn spans(self) -> Vec<Span> {
        vec![self]
    }
}

impl Spans for RangeFull {
    fn spans(self) -> Vec<Span> {
        vec![self.into()]
    }
}

impl From<RangeFull> for Span {
    fn from(_: RangeFull) -> Span {
        Span {
            start: None,
            end: None,
            stride: 1,
        }
    }
}

macro_rules! spans {
    ($($T:ty),*) => {$(
        spans!(@ Range<$T>, RangeFrom<$T>, RangeTo<$T>, RangeInclusive<$T>, RangeToInclusive<$T>);
        impl From<Range<$T>> for Span {
            fn from(r: Range<$T>) -> Span { Span { start: Some(bound(r.start)), end: Some(bound(r.end)), stride: 1 } }
        }
        impl From<RangeFrom<$T>> for Span {
            fn from(r: RangeFrom<$T>) -> Span { Span { start: Some(bound(r.start)), end: None, stride: 1 } }
        }
        impl From<RangeTo<$T>> for Span {
            fn from(r: RangeTo<$T>) -> Span { Span { start: None, end: Some(bound(r.end)), stride: 1 } }
        }
        impl From<RangeInclusive<$T>> for Span {
            fn from(r: RangeInclusive<$T>) -> Span { Span { start: Some(bound(*r.start())), end: after(bound(*r.end())), stride: 1 } }
        }
        impl From<RangeToInclusive<$T>> for Span {
            fn from(r: RangeToInclusive<$T>) -> Span { Span { start: None, end: after(bound(r.end)), stride: 1 } }
        }
    )*};
    (@ $($R:ty),*) => {$(
        impl Spans for $R {
            fn spans(self) -> Vec<Span> { vec![self.into()] }
        }
    )*};
}
spans!(i32, i64, usize);

fn bound(i: impl TryInto<i64>) -> i64 {
    i.try_into().unwrap_or(i64::MAX)
}

/// The excluded end after the last index: nothing after -1 is the end of the axis.
fn after(last: i64) -> Option<i64> {
    if last == -1 {
        None
    } else {
        Some(last.saturating_add(1))
    }
}

impl Span {
    /// Start, end and stride on an axis of this size.
    pub(crate) fn resolve(&self, axis: usize, size: usize) -> Result<(usize, usize, usize), Fault> {
        let n = bound(size);
        let from_end = |i: i64| if i < 0 { i + n } else { i };
        let (start, end) = (self.start.map_or(0, from_end), self.end.map_or(n, from_end));
        if self.stride == 0 {
            return Err(no_stride(axis));
        }
        match (usize::try_from(start), usize::try_from(end)) {
            (Ok(a), Ok(b)) if a <= b && b <= size => Ok((a, b, self.stride)),
            _ => Err(outside(start, end, axis, size)),
        }
    }
}

/// The fault of a range that reaches outside its axis, or runs backwards.
pub(crate) fn outside(start: i64, end: i64, axis: usize, size: usize) -> Fault {
    let rule = "the range must lie inside the axis";
    Fault::value(format!(
        "{rule}; {start}..{end} does not in axis {axis} of size {size}"
    ))
}

pub(crate) fn no_stride(axis: usize) -> Fault {
    Fault::value(format!(
        "the stride must be at least 1; that of axis {axis} is 0"
    ))
}

/// One [`Span`] for each axis from the first on: a range, a tuple of ranges of any kind, or an array, slice or vector of
/// one kind.
pub trait Spans {
    /// The spans in order.
    fn spans(self) -> Vec<Span>;
}

impl<S: Into<Span>, const N: usize> Spans for [S; N] {
    fn spans(self) -> Vec<Span> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<Span>> Spans for Vec<S> {
    fn spans(self) -> Vec<Span> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<Span> + Clone> Spans for &[S] {
    fn spans(self) -> Vec<Span> {
        self.iter().cloned().map(Into::into).collect()
    }
}

macro_rules! tuples {
    ($(($($S:ident $i:tt)*))*) => {$(
        impl<$($S: Into<Span>),*> Spans for ($($S,)*) {
            fn spans(self) -> Vec<Span> { vec![$(self.$i.into()),*] }
        }
    )*};
}
tuples! { (A 0) (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) (A 0 B 1 C 2 D 3 E 4) (A 0 B 1 C 2 D 3 E 4 F 5) }
