//! Whose line an operation is reported at.
use std::{cell::Cell, panic::Location};

/// A line of source.
pub type Place = &'static Location<'static>;

thread_local!(static OUTER: Cell<Option<Place>> = const { Cell::new(None) });

/// Runs `f`; operations inside are reported at `at`, however deep in a library they are made.
///
/// Code that calls operations on the user's behalf (layers, losses, optimizers, compositions with closures)
/// runs under this. The outermost place wins.
pub fn blame<T>(at: Place, f: impl FnOnce() -> T) -> T {
    let _back = Blamed::begin(at);
    f()
}

/// Restores the place before when it goes.
struct Blamed(Option<Place>);

impl Blamed {
    fn begin(at: Place) -> Blamed {
        Blamed(OUTER.replace(Some(OUTER.get().unwrap_or(at))))
    }
}

impl Drop for Blamed {
    fn drop(&mut self) {
        OUTER.set(self.0);
    }
}

/// The place to report: the one under [`blame`], or the caller.
#[track_caller]
pub fn here() -> Place {
    OUTER.get().unwrap_or(Location::caller())
}
