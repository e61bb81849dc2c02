//! What must hold of a set of jobs, whatever has happened: the account of each against the evidence.

use windlass_queue::{ErrorReason, Job};
use windlass_shared::JobState;

use crate::evidence::Evidence;
use crate::report::Report;

/// Adds the figures that all proofs have in common.
pub(crate) fn check(report: &mut Report, jobs: &[Option<Job>], evidence: &Evidence) {
    let there: Vec<_> = jobs.iter().flatten().collect();
    report.tell("jobs", jobs.len());
    report.none("lost", jobs.len() - there.len());
    report.none("not completed", there.iter().filter(|job| job.state != JobState::Completed).count());
    let is_poison = |job: &&&Job| job.errors.iter().any(|error| error.reason == ErrorReason::Poison);
    report.none("innocent jobs discarded as poison", there.iter().filter(is_poison).count());

    let (starts, ends) = (evidence.starts(), evidence.ends());
    let of =
        |counts: &std::collections::HashMap<_, u32>, job: &Job| counts.get(&job.id).copied().unwrap_or(0);
    // Each start needs a claim of its own, so more starts than claims would be two runs under one claim.
    report.none("more starts than claims", there.iter().filter(|job| of(&starts, job) > job.claims).count());
    report
        .none("more ends than starts", there.iter().filter(|job| of(&ends, job) > of(&starts, job)).count());
    report.none(
        "completed without an end of the handler",
        there.iter().filter(|job| of(&ends, job) == 0).count(),
    );
    report.none("steps whose effect came again after they were recorded", evidence.repeated_steps());
    let again: u32 = there.iter().map(|job| of(&starts, job).saturating_sub(1)).sum();
    report.tell("duplicated starts", again);
    let twice: u32 = there.iter().map(|job| of(&ends, job).saturating_sub(1)).sum();
    report.tell("handlers that came to their end again, because the first end was not settled", twice);
}
