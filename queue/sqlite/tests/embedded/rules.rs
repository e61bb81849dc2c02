//! What the rules of a queue leave in its file.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use rusqlite::Connection;
use windlass_queue::{
    ClaimJobs, Engine, EnqueueJobs, GovernQueue, Limit, LimitScope, MaintainQueue, NewJob, Pause, Scope,
    SettleJobs, Settlement, Verdict,
};
use windlass_sqlite::SqliteEngine;

use crate::support::{Store, claim};

#[tokio::test]
async fn rules_that_have_gone_leave_nothing() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    set_rules(&engine, &store, NonZeroU32::new(2)).await;
    let keyed = || NewJob { limit_key: Some("stripe:one".parse().unwrap()), ..store.job(number) };
    let other =
        || NewJob { tenant: "acme".parse().unwrap(), kind: "email.other".parse().unwrap(), ..keyed() };
    let jobs: Vec<_> = (0..20).flat_map(|_| [keyed(), other(), store.job(number)]).collect();
    engine.enqueue(&jobs).await;
    let mut done = 0;
    for _ in 0..10 {
        done += work(&engine, &store).await;
    }
    assert_eq!(count(&store, "SELECT coalesce(sum(taken), 0) FROM scopes"), 0, "all slots were given back");
    assert!(count(&store, "SELECT count(*) FROM jobs WHERE state = 3 AND place = 2") > 0, "some are parked");
    assert_eq!(count(&store, "SELECT ruled FROM queues"), 1);
    set_rules(&engine, &store, None).await;
    while done < jobs.len() {
        let more = work(&engine, &store).await;
        assert!(more > 0, "{done} jobs came, and then none");
        done += more;
    }
    work(&engine, &store).await;
    engine.promote(&store.queue, 100).await.unwrap();
    for table in ["limits", "pauses", "scopes", "ready"] {
        assert_eq!(count(&store, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(count(&store, "SELECT ruled FROM queues"), 0);
}

/// Sets a few rules of all sorts, or removes them.
async fn set_rules(engine: &SqliteEngine, store: &Store, concurrency: Option<NonZeroU32>) {
    let limit = concurrency.map(|_| Limit { concurrency, rate: None });
    for scope in ["queue", "tenant:*", "kind:email.other", "key:stripe:*"] {
        let scope: LimitScope = scope.parse().unwrap();
        engine.set_limit(&store.queue, &scope, limit).await.unwrap();
    }
    let scope: Scope = "kind:email.other".parse().unwrap();
    if limit.is_some() {
        let lasts = Some(Duration::from_hours(1));
        engine.pause(&store.queue, &Pause { scope, lasts, note: None }).await.unwrap();
    } else {
        assert!(engine.resume(&store.queue, &scope).await.unwrap());
    }
}

/// Claims once and completes what came; answers how many jobs.
async fn work(engine: &SqliteEngine, store: &Store) -> usize {
    let mut request = claim(store.worker(), &store.queue);
    request.most = NonZeroUsize::new(5).unwrap();
    let jobs = engine.claim(&request).await.unwrap().jobs;
    let complete = Verdict::Complete { result: None, children: Vec::new() };
    let settlements: Vec<_> = jobs
        .iter()
        .map(|job| Settlement { claim: job.claim, tenant: None, verdict: complete.clone() })
        .collect();
    engine.settle(&settlements).await.unwrap();
    jobs.len()
}

fn count(store: &Store, sql: &str) -> i64 {
    Connection::open(&store.path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}
