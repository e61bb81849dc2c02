use std::sync::{Mutex, PoisonError};

use windlass_shared::Percent;

use crate::commands::bar::Bar;

/// How far a measurement has come, for somebody who watches. Where nobody does, nothing is said.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<Mutex<Bar>>,
    run: String,
}

impl Progress {
    /// The progress of one of several runs.
    pub(super) fn of_run(run: u32, runs: u32) -> Self {
        let run = if runs > 1 { format!("run {run} of {runs}: ") } else { String::new() };
        Self { bar: Some(Bar::new()).filter(Bar::is_watched).map(Mutex::new), run }
    }

    #[cfg(test)]
    pub(super) const fn silent() -> Self {
        Self { bar: None, run: String::new() }
    }

    /// Shows that `done` of `all` are done.
    pub(super) fn show(&self, what: &str, done: u64, all: u64) {
        let Some(bar) = &self.bar else { return };
        let percent = u8::try_from(done.saturating_mul(100) / all.max(1)).unwrap_or(100);
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        // Where stderr is gone there is nobody who would miss it.
        drop(bar.show(Percent::saturating(percent), &format!("{}{what}", self.run)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            drop(bar.lock().unwrap_or_else(PoisonError::into_inner).clear());
        }
    }
}
