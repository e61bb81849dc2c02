use std::time::Duration;

use futures_util::TryStreamExt;
use windlass_client::{Error, JobState, NewJob};

use crate::proxy::{Fault, Proxy};
use crate::server::{Noop, Server, Sleep};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_result_comes_back_as_its_type() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = client.enqueue(&Noop {}).await.unwrap();
    let () = client.wait(&job, PATIENCE).await.unwrap();
    let job = client.wait_until_over(job.id, PATIENCE).await.unwrap();
    assert_eq!((job.state, job.progress), (JobState::Completed, 100));
}

#[tokio::test]
async fn a_result_of_another_type_is_told() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = client.enqueue(&Noop {}).await.unwrap();
    let error = client.wait::<Vec<String>>(job.id, PATIENCE).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }) && !error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_job_that_is_given_up_is_told_with_its_last_error() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = NewJob::of(&Sleep { ms: 1, fail_rate: 1.0 }).unwrap().max_attempts(1);
    let job = client.enqueue_new(job).await.unwrap();
    let error = client.wait(&job, PATIENCE).await.unwrap_err();
    let Error::Unsuccessful(seen) = &error else { panic!("{error}") };
    assert_eq!(seen.state, JobState::Discarded);
    assert!(error.to_string().contains(&seen.errors[0].message), "{error}");
}

#[tokio::test]
async fn what_takes_too_long_goes_on() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = client.enqueue(&Sleep { ms: 600_000, fail_rate: 0.0 }).await.unwrap();
    let error = client.wait(&job, Duration::from_millis(400)).await.unwrap_err();
    assert!(matches!(error, Error::NotOver { state: Some(_), .. }) && error.is_transient(), "{error}");
    assert!(!client.get(job.id).await.unwrap().state.is_final());
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_does_not_end_a_wait() {
    let server = Server::start().await.unwrap();
    let job = server.client().enqueue(&Noop {}).await.unwrap();
    let proxy = Proxy::start(&server.url, vec![Fault::CutRequest; 12]).await.unwrap();
    let client = server.hasty_client(&proxy.url).build().unwrap();
    let () = client.wait(&job, PATIENCE).await.unwrap();
    assert_eq!(proxy.requests().len(), 13);
}

#[tokio::test]
async fn a_job_is_followed_until_it_is_over() {
    let server = Server::start().await.unwrap();
    let client = server.client();
    let job = client.enqueue(&Sleep { ms: 1_000, fail_rate: 0.0 }).await.unwrap();
    let steps: Vec<_> = client.follow(job.id).try_collect().await.unwrap();
    assert!(steps.len() >= 2, "{steps:?}");
    assert!(
        steps.windows(2).all(|pair| pair[0] != pair[1] && pair[0].percent <= pair[1].percent),
        "{steps:?}"
    );
    let (last, before) = steps.split_last().unwrap();
    assert_eq!((last.state, last.percent), (JobState::Completed, 100));
    assert!(before.iter().all(|step| !step.state.is_final()));
}

#[tokio::test]
async fn what_is_not_there_is_not_waited_for() {
    let server = Server::start().await.unwrap();
    let id = "01890a5d-ac96-774b-bcce-b302099a0000".parse().unwrap();
    let error = server.client().wait_until_over(id, PATIENCE).await.unwrap_err();
    assert_eq!(error.problem().unwrap().name(), "unknown-job");
    assert!(server.client().follow(id).try_collect::<Vec<_>>().await.is_err());
}
