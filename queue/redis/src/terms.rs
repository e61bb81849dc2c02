//! The terms on which a job is to be accepted, as scripts take them: big-endian, as `outbox.lua` describes them.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | when it may start: 0 now, 1 at, 2 after |
//! | 1 | 6 | milliseconds of that |
//! | 7 | 1 | when it expires: 0 never, 1 at, 2 after |
//! | 8 | 6 | milliseconds of that |
//! | 14 | 6 | for how many milliseconds its id is remembered when it is gone, 0 for not at all |
//! | 20 | 1 | what happens when another one holds its unique key |

use std::time::Duration;

use windlass_queue::{Expiry, NewJob, OnConflict, When};
use windlass_shared::Timestamp;

pub(crate) const BYTES: usize = 21;
const TOMBSTONE: std::ops::Range<usize> = 14..20;

/// The terms of a job.
pub(crate) fn encode(job: &NewJob) -> [u8; BYTES] {
    let (when, when_millis) = match job.when {
        When::Now => (0, 0),
        When::At(instant) => (1, of_epoch(instant)),
        When::After(delay) => (2, millis(delay)),
    };
    let (expires, expires_millis) = match job.expires {
        None => (0, 0),
        // In a record 0 stands for none.
        Some(Expiry::At(instant)) => (1, of_epoch(instant).max(1)),
        Some(Expiry::After(delay)) => (2, millis(delay)),
    };
    let mut terms = [0; BYTES];
    terms[0] = when;
    put(&mut terms[1..7], when_millis);
    terms[7] = expires;
    put(&mut terms[8..14], expires_millis);
    put(&mut terms[TOMBSTONE], job.tombstone.map_or(0, |window| millis(window).max(1)));
    terms[20] = job.unique.map_or(0, |unique| on_conflict(unique.on_conflict));
    terms
}

/// Has the id be remembered for that long at least.
pub(crate) fn remember(terms: &mut [u8; BYTES], window: Duration) {
    let mut before = [0; 8];
    before[2..].copy_from_slice(&terms[TOMBSTONE]);
    put(&mut terms[TOMBSTONE], u64::from_be_bytes(before).max(millis(window)));
}

/// A duration for a script: at most a thousand years, so that every instant fits into a record and every number
/// keeps its digits in Lua.
pub(crate) fn millis(duration: Duration) -> u64 {
    const LONGEST: u64 = 1_000 * 365 * 24 * 3_600_000;
    u64::try_from(duration.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

/// Every instant that people write fits into six bytes.
fn of_epoch(instant: Timestamp) -> u64 {
    const LAST: u64 = (1 << 48) - 1;
    u64::try_from(instant.as_millis()).unwrap_or(0).min(LAST)
}

fn put(six: &mut [u8], millis: u64) {
    six.copy_from_slice(&millis.to_be_bytes()[2..]);
}

const fn on_conflict(policy: OnConflict) -> u8 {
    match policy {
        OnConflict::Reject => 0,
        OnConflict::Replace => 1,
        OnConflict::Debounce => 2,
        OnConflict::KeepLatest => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tombstone(terms: &[u8; BYTES]) -> &[u8] {
        &terms[TOMBSTONE]
    }

    #[test]
    fn an_id_is_remembered_for_the_longer_time() {
        let mut terms = [0; BYTES];
        remember(&mut terms, Duration::from_secs(5));
        assert_eq!(tombstone(&terms), [0, 0, 0, 0, 0x13, 0x88]);
        remember(&mut terms, Duration::from_secs(1));
        assert_eq!(tombstone(&terms), [0, 0, 0, 0, 0x13, 0x88]);
    }

    #[test]
    fn the_longest_times_fit() {
        assert!(millis(Duration::MAX) < 1 << 48);
        assert!(of_epoch(Timestamp::from_millis(i64::MAX)) < 1 << 48);
        assert_eq!(of_epoch(Timestamp::from_millis(-1)), 0);
    }
}
