//! `windlass why`: what holds a job up, and what to do.

use std::io::{self, Write};

use serde_json::json;
use windlass_queue::{Engine, Job, Limit, LimitScope, Reason, Scope, Why};
use windlass_shared::{JobId, JobState, QueueName};

use super::queues::in_force;
use crate::args::WhyArgs;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::harmless;

/// How many holders of a full limit are named.
const MOST_NAMED: usize = 3;

/// Runs the command.
pub(crate) async fn run(args: &WhyArgs, settings: &Settings) -> Result<(), Failure> {
    let engine = compose::engine(settings)?;
    let job = engine.get(&[args.id]).await?.pop().flatten().ok_or(Failure::NoJob(args.id))?;
    let why = engine.why(args.id).await?.ok_or(Failure::NoJob(args.id))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(why))?;
        return Ok(());
    }
    let place = Place::of(engine.as_ref(), &job).await?;
    told(&why, &place).iter().try_for_each(|line| writeln!(out, "{}", harmless(line)))?;
    Ok(())
}

/// The first thing that holds a job up, in a sentence.
pub(super) async fn obstacle(engine: &dyn Engine, job: &Job) -> Result<Option<String>, Failure> {
    let why = engine.why(job.id).await?;
    let Some(reason) = why.and_then(|why| why.reasons.into_iter().next()) else { return Ok(None) };
    Ok(Some(sentence(&reason, job.id, &Place::of(engine, job).await?)))
}

/// Where a job lives, and what is set there.
struct Place {
    queue: QueueName,
    limits: Vec<(LimitScope, Limit)>,
}

impl Place {
    async fn of(engine: &dyn Engine, job: &Job) -> Result<Self, Failure> {
        let queue = job.queue.clone();
        let limits = engine.rules(&queue).await?.limits;
        Ok(Self { queue, limits })
    }

    /// How a limit is raised by this option. The command leaves the other part of the limit as it is.
    fn raise(&self, scope: &Scope, option: &str) -> String {
        let scope = LimitScope::One(scope.clone());
        let raise = |scope: &LimitScope| {
            // A shell would take the star for the names of files.
            let scope = scope.to_string();
            let scope = if scope.contains('*') { format!("'{scope}'") } else { scope };
            format!("`windlass queues limit {} {scope} {option}`", self.queue)
        };
        match in_force(&scope, &self.limits) {
            Some((each, _)) if each != scope => {
                format!(
                    "raise it for each with {}, or for this one alone with {}",
                    raise(&each),
                    raise(&scope)
                )
            }
            _ => format!("raise it with {}", raise(&scope)),
        }
    }
}

/// One line a reason, what counts first coming first.
fn told(why: &Why, place: &Place) -> Vec<String> {
    if !why.reasons.is_empty() {
        return why.reasons.iter().map(|reason| sentence(reason, why.job, place)).collect();
    }
    let nothing = match why.state {
        JobState::Running => "it runs".to_owned(),
        JobState::Completed | JobState::Cancelled | JobState::Discarded => {
            format!("it is over: {}; `windlass jobs show {}` has all that is known of it", why.state, why.job)
        }
        JobState::Available | JobState::Pending | JobState::Scheduled | JobState::Retryable => {
            "nothing holds it up: it is next".to_owned()
        }
    };
    vec![nothing]
}

/// What is in the way, and what to do about it.
fn sentence(reason: &Reason, job: JobId, place: &Place) -> String {
    let queue = &place.queue;
    match reason {
        Reason::ScheduledFor { at } => {
            format!("its time is ahead: it may start at {at}; `windlass jobs retry {job}` starts it now")
        }
        Reason::RetryAt { at } => format!(
            "an attempt failed, and the next one is due at {at}; `windlass jobs show {job}` has the error, \
             `windlass jobs retry {job}` tries again now"
        ),
        Reason::WaitsFor { holder } => format!(
            "it waits for the job {holder}, which holds its unique key; let that one end, or cancel it"
        ),
        Reason::Paused { scope, until, note } => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            let note = note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
            format!(
                "{} is paused{until}{note}; `windlass queues resume {queue} {scope}` ends that",
                named(scope, queue)
            )
        }
        Reason::LimitFull { scope, limit, holders } => format!(
            "the limit of {} is full: {limit} may run at a time{}; wait, or {}",
            named(scope, queue),
            listed(holders),
            place.raise(scope, "--concurrency N")
        ),
        Reason::RateLimited { scope, until } => format!(
            "the rate of {} is used up: the next job may start at {until}; wait, or {}",
            named(scope, queue),
            place.raise(scope, "--rate N/TIME")
        ),
        Reason::NoWorkers => {
            format!("no worker serves the queue {queue}; start one with `windlass worker --queues {queue}`")
        }
        Reason::Unserved { kind } => format!(
            "workers serve the queue {queue}, but none of them the kind {kind}; start one that does, `windlass queues \
             show {queue}` tells what those that live serve"
        ),
        Reason::MustRunAlone { deaths } => format!(
            "{deaths} workers died under it, so it must run alone, as soon as a worker can let its other jobs end; \
             `windlass jobs cancel {job}` gives it up"
        ),
        Reason::Ahead { jobs, tenant, priority } => format!(
            "{jobs} jobs of the tenant {tenant} are before it in the lane of priority {}; start more workers, or put \
             it before them with `windlass jobs reprioritize {job} --priority 0`",
            priority.get()
        ),
        other => json!(other).to_string(),
    }
}

