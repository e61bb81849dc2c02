use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use windlass_shared::QueueName;

/// How far back a pace looks.
const WINDOW: Duration = Duration::from_mins(5);
/// Over how long it has to be seen; what happens within a shorter time says little about the next minutes.
const LEAST: Duration = Duration::from_secs(5);
/// Between two sightings that are kept. Together with the window this bounds how many are.
const APART: Duration = Duration::from_secs(2);

/// How fast queues drain, as far as it was seen.
///
/// An engine counts what waits, and not what went by, so the pace is what the count has lost since it was last asked. Who
/// asks every half minute gets it from the second time on.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<BTreeMap<QueueName, Sightings>>);

type Sightings = VecDeque<(Instant, u64)>;

impl Paces {
    /// In how many seconds the queue is empty if it goes on as it did: `None` where it grows, stands still, or has not been
    /// seen for long enough.
    pub(super) fn drain(&self, queue: &QueueName, unfinished: u64) -> Option<f64> {
        // Nothing is left half-changed by a panic between these lines.
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sightings = queues.entry(queue.clone()).or_default();
        see(sightings, Instant::now(), unfinished)
    }
}

fn see(sightings: &mut Sightings, now: Instant, unfinished: u64) -> Option<f64> {
    while sightings.front().is_some_and(|(at, _)| now - *at > WINDOW) {
        sightings.pop_front();
    }
    let oldest = sightings.front().copied();
    if sightings.back().is_none_or(|(at, _)| now - *at >= APART) {
        sightings.push_back((now, unfinished));
    }
    if unfinished == 0 {
        return Some(0.0);
    }
    let (at, before) = oldest.filter(|(at, _)| now - *at >= LEAST)?;
    let lost = before.checked_sub(unfinished).filter(|lost| *lost > 0)?;
    Some((now - at).as_secs_f64() * ratio(unfinished, lost))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate needs no more than 52 bits")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(counts: &[(u64, u64)]) -> Option<f64> {
        let start = Instant::now();
        let mut sightings = Sightings::new();
        let mut told = None;
        for (second, unfinished) in counts {
            told = see(&mut sightings, start + Duration::from_secs(*second), *unfinished);
        }
        told
    }

    #[test]
    fn a_queue_that_shrinks_is_empty_when_it_goes_on_like_that() {
        assert_eq!(seen(&[(0, 1_000), (10, 900)]), Some(90.0));
        assert_eq!(seen(&[(0, 1_000), (10, 2_000), (20, 500)]), Some(20.0));
        assert_eq!(seen(&[(0, 7), (60, 0)]), Some(0.0));
        assert_eq!(seen(&[(0, 0)]), Some(0.0));
    }

    #[test]
    fn nothing_is_said_of_one_that_grows_or_was_hardly_seen() {
        assert_eq!(seen(&[(0, 1_000)]), None);
        assert_eq!(seen(&[(0, 1_000), (4, 900)]), None);
        assert_eq!(seen(&[(0, 1_000), (10, 1_000)]), None);
        assert_eq!(seen(&[(0, 1_000), (10, 1_001)]), None);
        // What was longer ago than the window counts no more.
        assert_eq!(seen(&[(0, 1_000), (400, 900)]), None);
    }

    #[test]
    fn who_asks_all_the_time_fills_no_memory() {
        let start = Instant::now();
        let mut sightings = Sightings::new();
        for milli in (0..1_000_000).step_by(100) {
            see(&mut sightings, start + Duration::from_millis(milli), 5);
        }
        assert!(sightings.len() <= 151, "{}", sightings.len());
    }
}
