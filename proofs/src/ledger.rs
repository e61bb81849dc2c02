//! What must hold of a set of jobs, whatever has happened: the account of each against the evidence.

use std::collections::HashMap;

use anyhow::Result;
use windlass_queue::{ErrorReason, Job};
use windlass_shared::{JobId, JobState};

use crate::evidence::Evidence;
use crate::fleet::Fleet;
use crate::pen::Event;
use crate::report::Report;
use crate::runs::{self, Cause, Count};

/// Adds the figures that all proofs have in common; answers the jobs.
pub(crate) async fn check(report: &mut Report, fleet: &Fleet, ids: &[JobId]) -> Result<Vec<Job>> {
    let (jobs, evidence) = (fleet.jobs(ids).await?, fleet.evidence()?);
    let there: Vec<_> = jobs.into_iter().flatten().collect();
    report.tell("jobs", ids.len());
    report.none("lost", ids.len() - there.len());
    report.none("not completed", there.iter().filter(|job| job.state != JobState::Completed).count());
    let is_poison = |job: &&Job| job.errors.iter().any(|error| error.reason == ErrorReason::Poison);
    report.none("innocent jobs discarded as poison", there.iter().filter(is_poison).count());

    accounts(report, &there, &evidence, &fleet.causes);
    let again = runs::again(&evidence, &fleet.deaths, &fleet.causes);
    count(report, fleet, "runs of a job at the same time as another run of it", again.overlaps);
    report.at_least("handlers that came to their end in a worker that lived on for 3 s", again.settled, 1);
    count(report, fleet, "starts of a job after such an end", again.after_end);
    let repeated = runs::repeated_steps(&evidence, &fleet.causes);
    count(report, fleet, "steps whose effect came again after they were recorded", repeated);
    report.none("steps that a run did, recorded as another run did them", evidence.count(Event::Overtaken));
    Ok(there)
}

/// The account that each job keeps of itself.
fn accounts(report: &mut Report, jobs: &[Job], evidence: &Evidence, causes: &[Cause]) {
    let (starts, ends) = (evidence.of_each_job(Event::Start), evidence.of_each_job(Event::Done));
    let of = |found: &HashMap<_, Vec<i64>>, job: &Job| found.get(&job.id).map_or(0, Vec::len);
    // Each start needs a claim of its own, so more starts than claims would be two runs under one claim. Only a claim
    // that went with the last seconds of a Redis that was killed does not count.
    let is_gone = |at: &&i64| causes.iter().any(|cause| cause.takes_back(**at));
    let gone = |job: &Job| starts.get(&job.id).map_or(0, |starts| starts.iter().filter(is_gone).count());
    let is_twice = |job: &&Job| of(&starts, job) > job.claims as usize + gone(job);
    report.none("more starts than claims", jobs.iter().filter(is_twice).count());
    let is_uncalled = |job: &&Job| of(&ends, job) > of(&starts, job);
    report.none("more ends than starts", jobs.iter().filter(is_uncalled).count());
    let is_undone = |job: &&Job| of(&ends, job) == 0;
    report.none("completed without an end of the handler", jobs.iter().filter(is_undone).count());
    let again: usize = jobs.iter().map(|job| of(&starts, job).saturating_sub(1)).sum();
    report.tell("duplicated starts", again);
    let twice: usize = jobs.iter().map(|job| of(&ends, job).saturating_sub(1)).sum();
    report.tell("handlers that came to their end again, because the first end was not settled", twice);
}

/// What must not happen without a cause; where there were causes, how often it happened with one.
fn count(report: &mut Report, fleet: &Fleet, figure: &str, count: Count) {
    if fleet.causes.is_empty() {
        report.none(figure, count.without_cause);
        return;
    }
    report.none(&format!("{figure}, without a cause"), count.without_cause);
    report.tell(&format!("{figure}, for a cause that the guarantees name"), count.with_cause);
}
