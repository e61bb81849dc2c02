//! Orders for a few jobs, by their ids.

use std::io::{self, Write};

use serde::Serialize;
use windlass_jobs::operations::BulkVerb;
use windlass_queue::{CancelAnswer, Client, DeleteAnswer, Redrive, RedriveAnswer, ReprioritizeAnswer};
use windlass_shared::{JobId, JobState, Priority};

use super::Order;
use crate::commands::enqueue::refused;
use crate::failure::Failure;

/// How many jobs one call to the engine names.
const CHUNK: usize = 200;

/// What became of one job.
#[derive(Debug, Serialize)]
struct Steered {
    id: JobId,
    /// Whether it was done.
    done: bool,
    /// What happened, in words.
    outcome: String,
}

/// Steers each job, tells what became of it, and fails when one could not be steered.
pub(super) async fn run(order: &Order, ids: &[JobId], client: &Client, json: bool) -> Result<(), Failure> {
    let mut outcomes = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        outcomes.extend(apply(order, ids, client).await?);
    }
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{:#}", serde_json::json!({ "jobs": &outcomes }))?;
    } else {
        outcomes.iter().try_for_each(|job| writeln!(out, "job {}: {}", job.id, job.outcome))?;
    }
    match outcomes.iter().filter(|job| !job.done).count() {
        0 => Ok(()),
        undone => Err(Failure::Undone { undone, jobs: outcomes.len() }),
    }
}

async fn apply(order: &Order, ids: &[JobId], client: &Client) -> Result<Vec<Steered>, Failure> {
    let engine = client.engine();
    let answers: Vec<_> = match order.verb {
        BulkVerb::Cancel => engine.cancel(ids).await?.into_iter().map(cancelled).collect(),
        BulkVerb::Delete => engine.delete(ids).await?.into_iter().map(deleted).collect(),
        BulkVerb::Reprioritize => {
            let priority = order.priority.unwrap_or_default();
            let answers = engine.reprioritize(ids, priority).await?;
            answers.into_iter().map(|answer| reprioritized(answer, priority)).collect()
        }
        BulkVerb::Retry => retry(order, ids, client).await?.into_iter().map(retried).collect(),
    };
    let outcomes = ids.iter().zip(answers);
    Ok(outcomes.map(|(id, (done, outcome))| Steered { id: *id, done, outcome }).collect())
}

async fn retry(order: &Order, ids: &[JobId], client: &Client) -> Result<Vec<RedriveAnswer>, Failure> {
    if let (Some(args), [id]) = (&order.args, ids) {
        let answer = client.retry(*id, Some(args.clone())).await.map_err(|error| refused(error, client))?;
        return Ok(vec![answer]);
    }
    let redrives: Vec<_> = ids.iter().map(|id| Redrive { job: *id, args: None }).collect();
    Ok(client.engine().redrive(&redrives).await?)
}

fn cancelled(answer: CancelAnswer) -> (bool, String) {
    match answer {
        CancelAnswer::Cancelled => (true, "cancelled".to_owned()),
        CancelAnswer::Requested => (true, "runs; its worker is told to cancel it".to_owned()),
        CancelAnswer::AlreadyFinal(state) => (state == JobState::Cancelled, format!("is {state} already")),
        CancelAnswer::NotFound => missing(),
    }
}

fn deleted(answer: DeleteAnswer) -> (bool, String) {
    match answer {
        DeleteAnswer::Deleted(state) => (true, format!("deleted; it was {state}")),
        DeleteAnswer::Running => (false, "runs; cancel it first, and delete it when it has ended".to_owned()),
        DeleteAnswer::NotFound => missing(),
    }
}

fn reprioritized(answer: ReprioritizeAnswer, priority: Priority) -> (bool, String) {
    match answer {
        ReprioritizeAnswer::Changed(state) => {
            (true, format!("has priority {} now; it is {state}", priority.get()))
        }
        ReprioritizeAnswer::AlreadyFinal(state) => {
            (false, format!("is {state}; its priority matters no more"))
        }
        ReprioritizeAnswer::NotFound => missing(),
    }
}

fn retried(answer: RedriveAnswer) -> (bool, String) {
    match answer {
        RedriveAnswer::Available => (true, "available".to_owned()),
        RedriveAnswer::AlreadyAvailable => (true, "was available already".to_owned()),
        RedriveAnswer::Refused(JobState::Running) => (false, "runs; cancel it first, or wait".to_owned()),
        RedriveAnswer::Refused(state) => {
            (false, format!("is {state}: it waits for the job that holds its unique key"))
        }
        RedriveAnswer::Conflict(holder) => (false, format!("the job {holder} holds its unique key by now")),
        RedriveAnswer::ArgsFixed => {
            (false, "keeps its args, of which its unique key was made; enqueue another job".to_owned())
        }
        RedriveAnswer::NotFound => missing(),
    }
}

fn missing() -> (bool, String) {
    (false, "there is no such job; finished jobs are removed after some time".to_owned())
}
