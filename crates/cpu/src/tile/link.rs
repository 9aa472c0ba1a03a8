//! The machine code of loops, put where it can be called.
use super::{Place, Stage, Tiles};
use crate::native;

/// Machine code for some instructions of a loop.
pub(super) struct Native {
    pub code: Vec<u8>,
    pub arguments: Vec<native::Argument<Place>>,
    /// Whether it may be called for runs of any length.
    pub parts: bool,
    /// Where it can be called, once [`link`] has put it there.
    pub linked: Option<(native::Image, usize)>,
}

impl Native {
    /// Whether it may be called for runs of so many elements.
    pub(super) fn takes(&self, elements: usize) -> bool {
        self.parts || elements.is_multiple_of(native::LANES)
    }
}

/// Makes the machine code of loops ready to be called.
///
/// # Errors
/// The system grants no memory for it.
pub(crate) fn link<'a>(tiles: impl Iterator<Item = &'a mut Tiles>) -> Result<(), String> {
    let stages = tiles.flat_map(|t| &mut t.stages);
    let mut natives: Vec<&mut Native> = stages
        .filter_map(|stage| match stage {
            Stage::Code(native) => Some(native),
            Stage::Instruction(_) => None,
        })
        .collect();
    if natives.is_empty() {
        return Ok(());
    }
    let codes: Vec<Vec<u8>> = natives
        .iter_mut()
        .map(|n| std::mem::take(&mut n.code))
        .collect();
    let image =
        native::Image::new(&codes).map_err(|e| format!("no memory for machine code: {e}"))?;
    for (native, offset) in natives.into_iter().zip(native::offsets(&codes).0) {
        native.linked = Some((image.clone(), offset));
    }
    Ok(())
}
