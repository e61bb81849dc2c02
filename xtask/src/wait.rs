//! Waiting for processes that cannot tell us when they are ready.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::foreground::Foreground;

const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again until the answer is yes, an error, or the limit has passed.
#[expect(clippy::disallowed_methods, reason = "a starting server sends no signal, so it has to be asked")]
pub(crate) fn until(
    foreground: &Foreground,
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    while !ask()? {
        foreground.check()?;
        if Instant::now() > deadline {
            bail!("{what} did not happen within {} s", limit.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
