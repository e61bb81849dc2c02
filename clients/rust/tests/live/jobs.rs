use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::json;
use windlass_client::{JobFilter, JobState, NewJob};

use crate::server::{Noop, Server, Sleep};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn all_jobs_that_match_are_listed_beyond_the_first_page() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = |tag| NewJob::of(&Noop {}).unwrap().delay(HOUR).tag(tag);
    let wanted: BTreeSet<_> = client
        .enqueue_many((0..450).map(|_| job("wanted")))
        .await
        .unwrap()
        .into_iter()
        .map(|answer| answer.unwrap().id)
        .collect();
    client.enqueue_new(job("other")).await.unwrap();

    let filter = JobFilter {
        tag: Some("wanted".to_owned()),
        state: Some(JobState::Scheduled),
        kind: Some("diagnostic.noop".to_owned()),
        queue: Some("default".to_owned()),
        created_from: Some("2000-01-01T00:00:00Z".parse().unwrap()),
        created_before: Some("2200-01-01T00:00:00Z".parse().unwrap()),
    };
    let page = client.list_page(&filter, None, 7).await.unwrap();
    assert!(page.jobs.len() <= 7 && page.next.is_some());
    let found: Vec<_> = client.list(filter).map_ok(|job| job.id).try_collect().await.unwrap();
    assert_eq!(found.len(), 450);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[tokio::test]
async fn a_job_is_asked_about_cancelled_retried_and_deleted() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = NewJob::of(&Sleep { ms: 600_000, fail_rate: 0.0 }).unwrap().delay(HOUR);
    let id = client.enqueue_new(job).await.unwrap().id;

    let why = client.why(id).await.unwrap();
    assert_eq!((why.job, why.state), (id, JobState::Scheduled));
    assert_eq!(why.reasons[0]["reason"], "scheduled_for");

    assert_eq!(client.cancel(id).await.unwrap().state, JobState::Cancelled);
    let steered = client.retry_with(id, &json!({ "ms": 1 })).await.unwrap();
    assert_eq!(steered.state, JobState::Available);
    let job = client.wait_until_over(id, Duration::from_secs(20)).await.unwrap();
    assert_eq!((job.state, job.args), (JobState::Completed, json!({ "ms": 1 })));

    client.retry(id).await.unwrap();
    client.wait_until_over(id, Duration::from_secs(20)).await.unwrap();
    client.delete(id).await.unwrap();
    assert_eq!(client.get(id).await.unwrap_err().problem().unwrap().name(), "unknown-job");
}

#[tokio::test]
async fn an_order_that_comes_too_late_is_refused() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = client.enqueue(&Noop {}).await.unwrap();
    client.wait(&job, Duration::from_secs(20)).await.unwrap();
    let error = client.cancel(job.id).await.unwrap_err();
    assert_eq!(error.problem().unwrap().name(), "wrong-state");
    assert!(!error.is_transient());
}
