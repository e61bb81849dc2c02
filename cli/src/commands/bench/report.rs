use std::io::Write;
use std::time::Duration;

use serde::Serialize;
use windlass_redis::RawRates;

use super::stage::Stage;
use crate::args::MeasureArgs;
use crate::failure::Failure;

/// What a measurement found.
pub(super) trait Figures: Serialize {
    /// The measurement, in the word that it is asked for by.
    const BENCH: &'static str;

    /// How fast jobs went.
    fn jobs_per_second(&self) -> f64;

    /// What runs are compared by.
    fn rank(&self) -> f64 {
        self.jobs_per_second()
    }

    /// The figures in words: what, and how much.
    fn lines(&self) -> Vec<(&'static str, String)>;
}

/// What is told of a measurement.
#[derive(Debug, Serialize)]
pub(super) struct Report<F> {
    bench: &'static str,
    engine: &'static str,
    server_version: Option<String>,
    server_append_only: Option<bool>,
    payload_bytes: u32,
    backlog: u32,
    jobs_per_second: f64,
    /// `SET`, pipelined.
    baseline_per_second: Option<f64>,
    /// `LPUSH`, pipelined.
    baseline_lpush_per_second: Option<f64>,
    /// Of the jobs to the `SET`s.
    ratio: Option<f64>,
    /// What each run came to, in order.
    runs: Vec<f64>,
    #[serde(flatten)]
    figures: F,
}

impl<F: Figures> Report<F> {
    pub(super) fn new(stage: &Stage, measure: &MeasureArgs, raw: Option<RawRates>, figures: F) -> Self {
        let jobs_per_second = figures.jobs_per_second();
        Self {
            bench: F::BENCH,
            engine: stage.engine_name(),
            server_version: stage.server.as_ref().map(|server| server.version.clone()),
            server_append_only: stage.server.as_ref().map(|server| server.append_only),
            payload_bytes: measure.payload,
            backlog: measure.backlog,
            jobs_per_second,
            baseline_per_second: raw.map(|raw| raw.sets_per_second),
            baseline_lpush_per_second: raw.map(|raw| raw.pushes_per_second),
            ratio: raw.map(|raw| jobs_per_second / raw.sets_per_second),
            runs: vec![figures.rank()],
            figures,
        }
    }

    /// The run that half of the others are not above; it knows of all of them.
    pub(super) fn of_the_middle(mut reports: Vec<Self>) -> Option<Self> {
        let runs: Vec<_> = reports.iter().map(|report| report.figures.rank()).collect();
        reports.sort_by(|left, right| left.figures.rank().total_cmp(&right.figures.rank()));
        let middle = reports.len().checked_sub(1)? / 2;
        Some(Self { runs, ..reports.swap_remove(middle) })
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("engine", self.engine_line())];
        lines.extend(self.figures.lines());
        if let (Some(set), Some(push), Some(ratio)) =
            (self.baseline_per_second, self.baseline_lpush_per_second, self.ratio)
        {
            let line =
                format!("SET {set:.0}/s, LPUSH {push:.0}/s; jobs come to {:.1} % of SET", 100.0 * ratio);
            lines.push(("raw redis", line));
        }
        if self.runs.len() > 1 {
            let runs: Vec<_> = self.runs.iter().map(|rank| format!("{rank:.2}")).collect();
            lines.push(("runs", runs.join(", ")));
        }
        lines
    }

    fn engine_line(&self) -> String {
        let Some(version) = &self.server_version else { return self.engine.to_owned() };
        let append_only = if self.server_append_only == Some(true) { "with" } else { "without" };
        format!("{} {version}, {append_only} append-only file", self.engine)
    }
}

/// Writes a report for people, or as one JSON object on one line.
pub(super) fn write<F: Figures>(report: &Report<F>, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, report).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    for (what, how_much) in report.lines() {
        writeln!(out, "{what:<12}{how_much}")?;
    }
    Ok(())
}

/// How many a second; what took no time that a clock could tell took a microsecond.
pub(super) fn rate(count: u32, elapsed: Duration) -> f64 {
    f64::from(count) / elapsed.max(Duration::from_micros(1)).as_secs_f64()
}

/// How the waits of many jobs are spread, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    #[serde(rename = "p50_ms")]
    p50: f64,
    #[serde(rename = "p99_ms")]
    pub(super) p99: f64,
    #[serde(rename = "max_ms")]
    max: f64,
}

impl Spread {
    pub(super) fn of(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        let at = |fraction| quantile(&waits, fraction).as_secs_f64() * 1_000.0;
        Self { p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }

    pub(super) fn line(&self) -> String {
        format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", self.p50, self.p99, self.max)
    }
}

/// The value below which `fraction` of the sorted values lie; zero where there is none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index within the list"
)]
fn quantile(sorted: &[Duration], fraction: f64) -> Duration {
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
