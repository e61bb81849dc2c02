//! Connections between workers and Redis are cut, delayed, half-closed, and silent.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep};
use windlass_queue::EnqueueOptions;
use windlass_tests::{FaultProxy, Loss};

use crate::fleet::{Fleet, now, queue_of, work};
use crate::report::Report;
use crate::worker::Work;
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 8;
/// In every answer of Redis.
const ANY_ANSWER: &str = "\r\n";
/// How long an answer may be waited for that is to be lost: a worker that has nothing to do still beats every 3 s.
const SOON: Duration = Duration::from_secs(15);
/// How many jobs are enqueued before each fault, so that it meets workers at work.
const JOBS_A_FAULT: usize = 150;
/// The longest pause between the two.
const PAUSE_MS: u64 = 20;
/// The first silence and then each of this number is a long one; the others stay below a second.
const LONG: usize = 5;
/// In a silence of this length a worker is given up, and its jobs run elsewhere.
const GIVEN_UP: Duration = Duration::from_secs(15);

/// What was done, as the proxies saw it.
#[derive(Debug, Default)]
struct Faults {
    cut: usize,
    half_closed: usize,
    unanswered: usize,
    late: usize,
    silences: usize,
    long_silences: usize,
    longest: Duration,
}

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let rounds = stage.size.of(20, 300);
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    let mut proxies = Vec::new();
    for _ in 0..WORKERS {
        let proxy = FaultProxy::start(fleet.redis.port()).await?;
        fleet.start_at(&proxy.redis_url()).await?;
        proxies.push(proxy);
    }
    let (mut ids, mut faults) = (Vec::new(), Faults::default());
    for round in 0..rounds {
        ids.extend(
            fleet.enqueue::<Work>(JOBS_A_FAULT, |_| (work(10, 2, ""), EnqueueOptions::default())).await?,
        );
        sleep(Duration::from_millis(fleet.entropy.number() % PAUSE_MS)).await;
        let worker = fleet.any();
        let proxy = proxies.get(worker).context("a proxy for each worker")?;
        faults.cause(round, &mut fleet, worker, proxy).await?;
    }
    fleet.until_finished(&queue, Duration::from_mins(10)).await?;

    let method = format!(
        "{WORKERS} workers of {CONCURRENCY} slots, each behind a TCP proxy. {rounds} times {JOBS_A_FAULT} jobs of two steps \
         of 10 ms are enqueued, and within {PAUSE_MS} ms a fault meets one of the workers, in turn: an answer cut somewhere \
         (twice), half-closed, never coming, up to 4 s late; or everything silent, for less than a second, the first \
         time and each {LONG}th for 16 to 18 s. What the proxies did is counted."
    );
    let mut report = Report::new("Connections that break", method);
    let jobs = ledger::check(&mut report, &fleet, &ids).await?;
    faults.tell(&mut report, rounds);
    report.at_least("connections broken", proxies.iter().map(FaultProxy::broken).sum(), rounds * 2 / 3);
    report.at_least(
        "jobs that were taken over from a worker that was cut off",
        jobs.iter().filter(|job| job.deaths > 0).count(),
        1,
    );
    Ok(report)
}

impl Faults {
    /// The fault whose turn it is, at random in all else.
    async fn cause(
        &mut self,
        round: usize,
        fleet: &mut Fleet,
        worker: usize,
        proxy: &FaultProxy,
    ) -> Result<()> {
        let chance = fleet.entropy.number();
        let (loss, count) = match round % 6 {
            0 | 1 => (Loss::CutAfter(usize::try_from(chance % 40)?), &mut self.cut),
            2 => (Loss::HalfClose, &mut self.half_closed),
            3 => (Loss::Silence, &mut self.unanswered),
            4 => (Loss::Delay(Duration::from_millis(chance % 4_000)), &mut self.late),
            _ => return self.silence(chance, fleet, worker, proxy).await,
        };
        proxy.lose_answer(ANY_ANSWER, loss);
        proxy.lost(SOON).await?;
        *count += 1;
        Ok(())
    }

    async fn silence(
        &mut self,
        chance: u64,
        fleet: &mut Fleet,
        worker: usize,
        proxy: &FaultProxy,
    ) -> Result<()> {
        let lasts = if self.silences.is_multiple_of(LONG) { 16_000 + chance % 2_000 } else { chance % 1_000 };
        let (from, start) = (now(), Instant::now());
        proxy.vanish();
        sleep(Duration::from_millis(lasts)).await;
        let lasted = start.elapsed();
        proxy.flow();
        // Shorter ones excuse nothing: the worker keeps its jobs.
        if lasted >= GIVEN_UP {
            fleet.was_away(worker, from)?;
            self.long_silences += 1;
        }
        self.silences += 1;
        self.longest = self.longest.max(lasted);
        Ok(())
    }

    /// Every sort must have happened as often as its turn came.
    fn tell(&self, report: &mut Report, rounds: usize) {
        let turns = rounds / 6;
        report.at_least("answers cut", self.cut, 2 * turns);
        report.at_least("answers cut by half of the connection", self.half_closed, turns);
        report.at_least("answers that never came", self.unanswered, turns);
        report.at_least("answers that came late", self.late, turns);
        report.at_least("silences", self.silences, turns);
        report.at_least("silences in which a worker is given up", self.long_silences, turns.div_ceil(LONG));
        report.tell("longest silence, in ms", self.longest.as_millis());
    }
}