fn named(scope: &Scope, queue: &QueueName) -> String {
    match scope {
        Scope::Queue => format!("the queue {queue}"),
        Scope::Tenant(tenant) => format!("the tenant {tenant}"),
        Scope::Kind(kind) => format!("the kind {kind}"),
        Scope::Key(key) => format!("the key {key}"),
    }
}

fn listed(holders: &[JobId]) -> String {
    if holders.is_empty() {
        return String::new();
    }
    let names: Vec<_> = holders.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = if holders.len() > MOST_NAMED { " and others" } else { "" };
    format!(", and {}{more} do", names.join(", "))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use windlass_shared::{Priority, Timestamp};

    use super::*;

    const JOB: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007";

    fn lines(state: JobState, reasons: Vec<Reason>) -> Vec<String> {
        let why = Why { job: JOB.parse().unwrap(), state, reasons };
        let five = Limit { concurrency: NonZeroU32::new(5), rate: None };
        let limits = ["tenant:*", "key:stripe:*", "key:stripe:acct_2"];
        let limits = limits.map(|scope| (scope.parse().unwrap(), five)).into();
        told(&why, &Place { queue: "email".parse().unwrap(), limits })
    }

    #[test]
    fn a_limit_that_is_set_for_each_is_raised_for_each_or_for_one_alone() {
        let full =
            |scope: &str| Reason::LimitFull { scope: scope.parse().unwrap(), limit: 5, holders: Vec::new() };
        let said = |scope| lines(JobState::Available, vec![full(scope)]).remove(0);
        let each = said("key:stripe:acct_1");
        assert!(each.contains("for each with `windlass queues limit email 'key:stripe:*' --conc"), "{each}");
        assert!(each.contains("alone with `windlass queues limit email key:stripe:acct_1 --conc"), "{each}");
        assert!(said("tenant:acme").contains("email 'tenant:*' --concurrency N`, or for this one alone"));
        for own in ["key:stripe:acct_2", "queue", "key:stripe"] {
            let said = said(own);
            assert!(
                said.ends_with(&format!(
                    "or raise it with `windlass queues limit email {own} --concurrency N`"
                ))
            );
        }
    }

    #[test]
    fn every_reason_is_a_sentence_with_what_to_do() {
        let job: JobId = JOB.parse().unwrap();
        let at = Timestamp::from_millis(0);
        let scope = |text: &str| text.parse::<Scope>().unwrap();
        for (reason, parts) in [
            (Reason::ScheduledFor { at }, ["may start at 1970-", "jobs retry 0190"]),
            (Reason::RetryAt { at }, ["the next one is due at 1970-", "jobs retry 0190"]),
            (Reason::WaitsFor { holder: job }, ["the job 0190", "cancel it"]),
            (
                Reason::Paused {
                    scope: scope("tenant:acme"),
                    until: Some(at),
                    note: Some("unpaid".to_owned()),
                },
                [
                    "the tenant acme is paused until 1970-01-01T00:00:00.000Z (unpaid)",
                    "resume email tenant:acme",
                ],
            ),
            (
                Reason::Paused { scope: Scope::Queue, until: None, note: None },
                ["the queue email is paused;", "resume email queue"],
            ),
            (
                Reason::LimitFull { scope: scope("key:stripe"), limit: 4, holders: vec![job; 4] },
                ["4 may run at a time, and 0190", "and others do; wait, or raise it"],
            ),
            (
                Reason::RateLimited { scope: scope("kind:a.b"), until: at },
                ["the next job may start at 1970-", "limit email kind:a.b --rate"],
            ),
            (Reason::NoWorkers, ["no worker serves the queue email", "windlass worker --queues email"]),
            (
                Reason::Unserved { kind: "a.b".parse().unwrap() },
                ["none of them the kind a.b", "start one that does"],
            ),
            (Reason::MustRunAlone { deaths: 2 }, ["2 workers died under it", "jobs cancel 0190"]),
            (
                Reason::Ahead { jobs: 9, tenant: "acme".parse().unwrap(), priority: Priority::default() },
                ["9 jobs of the tenant acme", "--priority 0"],
            ),
        ] {
            let said = lines(JobState::Available, vec![reason.clone()]);
            assert!(parts.iter().all(|part| said[0].contains(part)), "{reason:?}: {said:?}");
        }
    }

    #[test]
    fn where_nothing_is_in_the_way_that_is_said() {
        assert_eq!(lines(JobState::Running, Vec::new()), ["it runs"]);
        assert_eq!(lines(JobState::Available, Vec::new()), ["nothing holds it up: it is next"]);
        assert!(lines(JobState::Discarded, Vec::new())[0].starts_with("it is over: discarded"));
    }
}
