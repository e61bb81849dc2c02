//! Workers are stopped for longer than their lease, and go on as if nothing had happened.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use tokio::time::sleep;
use windlass_queue::EnqueueOptions;
use windlass_shared::JobId;

use crate::evidence::{Death, Evidence};
use crate::fleet::{Fleet, now, queue_of, work};
use crate::pen::Event;
use crate::report::Report;
use crate::runs::{self, Span};
use crate::worker::{Stubborn, Work};
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 4;
/// Long enough that the jobs of the stopped worker are given away, at the latest after 15 s, and that others are at work
/// on them when it goes on.
const STOP: Duration = Duration::from_secs(19);
/// Jobs that block their threads, and how long their one step takes: a rescue after 8 s at the earliest leaves those who
/// take over at work until after the stop. Whoever is stopped is in the middle of such a step, and so are these when it
/// goes on: whose result would be recorded if tokens were not compared?
const LONG: usize = CONCURRENCY;
const STEP: Duration = Duration::from_secs(12);
/// Jobs that keep the workers busy otherwise, with slots that are soon free for what is rescued.
const SHORT: usize = 300;

/// One stop, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy)]
struct Stop {
    process: u32,
    from: i64,
    until: i64,
}

/// What a stopped worker wrote, after it went on, of jobs that others had started meanwhile.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Stale {
    tried: usize,
    accepted: usize,
}

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let rounds = stage.size.of(1, 20);
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    for _ in 0..WORKERS {
        fleet.start().await?;
    }
    let (mut ids, mut stops) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let args = json!({ "step_ms": STEP.as_millis() });
        let long = fleet.enqueue::<Stubborn>(LONG, |_| (args.clone(), EnqueueOptions::default())).await?;
        ids.extend(&long);
        ids.extend(fleet.enqueue::<Work>(SHORT, |_| (work(50, 4, ""), EnqueueOptions::default())).await?);
        sleep(Duration::from_millis(1_000 + fleet.entropy.number() % 1_000)).await;
        stops.push(stop_one_of(&mut fleet, &long).await?);
        fleet.until_finished(&queue, Duration::from_mins(5)).await?;
    }

    let method = format!(
        "{rounds} times {LONG} jobs of one step of {} s, which nothing can stop, and {SHORT} of four steps of 50 ms; {WORKERS} workers of \
         {CONCURRENCY} slots. Each time a worker with such a step is stopped (SIGSTOP) for {} s, in which its jobs are given to \
         others, and continued (SIGCONT) while these are at work.",
        STEP.as_secs(),
        STOP.as_secs()
    );
    let mut report = Report::new("Workers stopped past their lease", method);
    let jobs = ledger::check(&mut report, &fleet, &ids).await?;
    let taken_over = jobs.iter().filter(|job| job.deaths > 0).count();
    report.at_least("jobs that were taken over", taken_over, rounds);
    let written = stale_writes(&fleet.evidence()?, &fleet.deaths, &stops);
    report.at_least(
        "steps that a continued worker tried to record while others were at work on them",
        written.tried,
        rounds,
    );
    report.none("of these recorded", written.accepted);
    Ok(report)
}

/// Stops one of the workers that run these jobs, whichever, and lets it go on.
async fn stop_one_of(fleet: &mut Fleet, long: &[JobId]) -> Result<Stop> {
    let spans = runs::spans(&fleet.evidence()?, &fleet.deaths);
    let chosen = usize::try_from(fleet.entropy.number() % LONG as u64)?;
    let run =
        long.get(chosen).and_then(|job| spans.get(job)?.last()).context("a job that has not started")?;
    let process = run.run.0;
    let (from, stopped) = (now(), fleet.worker_of(process)?);
    fleet.worker(stopped)?.freeze()?;
    sleep(STOP).await;
    let until = now();
    fleet.worker(stopped)?.resume()?;
    fleet.was_away(stopped, from)?;
    Ok(Stop { process, from, until })
}

/// Looks for runs that were in the middle of a step when their worker was stopped and wanted to record it when it went
/// on, although another worker was at work on the job by then.
fn stale_writes(evidence: &Evidence, deaths: &[Death], stops: &[Stop]) -> Stale {
    let mut stale = Stale::default();
    for runs in runs::spans(evidence, deaths).values() {
        for run in runs {
            let Some(stop) = stops.iter().find(|stop| stop.interrupts(run)) else { continue };
            let at_work = |other: &&Span| {
                other.started > stop.from && other.ended.is_none_or(|ended| ended > stop.until)
            };
            let Some(since) = runs.iter().find(at_work).map(|other| other.started.max(stop.until)) else {
                continue;
            };
            let written = |event| {
                evidence
                    .lines()
                    .iter()
                    .filter(move |line| line.run == run.run && line.event == event && line.at >= since)
            };
            let tried: Vec<_> = written(Event::Worked).map(|line| &line.detail).collect();
            stale.accepted += written(Event::Recorded).filter(|line| tried.contains(&&line.detail)).count();
            stale.tried += tried.len();
        }
    }
    stale
}

impl Stop {
    /// Whether the run was there before the stop and still there after it.
    fn interrupts(&self, run: &Span) -> bool {
        run.run.0 == self.process
            && run.started < self.from
            && run.ended.is_none_or(|ended| ended >= self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0001";
    const STOP: Stop = Stop { process: 7, from: 100, until: 200 };

    fn found(lines: &[(i64, u32, &str)]) -> Stale {
        let lines: Vec<_> =
            lines.iter().map(|(at, process, event)| format!("{at} {process} 0 {event} {JOB} a")).collect();
        stale_writes(&Evidence::parse(&lines.join("\n")).unwrap(), &[], &[STOP])
    }

    #[test]
    fn a_stale_write_comes_after_the_stop_and_after_the_successor() {
        let refused = [(90, 7, "start"), (150, 8, "start"), (201, 7, "worked"), (202, 7, "end")];
        assert_eq!(found(&refused), Stale { tried: 1, accepted: 0 });
        let accepted = [(90, 7, "start"), (150, 8, "start"), (201, 7, "worked"), (202, 7, "recorded")];
        assert_eq!(found(&accepted), Stale { tried: 1, accepted: 1 });
        let without_successor = [(90, 7, "start"), (201, 7, "worked"), (202, 7, "recorded")];
        assert_eq!(found(&without_successor), Stale::default());
        let before_the_stop = [(90, 7, "start"), (99, 7, "worked"), (150, 8, "start"), (202, 7, "recorded")];
        assert_eq!(found(&before_the_stop), Stale::default());
    }
}
