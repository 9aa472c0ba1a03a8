//! Ctrl-C: the first asks for an end after the step, the second ends at once.

use std::error::Error;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that Ctrl-C sets from now on.
pub(crate) fn flag() -> Result<Arc<AtomicBool>, Box<dyn Error>> {
    let asked = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&asked);
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
    })?;
    Ok(flag)
}
