//! What is written down of a worker that let a job down, for those who look for the cause.

use std::fmt::Write;

use windlass_shared::{Claim, Incarnation};

use crate::engine::LivingWorker;
use crate::job::{Job, MAX_TEXT_BYTES, truncated};

/// How much of a name or of a job's own words is repeated.
const MAX_QUOTE_BYTES: usize = 128;

/// What is said of a job under which workers died until that was proof.
pub(super) fn of_poison(job: &Job, claim: Claim, deaths: u8, workers: &[LivingWorker]) -> String {
    let worker = describe(claim.token.worker, workers);
    let message = format!(
        "{deaths} worker processes died while they ran this job, the last one while it ran nothing else. Look for a \
         crash or for memory running out in its handler. It was {worker}, in attempt {}; the job had come to {}.",
        job.attempt,
        progress(job)
    );
    bounded(message)
}

/// What is said of an attempt that its worker let run past its time.
pub(super) fn of_overrun(job: &Job, claim: Claim, workers: &[LivingWorker]) -> String {
    let worker = describe(claim.token.worker, workers);
    let message = format!(
        "the attempt took longer than the {:?} it may, and its worker did not stop it. It was {worker}, in attempt {}; \
         the job had come to {}.",
        job.timeout,
        job.attempt,
        progress(job)
    );
    bounded(message)
}

fn describe(worker: Incarnation, workers: &[LivingWorker]) -> String {
    const MIB: u64 = 1_024 * 1_024;
    let Some(known) = workers.iter().find(|known| known.incarnation == worker) else {
        return format!("worker {worker}, of which no more is known");
    };
    let (name, host) = (quoted(&known.info.name), quoted(&known.info.host));
    let mut text = format!("worker {name} ({worker}), process {} on {host}", known.info.pid);
    if let Some(memory) = known.memory {
        // Writing to a text cannot fail.
        let _fits = write!(text, ", which had {} MiB of memory at its last beat", memory / MIB);
    }
    text
}

fn progress(job: &Job) -> String {
    match &job.progress.message {
        Some(message) => format!("{} ({})", job.progress.percent, quoted(message)),
        None => job.progress.percent.to_string(),
    }
}

fn quoted(text: &str) -> &str {
    truncated(text, MAX_QUOTE_BYTES)
}

fn bounded(mut message: String) -> String {
    message.truncate(truncated(&message, MAX_TEXT_BYTES).len());
    message
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use windlass_shared::{
        ClaimNumber, JobId, JobState, LeaseToken, MaxAttempts, Percent, Priority, TenantId, Timestamp,
    };

    use super::*;
    use crate::engine::{Records, WorkerInfo};
    use crate::job::Progress;

    const WORKER: Incarnation = Incarnation::from_bytes([1; 8]);

    fn claim() -> Claim {
        let token = LeaseToken { worker: WORKER, number: ClaimNumber::new(3) };
        Claim { job: JobId::from_bytes([2; 16]), token }
    }

    fn job(message: &str) -> Job {
        let percent = Percent::saturating(40);
        Job {
            id: claim().job,
            queue: "default".parse().unwrap(),
            kind: "test.kind".parse().unwrap(),
            tenant: TenantId::default(),
            state: JobState::Running,
            priority: Priority::default(),
            attempt: 2,
            max_attempts: MaxAttempts::new(3).unwrap(),
            claims: 3,
            deaths: 2,
            alone: true,
            cancel_requested: false,
            timeout: Duration::from_mins(1),
            tags: Vec::new(),
            args: Bytes::from_static(b"{}"),
            created_at: Timestamp::from_millis(0),
            run_at: Timestamp::from_millis(0),
            attempted_at: None,
            finished_at: None,
            worker: Some(WORKER),
            progress: Progress { percent, message: Some(message.to_owned()) },
            result: None,
            errors: Vec::new(),
            log: Vec::new(),
            backoff: None,
            expires_at: None,
            limit_key: None,
            unique: None,
            batch: None,
            records: Records::default(),
        }
    }

    fn worker(name: &str) -> LivingWorker {
        let info = WorkerInfo {
            name: name.to_owned(),
            host: "db-7".to_owned(),
            pid: 4_242,
            started_at: Timestamp::from_millis(0),
            kinds: Vec::new(),
            version: "1".to_owned(),
        };
        LivingWorker { incarnation: WORKER, info, memory: Some(512 * 1_024 * 1_024), running: 1 }
    }

    #[test]
    fn the_evidence_names_worker_host_process_attempt_progress_and_memory() {
        let workers = [worker("mailer")];
        for message in
            [of_poison(&job("page 3"), claim(), 3, &workers), of_overrun(&job("page 3"), claim(), &workers)]
        {
            for part in ["mailer", "db-7", "4242", "attempt 2", "40 % (page 3)", "512 MiB"] {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
    }

    #[test]
    fn a_worker_that_nobody_knows_is_named_by_its_incarnation() {
        let message = of_poison(&job("page 3"), claim(), 3, &[]);
        assert!(message.contains(&WORKER.to_string()), "{message}");
    }

    #[test]
    fn the_evidence_is_bounded_whatever_is_told() {
        let long = "ß".repeat(5_000);
        let message = of_poison(&job(&long), claim(), 3, &[worker(&long)]);
        assert!(message.len() <= MAX_TEXT_BYTES, "{}", message.len());
        assert!(message.contains("512 MiB"), "{message}");
    }
}
