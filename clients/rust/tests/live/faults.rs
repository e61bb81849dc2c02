//! Connections break, the server is busy: nothing is enqueued twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use windlass_client::{Client, Error, IdempotencyKey, JobFilter, JobState, NewBatch, NewJob, Retries};

use crate::proxy::{Fault, Proxy};
use crate::server::{Noop, Server};

const BUSY: &str =
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const AWAY: &str = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\nconnection: close\r\n\r\naway";

/// How many jobs the server has. One that goes on while they are listed may be seen in two states.
async fn count(server: &Server) -> usize {
    let ids = server.client().list(JobFilter::default()).map_ok(|job| job.id);
    ids.try_collect::<BTreeSet<_>>().await.unwrap().len()
}

#[tokio::test]
async fn a_job_whose_answers_break_off_anywhere_is_there_once() {
    let server = Server::start().await.unwrap();
    for bytes in [0, 1, 20, 90, usize::MAX] {
        let before = count(&server).await;
        let plan = [Fault::CutAnswer(bytes), Fault::CutRequest, Fault::CutAnswer(bytes)];
        let proxy = Proxy::start(&server.url, plan).await.unwrap();
        let client = server.hasty_client(&proxy.url).build().unwrap();
        let enqueued = client.enqueue(&Noop {}).await.unwrap();
        assert_eq!(proxy.requests(), ["POST /api/v1/jobs"; 4]);
        assert_eq!(count(&server).await, before + 1, "answers cut after {bytes} bytes");
        server.client().get(enqueued.id).await.unwrap();
    }
}

#[tokio::test]
async fn many_jobs_whose_answers_break_off_are_each_there_once() {
    let server = Server::start().await.unwrap();
    let plan = [
        Fault::CutAnswer(3_000),
        Fault::CutRequest,
        Fault::CutAnswer(0),
        Fault::Pass,
        Fault::Answer(AWAY),
        Fault::CutAnswer(usize::MAX),
        Fault::Pass,
        Fault::CutAnswer(60_000),
    ];
    let proxy = Proxy::start(&server.url, plan).await.unwrap();
    let client = server.hasty_client(&proxy.url).build().unwrap();
    let jobs = (0..2_500).map(|_| NewJob::of(&Noop {}).unwrap());
    let answers = client.enqueue_many(jobs).await.unwrap();
    let ids: BTreeSet<_> = answers.into_iter().map(|answer| answer.unwrap().id).collect();
    assert_eq!((ids.len(), count(&server).await), (2_500, 2_500));
    assert_eq!(proxy.requests(), ["POST /api/v1/jobs/batch"; 9]);
}

#[tokio::test]
async fn a_busy_server_is_given_the_time_that_it_asks_for() {
    let server = Server::start().await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::Answer(BUSY), Fault::Answer(AWAY)]).await.unwrap();
    let client = server.hasty_client(&proxy.url).build().unwrap();
    let start = Instant::now();
    client.enqueue(&Noop {}).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(proxy.requests().len(), 3);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_and_asked_again() {
    let server = Server::start().await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::Silence]).await.unwrap();
    let client = server.hasty_client(&proxy.url).attempt_timeout(Duration::from_secs(2)).build().unwrap();
    client.enqueue(&Noop {}).await.unwrap();
    assert_eq!((proxy.requests().len(), count(&server).await), (2, 1));
}

#[tokio::test]
async fn once_the_attempts_are_used_up_the_same_key_leads_to_the_same_job() {
    let server = Server::start().await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::CutAnswer(0)]).await.unwrap();
    let client = server.hasty_client(&proxy.url).retries(Retries::none()).build().unwrap();
    let key = IdempotencyKey::new("invoice-7").unwrap();
    let job = || NewJob::of(&Noop {}).unwrap();

    let error = client.enqueue_under(key.clone(), job()).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }) && error.is_transient(), "{error}");
    client.enqueue_under(key, job()).await.unwrap();
    assert_eq!(count(&server).await, 1);
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_is_not_sent_again() {
    let server = Server::start().await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::Answer(BUSY), Fault::CutAnswer(0)]).await.unwrap();
    let client = server.hasty_client(&proxy.url).build().unwrap();
    let jobs = vec![NewJob::untyped("diagnostic.noop", serde_json::json!({}))];
    let error = client.enqueue_batch(&NewBatch { jobs, ..NewBatch::default() }).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    assert_eq!((proxy.requests().len(), count(&server).await), (2, 1));
}

#[tokio::test]
async fn an_order_to_run_again_whose_answer_is_lost_is_not_given_again() {
    let server = Server::start().await.unwrap();
    let job = server.client().enqueue(&Noop {}).await.unwrap();
    server.client().wait(&job, Duration::from_secs(20)).await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::Answer(BUSY), Fault::CutAnswer(0)]).await.unwrap();
    let client = server.hasty_client(&proxy.url).build().unwrap();
    let error = client.retry(job.id).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    assert_eq!(proxy.requests().len(), 2);
}

#[tokio::test]
async fn a_cancellation_whose_answer_is_lost_is_a_cancellation() {
    let server = Server::start().await.unwrap();
    let job = NewJob::of(&Noop {}).unwrap().delay(Duration::from_hours(1));
    let job = server.client().enqueue_new(job).await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::CutAnswer(0), Fault::CutAnswer(30)]).await.unwrap();
    let client = server.hasty_client(&proxy.url).build().unwrap();
    assert_eq!(client.cancel(job.id).await.unwrap().state, JobState::Cancelled);
    assert_eq!(proxy.requests().len(), 3);
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_a_deletion() {
    let server = Server::start().await.unwrap();
    let job = server.client().enqueue(&Noop {}).await.unwrap();
    server.client().wait(&job, Duration::from_secs(20)).await.unwrap();
    let proxy = Proxy::start(&server.url, [Fault::CutAnswer(0)]).await.unwrap();
    server.hasty_client(&proxy.url).build().unwrap().delete(job.id).await.unwrap();
    assert_eq!(proxy.requests().len(), 2);

    let proxy = Proxy::start(&server.url, [Fault::Answer(BUSY)]).await.unwrap();
    let error = server.hasty_client(&proxy.url).build().unwrap().delete(job.id).await.unwrap_err();
    assert_eq!((error.problem().unwrap().status, proxy.requests().len()), (404, 2));
}

#[tokio::test]
async fn where_nobody_listens_the_error_says_so_and_shows_no_key() {
    let server = Server::start().await.unwrap();
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client: Client = server.hasty_client(&format!("http://{unused}")).build().unwrap();
    let error = client.enqueue(&Noop {}).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(error.is_transient() && said.contains("POST /jobs") && !said.contains(&server.key), "{said}");
}
