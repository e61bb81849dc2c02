use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks again and again until there is something, an error, or the limit has passed. Processes have no other way
/// to tell us what they have done.
pub async fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("{what} did not happen within {limit:?}");
        }
        sleep(PAUSE).await;
    }
}
