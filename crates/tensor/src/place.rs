//! Whose line an operation is reported at, and what it is part of.
use bouton_ir::Label;
use std::{
    cell::{Cell, RefCell},
    panic::Location,
};

/// A line of source.
pub type Place = &'static Location<'static>;

thread_local! {
    static OUTER: Cell<Option<Place>> = const { Cell::new(None) };
    static LABEL: RefCell<Label> = RefCell::default();
}

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

/// Runs `f`; profiles know the operations inside as part `name` of what is around them, and their gradients as
/// `name backward`. A layer runs under its name.
///
/// ```
/// use bouton_tensor::{label, tensor};
/// let x = tensor![1.0, 2.0];
/// let y = label("head", || x.exp().sum());
/// # let _ = y;
/// ```
pub fn label<T>(name: &str, f: impl FnOnce() -> T) -> T {
    let part = LABEL.with_borrow(|outer| outer.part(name));
    let _back = Labelled::begin(part);
    f()
}

/// Restores the label before when it goes.
struct Labelled(Label);

impl Labelled {
    fn begin(label: Label) -> Labelled {
        Labelled(LABEL.replace(label))
    }
}

impl Drop for Labelled {
    fn drop(&mut self) {
        LABEL.set(std::mem::take(&mut self.0));
    }
}

/// Where an operation comes from.
#[derive(Clone)]
pub(crate) struct Origin {
    /// Whose line it is reported at.
    pub at: Place,
    /// What it is part of.
    pub label: Label,
}

impl Origin {
    /// Of an operation that is made now and reported at `at`.
    pub(crate) fn now(at: Place) -> Origin {
        Origin {
            at,
            label: LABEL.with_borrow(Label::clone),
        }
    }

    /// Runs `f`, a rule of the operation that comes from here, in its name.
    pub(crate) fn resume<T>(&self, f: impl FnOnce() -> T) -> T {
        let _back = Labelled::begin(self.label.clone());
        blame(self.at, f)
    }

    /// As [`Origin::resume`], where what `f` makes carries gradients.
    pub(crate) fn resume_backward<T>(&self, f: impl FnOnce() -> T) -> T {
        let _back = Labelled::begin(self.label.backward());
        blame(self.at, f)
    }
}
