//! The counts that `depth` answers are kept beside the jobs; they must agree with them whatever happens.

use std::num::NonZeroUsize;
use std::time::Duration;

use rusqlite::Connection;
use windlass_queue::{
    AttemptError, ClaimJobs, Engine, EnqueueJobs, ErrorReason, Expiry, InspectJobs, JobFilter, MaintainQueue,
    NewJob, Redrive, Rescue, RescueVerdict, Retention, SettleJobs, Settlement, SteerJobs, Verdict, When,
};
use windlass_shared::{Claim, ClaimNumber, JobState, Priority, Timestamp};
use windlass_sqlite::SqliteEngine;

use crate::support::{Store, claim};

#[tokio::test]
async fn the_counts_agree_with_the_jobs_after_every_verb() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let later = When::After(Duration::from_hours(1));
    let mut jobs: Vec<_> = (0..40).map(|_| store.job(number)).collect();
    jobs.extend((0..10).map(|_| NewJob { when: later, ..store.job(number) }));
    engine.enqueue(&jobs).await;
    agree(&store, &[(1, 10), (3, 40)]);
    engine.enqueue(&jobs).await;
    agree(&store, &[(1, 10), (3, 40)]);

    let claims = claims(&engine, &store).await;
    agree(&store, &[(1, 10), (3, 10), (4, 30)]);
    settle(&engine, &claims[..20]).await;
    settle(&engine, &claims[..20]).await;
    agree(&store, &[(1, 14), (3, 14), (4, 10), (5, 4), (6, 4), (7, 0), (8, 4)]);

    rescue(&engine, &store, &claims[20..25]).await;
    let waiting: Vec<_> = jobs[40..43].iter().chain(&jobs[30..32]).map(|job| job.id).collect();
    engine.cancel(&waiting).await.unwrap();
    engine.cancel(&waiting).await.unwrap();
    agree(&store, &[(1, 11), (3, 17), (4, 5), (5, 4), (6, 4), (7, 5), (8, 4)]);

    let retention = Retention { completed_most: 1, failed_most: 2, ..Retention::default() };
    assert_eq!(engine.prune(&store.queue, &retention, 100).await.unwrap(), 3 + 3 + 2);
    agree(&store, &[(1, 11), (3, 17), (4, 5), (5, 4), (6, 1), (7, 2), (8, 2)]);

    steer(&engine, &store).await;
    agree(&store, &[(1, 10), (3, 18), (4, 5), (5, 4), (7, 2), (8, 2)]);
    let expired = Some(Expiry::At(Timestamp::from_millis(0)));
    engine.enqueue(&[NewJob { expires: expired, ..store.job(number) }]).await;
    agree(&store, &[(1, 10), (3, 19), (4, 5), (5, 4), (7, 2), (8, 2)]);
    engine.promote(&store.queue, 100).await.unwrap();
    agree(&store, &[(1, 10), (3, 18), (4, 5), (5, 4), (7, 2), (8, 3)]);
}

/// Redrives the completed job and a scheduled one, twice, deletes one that is available, and gives all another priority.
async fn steer(engine: &SqliteEngine, store: &Store) {
    let of = async |state| {
        let filter =
            JobFilter { queue: Some(store.queue.clone()), state: Some(state), ..JobFilter::default() };
        engine.list(&filter, None, 100).await.unwrap().jobs
    };
    let again = [&of(JobState::Completed).await[0], &of(JobState::Scheduled).await[0]];
    let again = again.map(|job| Redrive { job: job.id, args: None });
    engine.redrive(&again).await.unwrap();
    engine.redrive(&again).await.unwrap();
    let available: Vec<_> = of(JobState::Available).await.iter().map(|job| job.id).collect();
    engine.delete(&available[..1]).await.unwrap();
    engine.delete(&available[..1]).await.unwrap();
    engine.reprioritize(&available, Priority::new(9).unwrap()).await.unwrap();
}

async fn claims(engine: &SqliteEngine, store: &Store) -> Vec<Claim> {
    let mut request = claim(store.worker(), &store.queue);
    request.most = NonZeroUsize::new(30).unwrap();
    engine.claim(&request).await.unwrap().jobs.iter().map(|job| job.claim).collect()
}

/// Four of each of five verdicts.
async fn settle(engine: &SqliteEngine, claims: &[Claim]) {
    let hour = Duration::from_hours(1);
    let verdicts = [
        Verdict::Complete { result: None, children: Vec::new() },
        Verdict::Retry { after: hour, error: error() },
        Verdict::Discard { error: error() },
        Verdict::Snooze { after: hour, reason: None },
        Verdict::Release,
    ];
    let settlement =
        |(claim, verdict): (&Claim, Verdict)| Settlement { claim: *claim, tenant: None, verdict };
    let settlements: Vec<_> = claims.iter().zip(verdicts.into_iter().cycle()).map(settlement).collect();
    engine.settle(&settlements).await.unwrap();
}

async fn rescue(engine: &SqliteEngine, store: &Store, claims: &[Claim]) {
    let verdict = RescueVerdict::Revive { deaths: 1, suspect: false };
    let rescues: Vec<_> =
        claims.iter().map(|claim| Rescue { claim: *claim, verdict: verdict.clone() }).collect();
    engine.rescue(&store.queue, &rescues).await.unwrap();
}

fn error() -> AttemptError {
    let at = Timestamp::from_millis(0);
    AttemptError {
        attempt: 1,
        claim: ClaimNumber::new(1),
        at,
        reason: ErrorReason::Transient,
        message: "no luck".to_owned(),
    }
}

/// Compares what is counted with what is there, and both with what is expected: pairs of a state and a number.
#[track_caller]
fn agree(store: &Store, expected: &[(u8, usize)]) {
    let connection = Connection::open(&store.path).unwrap();
    let read = |sql: &str| -> Vec<(u8, usize)> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let there = read("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state");
    let counted = read("SELECT state, jobs FROM counts WHERE jobs <> 0 ORDER BY state");
    let expected: Vec<_> = expected.iter().copied().filter(|(_, jobs)| *jobs > 0).collect();
    assert_eq!((&there, &counted), (&expected, &expected));
    let unfinished = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        unfinished("SELECT count(*) FROM jobs WHERE state < 6"),
        unfinished("SELECT coalesce(sum(jobs), 0) FROM tenant_counts"),
    );
}
