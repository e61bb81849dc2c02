use std::time::Duration;

use serde_json::json;
use windlass_client::{Acceptance, Backoff, Client, Expiry, NewBatch, NewJob, OnConflict, Unique, Until};

use crate::server::{Noop, Server, Sleep};

#[tokio::test]
async fn every_option_of_a_job_is_taken_by_the_server() {
    let server = Server::start().await.unwrap();
    let hour = Duration::from_hours(1);
    let job = NewJob::of(&Sleep { ms: 1, fail_rate: 0.0 })
        .unwrap()
        .priority(2)
        .delay(hour)
        .expires(Expiry::After(hour * 2))
        .tag("one")
        .max_attempts(7)
        .timeout(Duration::from_mins(1))
        .backoff(Backoff::Fixed(Duration::from_secs(5)))
        .limit_key("customer-7")
        .unique(Unique { args: None, until: Until::Finish, on_conflict: OnConflict::Reject });
    let client = server.client();
    let first = client.enqueue_new(job.clone()).await.unwrap();
    let second = client.enqueue_new(job).await.unwrap();
    assert_eq!((first.acceptance, second.acceptance), (Acceptance::New, Acceptance::Conflict));
    assert_eq!(first.id, second.id);

    let seen = client.get(first.id).await.unwrap();
    assert_eq!((seen.priority, seen.max_attempts, seen.tags), (2, 7, vec!["one".to_owned()]));
    assert_eq!(seen.more["limit_key"], "customer-7");
    assert_eq!(seen.more["backoff"], json!({ "type": "fixed", "wait_ms": 5_000 }));
}

#[tokio::test]
async fn an_operators_key_speaks_for_the_organization_that_is_named() {
    let server = Server::start().await.unwrap();
    let job = NewJob::of(&Noop {}).unwrap().organization("acme").user("ada");
    let job = server.client().enqueue_new(job).await.unwrap();
    let of = |organization| {
        Client::builder(&server.url, server.key.as_str()).organization(organization).build().unwrap()
    };
    let seen = of("acme").get(job.id).await.unwrap();
    assert_eq!((seen.organization.as_str(), seen.tags), ("acme", vec!["user.ada".to_owned()]));
    assert_eq!(of("other").get(job.id).await.unwrap_err().problem().unwrap().name(), "unknown-job");
}

#[tokio::test]
async fn what_is_refused_is_told_in_the_words_of_the_server() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let unknown = client.enqueue_new(NewJob::untyped("diagnostic.noob", json!({}))).await.unwrap_err();
    let problem = unknown.problem().unwrap();
    assert_eq!((problem.name(), problem.status), ("unknown-kind", 404));
    assert_eq!(problem.members["nearest"][0], "diagnostic.noop");
    assert!(problem.request_id.is_some() && !unknown.is_transient());

    let stranger = Client::new(&server.url, "not-the-key-of-this-server").unwrap();
    assert_eq!(stranger.enqueue(&Noop {}).await.unwrap_err().problem().unwrap().status, 401);
}

#[tokio::test]
async fn a_refused_job_keeps_no_other_out() {
    let server = Server::start().await.unwrap();
    let jobs = ["diagnostic.noop", "no.such.kind", "diagnostic.noop"];
    let jobs = jobs.map(|kind| NewJob::untyped(kind, json!({})));
    let answers = server.client().enqueue_many(jobs).await.unwrap();
    let [Ok(_), Err(error), Ok(_)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(error.problem().unwrap().name(), "unknown-kind");
}

#[tokio::test]
async fn no_jobs_are_no_request() {
    let server = Server::start().await.unwrap();
    assert!(server.client().enqueue_many(Vec::<NewJob>::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_is_followed_until_its_callback() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let noop = || NewJob::untyped("diagnostic.noop", json!({}));
    let batch = NewBatch {
        description: "two \"lines\"".to_owned(),
        callback: Some(noop()),
        jobs: vec![noop(), noop(), NewJob::untyped("no.such.kind", json!({}))],
    };
    let batch = client.enqueue_batch(&batch).await.unwrap();
    assert_eq!(batch.jobs.iter().filter(|job| job.is_ok()).count(), 2);
    for job in batch.jobs.iter().flatten() {
        client.wait(job, Duration::from_secs(20)).await.unwrap();
    }
    client.wait::<()>(batch.callback.unwrap(), Duration::from_secs(20)).await.unwrap();
    let seen = client.batch(batch.id).await.unwrap();
    assert_eq!((seen.total, seen.completed, seen.progress), (2, 2, 100));
    assert_eq!(seen.description, "two \"lines\"");
}
