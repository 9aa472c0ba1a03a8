//! Ctrl-C: the first asks for an end after the step, the second ends at once.

use std::error::Error;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C sets the flag that [`asked`] reads.
pub fn listen() -> Result<(), Box<dyn Error>> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
    })?;
    Ok(())
}

/// Whether somebody pressed Ctrl-C.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
