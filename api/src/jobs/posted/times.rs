use std::time::Duration;

use windlass_queue::{Expiry, When};
use windlass_shared::Timestamp;

use super::PostedJob;
use crate::problem::Problem;

/// The longest delay: ten years. What is due later has to be given as an instant.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// An instant, or what lies between now and then.
enum Time {
    At(Timestamp),
    After(Duration),
}

impl PostedJob {
    /// When it may start.
    pub(super) fn when(&self) -> Result<Option<When>, Problem> {
        let time =
            time(self.run_at, self.delay_ms, ["/delay_ms", "it cannot be given together with run_at"])?;
        Ok(time.map(|time| match time {
            Time::At(instant) => When::At(instant),
            Time::After(delay) => When::After(delay),
        }))
    }

    /// From when on it is not worth starting.
    pub(super) fn expires(&self) -> Result<Option<Expiry>, Problem> {
        let both = ["/expires_in_ms", "it cannot be given together with expires_at"];
        let time = time(self.expires_at, self.expires_in_ms, both)?;
        Ok(time.map(|time| match time {
            Time::At(instant) => Expiry::At(instant),
            Time::After(delay) => Expiry::After(delay),
        }))
    }
}

/// The one of the two that is given; `both` is where the delay stands, and what is wrong when both are.
fn time(
    at: Option<Timestamp>,
    after_ms: Option<u64>,
    [path, both]: [&str; 2],
) -> Result<Option<Time>, Problem> {
    match (at, after_ms.map(Duration::from_millis)) {
        (Some(_), Some(_)) => Err(Problem::at(path, both)),
        (_, Some(delay)) if delay > LONGEST => {
            Err(Problem::at(path, "goes from 0 to 315360000000 (ten years)"))
        }
        (Some(instant), None) => Ok(Some(Time::At(instant))),
        (None, Some(delay)) => Ok(Some(Time::After(delay))),
        (None, None) => Ok(None),
    }
}
