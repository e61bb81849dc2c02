use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;

/// What a measurement found.
pub(super) trait Figures: Serialize {
    /// The figures in words: what, and how much.
    fn lines(&self) -> Vec<(&'static str, String)>;
}

/// Writes figures for people, or as one JSON object on one line.
pub(super) fn write(figures: &impl Figures, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, figures).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    for (what, how_much) in figures.lines() {
        writeln!(out, "{what:<12}{how_much}")?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "no count of jobs comes near 2^52")]
pub(super) fn rate(jobs: usize, elapsed: Duration) -> f64 {
    jobs as f64 / elapsed.as_secs_f64()
}

pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// The value below which `fraction` of the sorted values lie; zero where there is none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index within the list"
)]
pub(super) fn quantile(sorted: &[Duration], fraction: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * fraction).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_from_the_sorted_values() {
        let waits: Vec<_> = (1..=101).map(Duration::from_millis).collect();
        assert_eq!(quantile(&waits, 0.5), Duration::from_millis(51));
        assert_eq!(quantile(&waits, 0.99), Duration::from_millis(100));
        assert_eq!(quantile(&waits, 1.0), Duration::from_millis(101));
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
