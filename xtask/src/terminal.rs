//! What a task says to the person who runs it: plain lines on standard error.

use std::time::Instant;

/// Prints one message.
#[expect(clippy::print_stderr, reason = "this is xtask's one way to speak")]
pub(crate) fn say(message: &str) {
    eprintln!("{message}");
}

/// Announces a step, does it, and says how long it took.
pub(crate) fn timed<T>(step: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    say(&format!("==> {step}"));
    let started = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
    say(&format!("==> {step}: {verdict} in {:.1} s", started.elapsed().as_secs_f64()));
    outcome
}
